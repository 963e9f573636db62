import {
  manualInterval,
  type PipelineDefinition,
  type RunTrigger,
} from '@maestro/plugin-maestro-common';
import { hasNoLogicalDate } from '../engine/partitionOf';
import type { ResumedTask } from '../engine/triggers/resume';
import { json, optionalNum } from '../database/conversion';
import type { AttemptRow, RunRow } from '../database/tables';

/** Airflow's word for why a run exists. */
const RUN_TYPES: Record<RunTrigger, string> = {
  scheduled: 'scheduled',
  manual: 'manual',
  api: 'manual',
  backfill: 'backfill',
  asset: 'asset_triggered',
};

/** The id of a DAG as Airflow's files name it. */
export function dagIdOf(definition: PipelineDefinition): string {
  return definition.airflow?.dagId ?? definition.name;
}

/** A run as Airflow shows it; its `run_id` is the key of the run. */
export function dagRunOf(definition: PipelineDefinition, run: RunRow) {
  const isUndated = hasNoLogicalDate(run);
  const interval = isUndated
    ? { start: null, end: null }
    : intervalOf(definition, run);
  return {
    dag_id: dagIdOf(definition),
    run_id: run.run_key,
    logical_date: isUndated ? null : instantText(run.logical_date),
    data_interval_start: instantText(interval.start),
    data_interval_end: instantText(interval.end),
    run_after: instantText(run.run_after),
    start_date: instantText(run.started_at ?? run.created_at),
    end_date: instantText(run.ended_at),
    clear_number: run.clear_count,
    run_type:
      run.parent_run === null ? RUN_TYPES[run.trigger] : 'operator_triggered',
    state: run.state,
    conf: json<Record<string, unknown>>(run.params),
    triggering_user_name: run.created_by,
    consumed_asset_events: [],
    partition_key: run.partition_key,
    partition_date: instantText(run.partition_date),
    note: run.note,
  };
}

function intervalOf({ schedules }: PipelineDefinition, run: RunRow) {
  const { data_interval_start: start, data_interval_end: end } = run;
  const at = optionalNum(run.logical_date);
  return start !== null || at === undefined
    ? { start, end }
    : manualInterval(schedules[0], at);
}

/** ISO 8601 in UTC, null for null. */
export function instantText(at: number | string | null): string | null {
  const ms = optionalNum(at);
  return ms === undefined ? null : new Date(ms).toISOString();
}

/**
 * What a task learns when it begins.
 *
 * @param options - `xcomKeys`: what earlier attempts of the same try have left;
 * `assetEvents`: those that started the run; `resumed`: how it goes on after a
 * trigger, with what it has left before
 */
export function runContextOf(options: {
  definition: PipelineDefinition;
  run: RunRow;
  attempt: Pick<AttemptRow, 'task_no' | 'try_number' | 'resume_no'>;
  xcomKeys: string[];
  assetEvents: object[];
  resumed?: ResumedTask;
}) {
  const { definition, run, attempt, xcomKeys, assetEvents, resumed } = options;
  const { retries } = definition.tasks[attempt.task_no];
  return {
    dag_run: {
      ...dagRunOf(definition, run),
      consumed_asset_events: assetEvents,
    },
    task_reschedule_count: attempt.resume_no,
    max_tries: retries,
    variables: [],
    connections: [],
    ...(resumed
      ? { next_method: resumed.method, next_kwargs: resumed.kwargs }
      : {}),
    xcom_keys_to_clear: resumed ? [] : xcomKeys,
    should_retry: attempt.try_number <= retries,
  };
}
