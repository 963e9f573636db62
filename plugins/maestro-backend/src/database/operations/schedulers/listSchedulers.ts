import type { Knex } from 'knex';
import { json, num } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { SchedulerRole } from '../../tables';

/** An executor as the process that has it sees it. */
export interface PresentExecutor {
  name: string;
  /** See `TaskExecutor.instance`: the same one may be seen by several. */
  instance: string;
  /** See `TaskExecutor.place`. */
  place?: string;
  ok: boolean;
  message?: string;
  maxParallel: number;
  honoursResources: boolean;
}

/** A backend process, as its row says. */
export interface PresentScheduler {
  name: string;
  host: string;
  role: SchedulerRole;
  version: string;
  /** Epoch ms. */
  startedAt: number;
  /** Epoch ms. */
  seenAt: number;
  /** Heard of within its TTL. */
  alive: boolean;
  executors: PresentExecutor[];
}

/** All that were heard of in the last day, the oldest first. */
export async function listSchedulers(
  db: MaestroDatabase,
  tx: Tx | Knex,
): Promise<PresentScheduler[]> {
  const rows = await db
    .table(tx, 'schedulers')
    .orderBy(['started_at', 'name'])
    .select();
  const now = await db.now(tx);
  return rows.map(row => ({
    name: row.name,
    host: row.host,
    role: row.role,
    version: row.version,
    startedAt: num(row.started_at),
    seenAt: num(row.seen_at),
    alive: num(row.seen_at) + num(row.ttl) >= now,
    executors: json<PresentExecutor[]>(row.executors),
  }));
}
