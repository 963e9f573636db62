import {
  canTransition,
  decideRunState,
  isLiveTaskState,
  planTasks,
  type PipelineDefinition,
  type TaskState,
} from '@maestro/plugin-maestro-common';
import { num } from '../../database/conversion';
import type { EventRow, RunRow } from '../../database/tables';
import type { Violate } from './checkInvariants';
import type { Facts } from './Facts';

interface Transition {
  task: string;
  from: TaskState;
  to: TaskState;
  reason?: string;
}

/**
 * Plays the events of each run again. Every change of state must begin where
 * the last one ended and be one the state machine knows; a task that left
 * `none` must have been asked to by the full evaluation of the core, which the
 * engine itself only does for neighbours of what changed.
 */
export function replayRuns(facts: Facts, violate: Violate): void {
  for (const run of facts.runs) {
    const definition = facts.definitionOf(num(run.version_id));
    const events = facts.events
      .filter(event => num(event.run_id) === num(run.id))
      .sort((a, b) => num(a.seq) - num(b.seq));
    if (events.some((event, i) => num(event.seq) !== i + 1)) {
      violate('events of a run are numbered without a gap', run.run_key);
    }
    const states = replay(run, definition, events, violate);
    checkEnd(facts, run, definition, states, violate);
  }
}

function replay(
  run: RunRow,
  definition: PipelineDefinition,
  events: readonly EventRow[],
  violate: Violate,
): TaskState[] {
  const numbers = new Map(definition.tasks.map(task => [task.id, task.no]));
  const states = definition.tasks.map((): TaskState => 'none');
  const decisions = new Map<string, string[]>();
  events.forEach((event, i) => {
    if (event.type !== 'tasks') return;
    // What its branches decided stands behind the changes of a transaction.
    const decided = new Map<string, string[]>();
    for (const next of behind(events, i)) {
      const body = JSON.parse(next.body);
      if (next.type === 'branch') decided.set(body.task, body.skipped);
    }
    const changes: Transition[] = JSON.parse(event.body).changes;
    for (const change of changes) {
      const no = numbers.get(change.task)!;
      const where = `${run.run_key} ${change.task}: ${change.from} to ${change.to} (${change.reason})`;
      if (states[no] !== change.from) {
        violate(
          'every change begins where the last one ended',
          `${where}, it was ${states[no]}`,
        );
      }
      const byHand = isByHand(change);
      if (
        change.to !== 'none' &&
        !byHand &&
        !canTransition(change.from, change.to)
      ) {
        violate('tasks change as the state machine says', where);
      }
      if (change.from === 'none' && !byHand) {
        const branchSkipped = skippedTasks(decisions, numbers, states);
        const asked = planTasks(definition, states, { branchSkipped }).some(
          planned => planned.no === no && planned.to === change.to,
        );
        if (!asked) {
          violate(
            'a task starts only when its trigger rule holds',
            `${where}; upstream ${definition.tasks[no].upstream
              .map(up => states[up])
              .join(', ')}`,
          );
        }
      }
      states[no] = change.to;
      if (change.to === 'none') decisions.delete(change.task);
      const skipped = decided.get(change.task);
      if (change.to === 'success' && skipped) {
        decisions.set(change.task, skipped);
      }
    }
  });
  return states;
}

/** Events of the same transaction: up to the next bulk change. */
function behind(events: readonly EventRow[], i: number): EventRow[] {
  const end = events.findIndex((event, j) => j > i && event.type === 'tasks');
  return events.slice(i + 1, end < 0 ? undefined : end);
}

function skippedTasks(
  decisions: ReadonlyMap<string, string[]>,
  numbers: ReadonlyMap<string, number>,
  states: readonly TaskState[],
): Set<number> {
  const skipped = new Set<number>();
  for (const [branch, ids] of decisions) {
    if (states[numbers.get(branch)!] !== 'success') continue;
    ids.forEach(id => skipped.add(numbers.get(id)!));
  }
  return skipped;
}

/** What people do to tasks follows no rule of the state machine. */
function isByHand({ to, reason = '' }: Transition): boolean {
  return (
    (to === 'skipped' && /the run was cancelled/.test(reason)) ||
    /^marked /.test(reason)
  );
}

function checkEnd(
  facts: Facts,
  run: RunRow,
  definition: PipelineDefinition,
  states: TaskState[],
  violate: Violate,
): void {
  const rows = facts.tasks.filter(task => num(task.run_id) === num(run.id));
  const attempts = facts.attempts.filter(
    attempt => num(attempt.run_id) === num(run.id),
  );
  for (const row of rows) {
    const task = definition.tasks[row.task_no];
    const where = `${run.run_key} ${task.id}`;
    if (row.state !== states[row.task_no]) {
      violate(
        'events tell what happened',
        `${where} is ${row.state}, its events end with ${states[row.task_no]}`,
      );
    }
    const own = attempts.filter(attempt => attempt.task_no === row.task_no);
    const numbers = own.map(attempt => attempt.seq).sort((a, b) => a - b);
    if (
      numbers.some((seq, i) => seq !== i + 1) ||
      row.attempt_seq !== own.length
    ) {
      violate('attempts are numbered without a gap', `${where}: ${numbers}`);
    }
    if (row.try_number > task.retries + 1) {
      violate(
        'a task has no more tries than it may',
        `${where}: try ${row.try_number} of ${task.retries + 1}`,
      );
    }
    const last = own.find(attempt => attempt.seq === row.attempt_seq);
    if (
      row.state === 'success' &&
      !row.reason?.startsWith('marked ') &&
      task.kind === 'run' &&
      last?.result !== 'success'
    ) {
      violate(
        'a task ends as its last attempt did',
        `${where} is success, its attempt ${last?.result}`,
      );
    }
  }
  const cancelled =
    run.cancel_requested_at !== null || run.state_reason === 'cancelled';
  if (cancelled || states.some(isLiveTaskState)) return;
  const decided = decideRunState(definition, states);
  if (decided.state !== run.state) {
    violate(
      'a run ends as its leaves say',
      `${run.run_key} is ${run.state}, its tasks say ${decided.state}: ${states}`,
    );
  }
}
