import type { RunDot } from '@maestro/plugin-maestro-common';
import { num, optionalNum, optionalText } from '../database/conversion';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import type { RunRow } from '../database/tables';

/** Columns of a run that a dot needs. */
export type RecentRunRow = Pick<
  RunRow,
  | 'pipeline_id'
  | 'run_id'
  | 'state'
  | 'state_reason'
  | 'trigger'
  | 'run_after'
  | 'created_at'
  | 'started_at'
  | 'ended_at'
  | 'sla_state'
  | 'sla_deadline'
  | 'alert_severity'
>;

const COLUMNS = [
  'pipeline_id',
  'run_id',
  'state',
  'state_reason',
  'trigger',
  'run_after',
  'created_at',
  'started_at',
  'ended_at',
  'sla_state',
  'sla_deadline',
  'alert_severity',
];

/**
 * The last runs of pipelines, newest first, by pipeline id.
 *
 * One seek into (pipeline_id, run_after desc) for each pipeline. A window
 * function reads the whole history: with 100,000 runs that was 200 times as
 * slow. SQLite has no lateral join; there the correlated `in` does the same.
 *
 * @param pipelineIds - absent: all
 */
export async function readRecentRuns(
  db: MaestroDatabase,
  options: { pipelineIds?: readonly number[]; limit: number },
): Promise<Map<number, RecentRunRow[]>> {
  const { pipelineIds, limit } = options;
  const byPipeline = new Map<number, RecentRunRow[]>();
  if (pipelineIds?.length === 0) return byPipeline;
  const columns = COLUMNS.map(column => `r.${column}`).join(', ');
  const only = pipelineIds
    ? `where p.id in (${pipelineIds.map(() => '?').join(', ')})`
    : '';
  const ids = pipelineIds ?? [];
  const newest = (what: string) =>
    `select ${what} from runs x where x.pipeline_id = p.id order by x.run_after desc, x.id desc limit ?`;
  const order = 'order by r.pipeline_id, r.run_after desc, r.id desc';
  const rows: RecentRunRow[] =
    db.dialect === 'postgres'
      ? (
          await db.knex.raw(
            `select ${columns} from pipelines p cross join lateral (${newest(
              '*',
            )}) r ${only} ${order}`,
            [limit, ...ids],
          )
        ).rows
      : await db.knex.raw(
          `select ${columns} from pipelines p join runs r on r.id in (${newest(
            'x.id',
          )}) ${only} ${order}`,
          [limit, ...ids],
        );
  for (const row of rows) {
    const id = num(row.pipeline_id);
    const list = byPipeline.get(id);
    if (list) list.push(row);
    else byPipeline.set(id, [row]);
  }
  return byPipeline;
}

/** How long a run took; undefined until it ended. */
export function durationOf(
  row: Pick<RunRow, 'started_at' | 'ended_at'>,
): number | undefined {
  return row.started_at === null || row.ended_at === null
    ? undefined
    : num(row.ended_at) - num(row.started_at);
}

/** Median duration of the successful runs among `rows`, undefined without one. */
export function medianDuration(
  rows: readonly RecentRunRow[] | undefined,
): number | undefined {
  const durations = (rows ?? [])
    .filter(row => row.state === 'success')
    .map(durationOf)
    .filter(duration => duration !== undefined)
    .sort((a, b) => a - b);
  return durations.length > 0
    ? durations[Math.floor((durations.length - 1) / 2)]
    : undefined;
}

/** A run as one of the dots of its pipeline. */
export function toRunDot(
  row: Omit<RecentRunRow, 'sla_state'>,
  slaState: RunDot['slaState'],
): RunDot {
  return {
    runId: row.run_id,
    state: row.state,
    stateReason: optionalText(row.state_reason),
    trigger: row.trigger,
    runAfter: num(row.run_after),
    durationMs: durationOf(row),
    alertSeverity: optionalText(row.alert_severity),
    slaState: slaState ?? 'none',
  };
}

/** Deadline column as a number. */
export function deadlineOf(
  row: Pick<RunRow, 'sla_deadline'>,
): number | undefined {
  return optionalNum(row.sla_deadline);
}
