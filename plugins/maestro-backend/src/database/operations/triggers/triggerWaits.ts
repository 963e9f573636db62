import type { Knex } from 'knex';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { WaitRow } from '../../tables';

/** The words of the partial index. */
const OF_TRIGGERS = "kind = 'trigger'";

const FREE = [
  'wait_id',
  'run_id',
  'task_no',
  'map_index',
  'attempt_id',
  'trigger',
  'trigger_timeout_at',
  'created_at',
] as const;

/** What a look reads of a trigger: all but its arguments, up to a mebibyte. */
export type FreeTrigger = Pick<WaitRow, (typeof FREE)[number]>;

/**
 * Triggers that nobody runs any more, or nobody yet, oldest first.
 *
 * @param after - the last one of the page before
 */
export async function freeTriggers(
  db: MaestroDatabase,
  tx: Tx | Knex,
  now: number,
  limit: number,
  after?: Pick<WaitRow, 'created_at' | 'wait_id'>,
): Promise<FreeTrigger[]> {
  const free = db
    .table(tx, 'waits')
    .whereRaw(OF_TRIGGERS)
    .where(query => {
      query.whereNull('host').orWhere('host_until', '<', now);
    });
  if (after) {
    const { created_at: at, wait_id: id } = after;
    free.where(query => {
      query.where('created_at', '>', at).orWhere(same => {
        same.where('created_at', at).where('wait_id', '>', id!);
      });
    });
  }
  return (await free
    .orderBy([{ column: 'created_at' }, { column: 'wait_id' }])
    .limit(limit)
    .select(...FREE)) as FreeTrigger[];
}

/** Sealed arguments of a trigger; undefined when its wait is over. */
export async function triggerArguments(
  db: MaestroDatabase,
  tx: Tx | Knex,
  waitId: string,
): Promise<string | undefined> {
  const row = await db
    .table(tx, 'waits')
    .where({ wait_id: waitId })
    .first('next_kwargs');
  return row?.next_kwargs ?? undefined;
}

/**
 * Takes a trigger, with the token that its calls will have from now on; the
 * token of who had it before is none any more.
 *
 * @returns false when another scheduler was faster, or its wait is over
 */
export async function takeTrigger(
  db: MaestroDatabase,
  tx: Tx | Knex,
  waitId: string,
  by: { host: string; now: number; until: number; tokenHash: string },
): Promise<boolean> {
  const changed = await db
    .table(tx, 'waits')
    .where({ wait_id: waitId })
    .where(query => {
      query.whereNull('host').orWhere('host_until', '<', by.now);
    })
    .update({
      host: by.host,
      host_until: by.until,
      token_hash: by.tokenHash,
      answer: null,
    });
  return changed === 1;
}

/** Keeps what a scheduler runs its own until then. */
export async function renewTriggers(
  db: MaestroDatabase,
  tx: Tx | Knex,
  host: string,
  until: number,
): Promise<void> {
  await db
    .table(tx, 'waits')
    .whereRaw(OF_TRIGGERS)
    .where({ host })
    .update({ host_until: until });
}

/** Ids of the waits whose triggers are a scheduler's own. */
export async function ownTriggers(
  db: MaestroDatabase,
  tx: Tx | Knex,
  host: string,
): Promise<Set<string>> {
  const rows = await db
    .table(tx, 'waits')
    .whereRaw(OF_TRIGGERS)
    .where({ host })
    .select('wait_id');
  return new Set(rows.map(row => row.wait_id!));
}

/** Which of these waits there still are. */
export async function waitsAmong(
  db: MaestroDatabase,
  tx: Tx | Knex,
  waitIds: readonly string[],
): Promise<Set<string>> {
  const found = new Set<string>();
  for (let from = 0; from < waitIds.length; from += 400) {
    const rows = await db
      .table(tx, 'waits')
      .whereIn('wait_id', waitIds.slice(from, from + 400))
      .select('wait_id');
    rows.forEach(row => found.add(row.wait_id!));
  }
  return found;
}

/** Says of own triggers why they do not run; null when they do again. */
export async function tellTriggers(
  db: MaestroDatabase,
  tx: Tx | Knex,
  host: string,
  waitIds: readonly string[],
  answer: string | null,
): Promise<void> {
  for (let from = 0; from < waitIds.length; from += 400) {
    await db
      .table(tx, 'waits')
      .whereIn('wait_id', waitIds.slice(from, from + 400))
      // Not of those that another scheduler has taken over since.
      .where({ host })
      .update({ answer });
  }
}

/**
 * Gives own triggers back, so that another scheduler takes them at once.
 *
 * @param waitIds - only these; all of them unless it is given
 */
export async function releaseTriggers(
  db: MaestroDatabase,
  tx: Tx | Knex,
  host: string,
  waitIds?: readonly string[],
): Promise<void> {
  const release = (some?: readonly string[]) => {
    const own = db.table(tx, 'waits').whereRaw(OF_TRIGGERS).where({ host });
    if (some) own.whereIn('wait_id', some as string[]);
    return own.update({ host: null, host_until: null, token_hash: null });
  };
  if (!waitIds) {
    await release();
    return;
  }
  for (let from = 0; from < waitIds.length; from += 400) {
    await release(waitIds.slice(from, from + 400));
  }
}
