import type { Knex } from 'knex';
import {
  dueHistory,
  type DueHistory,
  type RunState,
} from '@maestro/plugin-maestro-common';
import { num } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';

/**
 * What became of due times of a schedule, by the runs of its ticks and of
 * backfills. A due time that nobody names in the answer never had a run.
 *
 * @param due - ascending, at most a few hundred
 */
export async function dueHistories(
  db: MaestroDatabase,
  tx: Tx | Knex,
  of: { pipelineId: number; scheduleId: string; due: readonly number[] },
): Promise<Map<number, DueHistory>> {
  const { pipelineId, scheduleId, due } = of;
  if (due.length === 0) return new Map();
  const runsOf = (table: 'ticks' | 'backfill_members') =>
    db
      .table(tx, table as 'ticks')
      .where({ pipeline_id: pipelineId, schedule_id: scheduleId })
      .where('due_at', '>=', due[0])
      .where('due_at', '<=', due[due.length - 1])
      .whereNotNull('run_id')
      .select('due_at', 'run_id');
  const links = [
    ...(await runsOf('ticks')),
    ...(await runsOf('backfill_members')),
  ];
  const states = await statesOf(
    db,
    tx,
    links.map(link => num(link.run_id!)),
  );
  const byDue = new Map<number, Array<RunState | 'deleted'>>();
  for (const link of links) {
    const at = num(link.due_at);
    const known = byDue.get(at) ?? [];
    byDue.set(at, known);
    known.push(states.get(num(link.run_id!)) ?? 'deleted');
  }
  return new Map(
    [...byDue].map(([at, known]) => [at, dueHistory(known)] as const),
  );
}

/** Parameters of one statement; SQLite and PostgreSQL take more. */
const IDS = 500;

async function statesOf(
  db: MaestroDatabase,
  tx: Tx | Knex,
  ids: readonly number[],
): Promise<Map<number, RunState>> {
  const states = new Map<number, RunState>();
  for (let i = 0; i < ids.length; i += IDS) {
    const rows = await db
      .table(tx, 'runs')
      .whereIn('id', ids.slice(i, i + IDS) as never)
      .select('id', 'state');
    rows.forEach(row => states.set(num(row.id), row.state));
  }
  return states;
}
