/**
 * Trigger rules: when does a task start, given the states of its direct
 * upstream tasks. Names and outcomes are Airflow's
 * (`airflow.utils.trigger_rule.TriggerRule` and
 * `airflow.ti_deps.deps.trigger_rule_dep`).
 *
 * @packageDocumentation
 */
import { InputError } from '@backstage/errors';
import type { TaskState } from './states';

/** Every trigger rule, in Airflow's spelling. @public */
export const TRIGGER_RULES = [
  'all_success',
  'all_failed',
  'all_done',
  'all_done_min_one_success',
  'all_done_setup_success',
  'one_success',
  'one_failed',
  'one_done',
  'none_failed',
  'none_failed_min_one_success',
  'none_skipped',
  'all_skipped',
  'always',
] as const;

/** @public */
export type TriggerRule = (typeof TRIGGER_RULES)[number];

/**
 * How many direct upstream task instances are in which state. What is in no
 * final state is the difference to `total`.
 *
 * @public
 */
export interface UpstreamCounts {
  total: number;
  success: number;
  failed: number;
  upstreamFailed: number;
  skipped: number;
  removed: number;
  /**
   * The part of `total` that are set-up tasks. Only the rule
   * `all_done_setup_success` looks at it; without it there are none.
   */
  setup?: { total: number; success: number; skipped: number };
}

/**
 * What a trigger rule says: `run` (start now), `wait` (not known yet),
 * `skipped` and `upstream_failed` (will never start; the state to set).
 *
 * @public
 */
export type TriggerVerdict = 'run' | 'wait' | 'skipped' | 'upstream_failed';

/** All counts zero. @internal */
export function emptyUpstreamCounts(total: number): UpstreamCounts {
  return {
    total,
    success: 0,
    failed: 0,
    upstreamFailed: 0,
    skipped: 0,
    removed: 0,
  };
}

/** Adds one upstream task in the given state. @internal */
export function countUpstream(counts: UpstreamCounts, state: TaskState): void {
  switch (state) {
    case 'success':
      counts.success++;
      break;
    case 'failed':
      counts.failed++;
      break;
    case 'upstream_failed':
      counts.upstreamFailed++;
      break;
    case 'skipped':
      counts.skipped++;
      break;
    case 'removed':
      counts.removed++;
      break;
    default:
  }
}

/**
 * What a trigger rule says about a task, given its direct upstream tasks.
 *
 * The outcomes are those of Airflow 3, also where they may surprise: a rule
 * speaks as soon as its answer cannot change (`all_success` does not wait for
 * the others after a failure, and a skip that is seen before a failure gives
 * `skipped`). Two differences, both where Airflow would wait for ever: a
 * removed upstream counts as if it were not there, for every task and not only
 * for mapped ones; and a task without upstream runs under every rule.
 *
 * Once all upstreams are final, the answer is never `wait`.
 *
 * @public
 */
export function evaluateTriggerRule(
  rule: TriggerRule,
  counts: UpstreamCounts,
): TriggerVerdict {
  const { success, failed, upstreamFailed, skipped } = counts;
  // A removed task is gone: what is left decides.
  const total = counts.total - counts.removed;
  const bad = failed + upstreamFailed;
  const done = success + bad + skipped;
  const allDone = done >= total;

  if (counts.total === 0) {
    return 'run';
  }
  switch (rule) {
    case 'always':
      return 'run';
    case 'all_success':
      if (bad > 0) return 'upstream_failed';
      if (skipped > 0) return 'skipped';
      return allDone ? 'run' : 'wait';
    case 'all_failed':
      if (success > 0 || skipped > 0) return 'skipped';
      return allDone ? 'run' : 'wait';
    case 'all_done':
      return allDone ? 'run' : 'wait';
    case 'all_done_min_one_success':
      if (skipped > 0) return 'skipped';
      if (!allDone) return 'wait';
      return success > 0 ? 'run' : 'upstream_failed';
    case 'all_done_setup_success':
      return allDone ? setupVerdict(counts) : 'wait';
    case 'one_success':
      if (success > 0) return 'run';
      if (!allDone) return 'wait';
      return bad === 0 ? 'skipped' : 'upstream_failed';
    case 'one_failed':
      if (bad > 0) return 'run';
      return allDone ? 'skipped' : 'wait';
    case 'one_done':
      if (success + failed > 0) return 'run';
      return allDone ? 'skipped' : 'wait';
    case 'none_failed':
      if (bad > 0) return 'upstream_failed';
      return allDone ? 'run' : 'wait';
    case 'none_failed_min_one_success':
      if (bad > 0) return 'upstream_failed';
      if (!allDone) return 'wait';
      return success > 0 ? 'run' : 'skipped';
    case 'none_skipped':
      if (skipped > 0) return 'skipped';
      return allDone ? 'run' : 'wait';
    case 'all_skipped':
      if (success > 0 || bad > 0) return 'skipped';
      return allDone ? 'run' : 'wait';
    default:
      throw new InputError(
        `Unknown trigger rule "${
          rule as string
        }", expected one of ${TRIGGER_RULES.join(', ')}`,
      );
  }
}

// Asked only when every upstream is final.
function setupVerdict(counts: UpstreamCounts): TriggerVerdict {
  const setup = counts.setup;
  if (!setup || setup.total === 0 || setup.success > 0) {
    return 'run';
  }
  return setup.skipped >= setup.total ? 'skipped' : 'upstream_failed';
}
