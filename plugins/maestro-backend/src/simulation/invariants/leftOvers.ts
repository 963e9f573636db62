import { isFinalTaskState } from '@maestro/plugin-maestro-common';
import { num } from '../../database/conversion';
import { SIMULATION_SETTINGS } from '../settings';
import type { Simulation } from '../Simulation';
import type { Violate } from './checkInvariants';
import type { Facts } from './Facts';

const RULE = 'nothing is left over';

/** When every run is over, nothing else is there any more. */
export function checkLeftOvers(
  facts: Facts,
  simulation: Simulation,
  violate: Violate,
): void {
  const { world, store } = simulation;
  for (const { attemptId, labels } of world.running()) {
    violate(RULE, `${labels.taskId} (attempt ${attemptId}) still runs`);
  }
  for (const site of world.sites) {
    const kept = site.isLost ? [] : site.list();
    if (kept.length > 0) {
      violate(RULE, `${site.instance} still keeps ${kept[0].attemptId}`);
    }
  }
  for (const attempt of facts.attempts) {
    if (attempt.state !== 'ended') {
      violate(RULE, `attempt ${attempt.attempt_id} is still ${attempt.state}`);
    } else if (attempt.lease_until !== null || attempt.token_hash !== null) {
      violate(RULE, `attempt ${attempt.attempt_id} keeps its lease or token`);
    }
  }
  const known = new Set(facts.attempts.map(attempt => attempt.attempt_id));
  for (const attemptId of world.begun.keys()) {
    if (!known.has(attemptId)) {
      violate(RULE, `attempt ${attemptId} ran and nobody knows it`);
    }
  }
  for (const task of facts.tasks) {
    if (!isFinalTaskState(task.state)) {
      violate(RULE, `task ${task.run_id}/${task.task_no} is ${task.state}`);
    }
  }
  const late = simulation.databaseNow() - 3 * SIMULATION_SETTINGS.pollMs;
  for (const timer of facts.timers) {
    const isOverdue = num(timer.due_at) < late;
    const hasNoUse = [
      'task_timeout',
      'run_timeout',
      'queued_timeout',
      'group_retry',
      'wait',
    ].includes(timer.kind);
    if (isOverdue || hasNoUse) {
      violate(RULE, `timer ${timer.kind} ${timer.ref} is still set`);
    }
  }
  const open = store.openTransactions();
  if (open > 0) violate(RULE, `${open} transactions are still open`);
  for (const run of facts.runs) {
    if (run.digest === null) violate(RULE, `run ${run.run_key} has no digest`);
    const isDecided =
      run.sla_state !== 'pending' || num(run.sla_deadline!) > late;
    if (!isDecided) violate(RULE, `the SLA of ${run.run_key} is undecided`);
  }
}
