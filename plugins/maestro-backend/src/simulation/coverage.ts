import type { CampaignResult } from './campaign';
import type { FaultKind } from './history/History';
import type { SimulatedStore } from './stores';

/** Faults that cannot happen on a store, and why. */
const IMPOSSIBLE: Record<SimulatedStore['kind'], readonly FaultKind[]> = {
  model: [],
  // A driver in the same process gives locks back at once.
  postgres: ['crash_silent'],
  // One process: its host is the only one.
  sqlite: ['crash_silent', 'host_lost'],
};

/** Ways through the engine that ten thousand histories must have taken. */
const PATHS = [
  'run manual success',
  'run manual failed',
  'run scheduled success',
  'run scheduled failed',
  'run backfill success',
  'run backfill failed',
  'backfill done',
  'backfill cancelled',
  'due time of a backfill run',
  'due time of a backfill cancelled',
  'due time of a backfill in_flight',
  'due time of a backfill succeeded',
  'due time of a backfill failed',
  'due time of a backfill never_ran',
  'run cancelled',
  'run run timed out',
  'sla met',
  'sla missed',
  'tick run',
  'tick paused',
  'tick catchup_off',
  'tick overlap',
  'tick when',
  'tick when failed',
  'asset run',
  'asset waiting',
  'asset skipped: paused',
  'asset skipped: cooldown',
  'asset skipped: overlap',
  'asset skipped: when',
  'run asset success',
  'run asset failed',
  'event asset',
  'task sla met',
  'task sla missed',
  'attempt success',
  'attempt exit_code',
  'attempt skipped',
  'attempt oom',
  'attempt evicted',
  'attempt outputs',
  'attempt timeout',
  'attempt queued_timeout',
  'attempt cancelled',
  'attempt launch',
  'attempt lost',
  'attempt that never started',
  'relaunch that costs no try',
  'retryOn',
  'noRetryOn',
  'cleared while it ran',
  'event branch',
  'event approval',
  'event sub_run',
  'event wait_timeout',
  'run api success',
  'run api failed',
  'run cancelled by its starter',
  'scheduled → deferred',
  'deferred → success',
  'deferred → failed',
  'deferred → skipped',
  'deferred → up_for_retry',
  'deferred → none',
  'look tried again',
  'event cleared',
  'clear over several runs',
  're-run from failed',
  'event marked',
  'event task_timeout',
  'event step_reused',
  'event queued_timeout',
  'event expanded',
  'map of an empty list',
  'map of a list that cannot be used',
  'instance none → scheduled',
  'instance scheduled → skipped',
  'instance running → success',
  'instance running → failed',
  'instance running → up_for_retry',
  'instance running → none',
  'instance running → removed',
  'instance success → none',
  'instance success → removed',
  'instance failed → none',
  'instance removed → none',
  'none → upstream_failed',
  'none → skipped',
  'scheduled → success',
  'scheduled → failed',
  'scheduled → skipped',
  'queued → success',
  'queued → up_for_retry',
  'queued → none',
  'running → success',
  'running → failed',
  'running → skipped',
  'running → up_for_retry',
  'running → none',
  'up_for_retry → scheduled',
  'up_for_retry → skipped',
  'up_for_retry → none',
  'success → none',
  'failed → none',
  'upstream_failed → none',
  'skipped → none',
  'command trigger',
  'command backfill',
  'command backfill_state',
  'command cancel',
  'command clear',
  'command pause',
  'command unpause',
  'command note',
  'command emit',
  'command mark',
  'command register',
  'command resize_pool',
  'command restart',
  'command decide',
  'command refused: ConflictError',
  'launch given up after a sleep',
  'launch without an answer',
  'observations applied again',
  'observation left to the listing',
  'executor started later',
  'reconciling tried again',
  'cancel asked again',
  'timer tried again',
  'timers read again',
  'claim tried again',
  'run passed over for now',
];

/** Fewer histories meet the rarer ones by chance only. */
const ENOUGH_FOR_PATHS = 2_000;
const ENOUGH_FOR_FAULTS = 80;

/** Names of what a campaign should have met and did not. */
export function uncovered(
  result: CampaignResult,
  store: SimulatedStore['kind'],
): string[] {
  const missing: string[] = [];
  if (result.histories >= ENOUGH_FOR_FAULTS) {
    for (const [kind, times] of result.faults) {
      if (times === 0 && !IMPOSSIBLE[store].includes(kind)) {
        missing.push(`fault ${kind}`);
      }
    }
  }
  if (result.histories >= ENOUGH_FOR_PATHS) {
    missing.push(...PATHS.filter(path => !result.paths.get(path)));
  }
  return missing;
}
