import type { RunSummary } from '@maestro/plugin-maestro-common';
import type { Knex } from 'knex';
import { num, optionalNum, optionalText } from '../database/conversion';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import type { RunRow } from '../database/tables';
import { medianDuration, readRecentRuns } from './recentRuns';
import { slaStateOf } from './slaState';

/** A run with the names of its pipeline, without params and digest. */
export type ListedRunRow = Omit<RunRow, 'params' | 'digest'> & {
  pipeline_name: string;
  entity_ref: string;
  version_number: number;
};

const COLUMNS = [
  'id',
  'run_id',
  'pipeline_id',
  'version_id',
  'run_key',
  'trigger',
  'state',
  'state_reason',
  'logical_date',
  'data_interval_start',
  'data_interval_end',
  'run_after',
  'created_at',
  'started_at',
  'ended_at',
  'created_by',
  'note',
  'clear_count',
  'revision',
  'cancel_requested_at',
  'cancel_forced_at',
  'sla_deadline',
  'sla_state',
  'alert_count',
  'alert_severity',
  'backfill_id',
  'partition_key',
  'partition_date',
].map(column => `runs.${column}`);

/** Runs with the names of their pipeline, ready for `where`. */
export function selectRuns(db: MaestroDatabase): Knex.QueryBuilder {
  return db
    .knex('runs')
    .join('pipelines', 'pipelines.id', 'runs.pipeline_id')
    .join('pipeline_versions', 'pipeline_versions.id', 'runs.version_id')
    .select(
      ...COLUMNS,
      'pipelines.name as pipeline_name',
      'pipelines.entity_ref as entity_ref',
      'pipeline_versions.number as version_number',
    );
}

/** How many runs say how long the next one takes. */
const HISTORY = 14;

/**
 * Rows as the API shows them. Deadlines that are still open are judged by the
 * history of their pipelines: one more query, only when there are any.
 */
export async function toRunSummaries(
  db: MaestroDatabase,
  rows: readonly ListedRunRow[],
): Promise<RunSummary[]> {
  const active = await activeRuns(db, rows);
  const waits = (row: ListedRunRow) =>
    waitReason(row, active.get(num(row.pipeline_id)));
  const open = rows.filter(row => row.sla_state === 'pending');
  if (open.length === 0) {
    return rows.map(row => toRunSummary(row, { now: 0, waits: waits(row) }));
  }
  const now = await db.now();
  const recent = await readRecentRuns(db, {
    pipelineIds: [...new Set(open.map(row => num(row.pipeline_id)))],
    limit: HISTORY,
  });
  return rows.map(row =>
    toRunSummary(row, {
      now,
      waits: waits(row),
      medianMs: medianDuration(recent.get(num(row.pipeline_id))),
    }),
  );
}

/** Running runs of the pipelines whose queued runs are shown. */
async function activeRuns(
  db: MaestroDatabase,
  rows: readonly ListedRunRow[],
): Promise<Map<number, number>> {
  const queued = rows.filter(row => row.state === 'queued');
  if (queued.length === 0) return new Map();
  const counts = (await db
    .knex('runs')
    .whereIn('pipeline_id', [
      ...new Set(queued.map(row => num(row.pipeline_id))),
    ])
    .where('state', 'running')
    .whereNull('backfill_id')
    // As the partial index says it, so that it is used.
    .whereRaw("state in ('queued', 'running')")
    .groupBy('pipeline_id')
    .select('pipeline_id')
    .count({ n: '*' })) as Array<{
    pipeline_id: number | string;
    n: number | string;
  }>;
  return new Map(counts.map(row => [num(row.pipeline_id), num(row.n)]));
}

/** Why a queued run waits, in short; "why" of its page says all of it. */
function waitReason(
  { state, trigger }: ListedRunRow,
  active: number | undefined,
): string | undefined {
  // A backfill has limits of its own.
  return state === 'queued' && trigger !== 'backfill' && active !== undefined
    ? `waits for one of ${active} active run${active === 1 ? '' : 's'} to end`
    : undefined;
}

function toRunSummary(
  row: ListedRunRow,
  facts: { now: number; medianMs?: number; waits?: string },
): RunSummary {
  return {
    runId: row.run_id,
    pipeline: row.pipeline_name,
    entityRef: row.entity_ref,
    runKey: row.run_key,
    trigger: row.trigger,
    state: row.state,
    stateReason: optionalText(row.state_reason) ?? facts.waits,
    logicalDate: optionalNum(row.logical_date),
    dataIntervalStart: optionalNum(row.data_interval_start),
    dataIntervalEnd: optionalNum(row.data_interval_end),
    partitionKey: optionalText(row.partition_key),
    partitionDate: optionalNum(row.partition_date),
    runAfter: num(row.run_after),
    createdAt: num(row.created_at),
    startedAt: optionalNum(row.started_at),
    endedAt: optionalNum(row.ended_at),
    createdBy: optionalText(row.created_by),
    note: optionalText(row.note),
    versionNumber: row.version_number,
    clearCount: row.clear_count,
    revision: num(row.revision),
    slaState: slaStateOf(row, facts),
    slaDeadline: optionalNum(row.sla_deadline),
    alertCount: row.alert_count,
    alertSeverity: optionalText(row.alert_severity),
    cancelRequestedAt: optionalNum(row.cancel_requested_at),
    cancelForcedAt: optionalNum(row.cancel_forced_at),
  };
}
