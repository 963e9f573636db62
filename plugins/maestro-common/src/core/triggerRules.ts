/**
 * Trigger rules: when does a task start, given the states of its direct
 * upstream tasks. Names and outcomes are Airflow's
 * (`airflow.utils.trigger_rule.TriggerRule` and
 * `airflow.ti_deps.deps.trigger_rule_dep`).
 *
 * @packageDocumentation
 */

/** @public */
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
 * How many direct upstream task instances are in which state.
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
}

/**
 * What a trigger rule says: `run` (start now), `wait` (not known yet),
 * `skipped` and `upstream_failed` (will never start; the state to set).
 *
 * @public
 */
export type TriggerVerdict = 'run' | 'wait' | 'skipped' | 'upstream_failed';
