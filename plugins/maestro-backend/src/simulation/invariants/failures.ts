import { num } from '../../database/conversion';
import type { AttemptRow } from '../../database/tables';
import type { FollowUp } from '../../engine/followFailure';
import { deferralOf } from '../../engine/triggers/deferralRecord';
import type { Violate } from './checkInvariants';
import type { Facts } from './Facts';

const OF_THE_INFRASTRUCTURE = new Set(['lost', 'evicted', 'launch']);
const NEVER_REPEATED = new Set(['cancelled', 'queued_timeout']);

/**
 * What followed from each failure is what its task asked for: by the lists as
 * a reader understands them, not by the function that decided.
 */
export function checkFailures(facts: Facts, violate: Violate): void {
  const runs = new Map(facts.runs.map(run => [num(run.id), run]));
  const next = new Map(
    facts.attempts.map(attempt => [keyOf(attempt, attempt.seq), attempt]),
  );
  for (const attempt of facts.attempts) {
    if (attempt.follow_up === null) continue;
    const followUp: FollowUp = JSON.parse(attempt.follow_up);
    if (followUp.action !== 'retry') continue;
    const run = runs.get(num(attempt.run_id))!;
    const task = facts.definitionOf(num(run.version_id)).tasks[attempt.task_no];
    // Its process ended well, and then its trigger failed the task.
    const isByTrigger = deferralOf(attempt)?.end === 'trigger_ended';
    const failure = isByTrigger ? 'exit_code' : attempt.failure ?? '';
    const where = `${run.run_key} ${task.id} attempt ${attempt.seq} (${failure})`;
    const names = (list: string[] | undefined) =>
      list?.includes(failure) || list?.includes(`exit:${attempt.exit_code}`);
    if (
      NEVER_REPEATED.has(failure) ||
      names(task.noRetryOn) ||
      (followUp.counted && task.retryOn && !names(task.retryOn))
    ) {
      violate('only what the task asks for is repeated', where);
    }
    if (followUp.counted === OF_THE_INFRASTRUCTURE.has(failure)) {
      violate('failures of the infrastructure cost no retry', where);
    }
    const after = next.get(keyOf(attempt, attempt.seq + 1));
    const tries = after && after.try_number - attempt.try_number;
    // A clear in between begins with try 1.
    if (after && after.try_number > 1 && tries !== (followUp.counted ? 1 : 0)) {
      violate(
        'a retry that counts is the next try',
        `${where}: try ${attempt.try_number}, then ${after.try_number}`,
      );
    }
  }
}

function keyOf(attempt: AttemptRow, seq: number): string {
  return [attempt.run_id, attempt.task_no, attempt.map_index, seq].join('/');
}
