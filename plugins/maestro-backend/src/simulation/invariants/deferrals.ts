import {
  type AttemptDeferral,
  parseIndices,
} from '@maestro/plugin-maestro-common';
import { num } from '../../database/conversion';
import type { AttemptRow } from '../../database/tables';
import { deferralOf } from '../../engine/triggers/deferralRecord';
import type { Report } from '../Report';
import type { SimulatedStore } from '../stores';
import type { Launch } from '../world/Site';
import type { Violate } from './checkInvariants';
import type { Facts } from './Facts';

/** Ends of a deferral after which its try goes on in another attempt. */
const GOES_ON: ReadonlySet<AttemptDeferral['end']> = new Set([
  'event',
  'trigger_failed',
  'timeout',
]);

interface Change {
  task: string;
  indices?: string;
  from: string;
  to: string;
}

/**
 * What must hold of tasks that deferred themselves to a trigger, when every run
 * is over.
 */
export function checkDeferrals(facts: Facts, violate: Violate): void {
  const resumed = new Map<string, number>();
  for (const attempt of facts.attempts) {
    const deferral = deferralOf(attempt);
    if (attempt.log_kept === 'copying' || attempt.log_kept === 'copied') {
      violate(
        'no log is kept open for a trigger that nobody waits for',
        attempt.attempt_id,
      );
    }
    if (attempt.resume !== null) {
      violate(
        'how a try goes on is forgotten with the end of its run',
        attempt.attempt_id,
      );
    }
    if (!deferral) continue;
    if (deferral.end === undefined || deferral.endedAt === undefined) {
      violate('every deferral ends, and says how', attempt.attempt_id);
    }
    if (!GOES_ON.has(deferral.end)) continue;
    const key = taskOf(facts, attempt);
    resumed.set(key, (resumed.get(key) ?? 0) + 1);
  }
  for (const [key, times] of goneOn(facts)) {
    if (times > (resumed.get(key) ?? 0)) {
      violate(
        'a deferral resumes its task once',
        `${key} went on ${times} times after ${
          resumed.get(key) ?? 0
        } deferrals that let it`,
      );
    }
  }
}

/** How often tasks went on after a deferral, as the events of their runs say. */
function goneOn(facts: Facts): Map<string, number> {
  const times = new Map<string, number>();
  for (const event of facts.events) {
    if (event.type !== 'tasks') continue;
    const { changes } = JSON.parse(event.body) as { changes: Change[] };
    for (const { task, indices, from, to } of changes) {
      if (from !== 'deferred' || to !== 'scheduled') continue;
      const key = `${num(event.run_id)}/${task}`;
      const count = indices === undefined ? 1 : countOf(indices);
      times.set(key, (times.get(key) ?? 0) + count);
    }
  }
  return times;
}

function countOf(indices: string): number {
  return parseIndices(indices)!.length;
}

function taskOf(facts: Facts, attempt: AttemptRow): string {
  const run = facts.runs.find(({ id }) => num(id) === num(attempt.run_id))!;
  const { tasks } = facts.definitionOf(num(run.version_id));
  return `${num(attempt.run_id)}/${tasks[attempt.task_no].id}`;
}

/**
 * What must hold of tasks that wait for a trigger whenever something begins:
 * nothing of them is an attempt that goes on, which would hold a slot, and what
 * begins does not wait any more.
 */
export function checkDeferred(
  peek: NonNullable<SimulatedStore['peek']>,
  launch: Launch,
  report: Report,
): void {
  const waits = peek('waits').filter(({ kind }) => kind === 'trigger');
  if (waits.length === 0) return;
  const attempts = peek('attempts');
  for (const wait of waits) {
    const own = attempts.filter(
      attempt =>
        num(attempt.run_id) === num(wait.run_id) &&
        attempt.task_no === wait.task_no &&
        attempt.map_index === wait.map_index,
    );
    const live = own.find(({ state }) => state !== 'ended');
    if (live) {
      report.violate(
        'what waits for a trigger holds no slot',
        `${live.attempt_id} is ${live.state}`,
      );
    }
    if (own.some(({ attempt_id: id }) => id === launch.attemptId)) {
      report.violate(
        'a task begins when its deferral is over',
        launch.attemptId,
      );
    }
  }
}
