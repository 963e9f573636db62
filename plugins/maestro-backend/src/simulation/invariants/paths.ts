import { WAITED_FOR } from '@maestro/plugin-maestro-common';
import { num } from '../../database/conversion';
import { deferralOf } from '../../engine/triggers/deferralRecord';
import { countGraphPaths } from './graphPaths';
import type { Facts } from './Facts';
import { endedAssetWaits } from './waits';

/** Which ways through the engine a history took, by what it left behind. */
export function countPaths(
  facts: Facts,
  took: (path: string, times: number) => void,
): void {
  const count = <T>(
    rows: readonly T[],
    name: (row: T) => string | undefined,
  ) => {
    const counts = new Map<string, number>();
    for (const row of rows) {
      const key = name(row);
      if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    counts.forEach((times, key) => took(key, times));
  };
  count(facts.backfills, backfill => `backfill ${backfill.state}`);
  count(
    facts.members,
    ({ outcome, reason }) => `due time of a backfill ${reason ?? outcome}`,
  );
  took('attempt', facts.attempts.length);
  count(facts.runs, run => `run ${run.trigger} ${run.state}`);
  count(facts.runs, run =>
    run.state_reason === 'run timed out' || run.state_reason === 'cancelled'
      ? `run ${run.state_reason}`
      : undefined,
  );
  count(facts.runs, run =>
    run.cancel_requested_by === 'maestro:parent_run'
      ? 'run cancelled by its starter'
      : undefined,
  );
  count(facts.runs, run => `sla ${run.sla_state}`);
  count(facts.runs, run =>
    run.trigger === 'manual' && run.sla_state !== 'none'
      ? 'sla that a run asked for'
      : undefined,
  );
  count(facts.tasks, task =>
    task.sla_state === 'none' ? undefined : `task sla ${task.sla_state}`,
  );
  count(facts.runs, ({ partition_key: key, trigger }) =>
    key === null ? undefined : `${trigger} run of a partition`,
  );
  count(facts.assetOutcomes, ({ partition_key: key, outcome }) =>
    key === null || outcome !== 'waiting'
      ? undefined
      : 'asset waiting of a partition',
  );
  count(facts.assetEvents, ({ partition_key: key, source }) =>
    key !== null && source === 'task'
      ? 'event of a partition by a task'
      : undefined,
  );
  count(
    facts.ticks,
    // What a condition failed with stands behind a colon.
    ({ reason, outcome }) =>
      `tick ${reason?.replace(/:.*/s, ' failed') ?? outcome}`,
  );
  count(
    facts.assetOutcomes,
    ({ reason, outcome }) =>
      `asset ${outcome}${
        outcome === 'skipped' ? `: ${reason?.replace(/( until|:).*/s, '')}` : ''
      }`,
  );
  count(
    facts.attempts,
    attempt => `attempt ${attempt.failure ?? attempt.result}`,
  );
  count(facts.attempts, ({ follow_up }) =>
    follow_up === null
      ? undefined
      : /^(retryOn|noRetryOn) /.exec(JSON.parse(follow_up).reason ?? '')?.[1],
  );
  count(facts.attempts, attempt =>
    attempt.counts_as_retry ? undefined : 'relaunch that costs no try',
  );
  count(facts.attempts, attempt =>
    attempt.cancel_reason === 'cleared' ? 'cleared while it ran' : undefined,
  );
  count(facts.attempts, attempt =>
    attempt.started_at === null ? 'attempt that never started' : undefined,
  );
  count(facts.attempts, ({ launched_at, started_at }) =>
    launched_at !== null &&
    started_at !== null &&
    num(launched_at) < num(started_at)
      ? 'attempt that waited for a node'
      : undefined,
  );
  count(facts.attempts, ({ message }) =>
    message?.startsWith('it did not run in time')
      ? 'attempt that no node took'
      : undefined,
  );
  const refused = new Set(
    facts.events
      .filter(({ type }) => type === 'launch_refused')
      .map(event => event.attempt_id),
  );
  count(facts.attempts, ({ attempt_id, started_at, failure, message }) => {
    if (!refused.has(attempt_id)) return undefined;
    if (started_at !== null) return 'refused launch that ran later';
    if (message?.startsWith('it was not taken'))
      return 'refused launch given up';
    return failure === 'cancelled' ? 'refused launch cancelled' : undefined;
  });
  count(facts.tasks, ({ reason }) =>
    reason?.includes('maestro.policy') ? 'refused by policy' : undefined,
  );
  count(facts.events, event => `event ${event.type}`);
  took('wait for an asset ended by an event', endedAssetWaits(facts).length);
  count(facts.events, ({ type, body }) =>
    type === 'wait_timeout' &&
    JSON.parse(body).waitedFor.startsWith('an event of asset')
      ? 'wait for an asset given up'
      : undefined,
  );
  count(facts.tasks, ({ state, reason }) =>
    state === 'success' && reason?.startsWith(`${WAITED_FOR}the object s3:`)
      ? 'wait for an object of S3 ended by the object'
      : undefined,
  );
  count(facts.events, ({ type, body }) =>
    type === 'wait_timeout' &&
    JSON.parse(body).waitedFor.startsWith('the object s3:')
      ? 'wait for an object of S3 given up'
      : undefined,
  );
  count(facts.attempts, attempt => {
    const deferral = deferralOf(attempt);
    return deferral && `deferral ended by ${deferral.end}`;
  });
  countGraphPaths(facts, took);
  count(
    facts.events
      .filter(event => event.type === 'tasks')
      .flatMap(
        event =>
          JSON.parse(event.body).changes as Array<{
            from: string;
            to: string;
            indices?: string;
          }>,
      ),
    change =>
      `${change.indices ? 'instance ' : ''}${change.from} → ${change.to}`,
  );
  count(facts.tasks, ({ reason }) => {
    if (reason === 'its list is empty') return 'map of an empty list';
    return reason?.startsWith('its list cannot be used')
      ? 'map of a list that cannot be used'
      : undefined;
  });
}
