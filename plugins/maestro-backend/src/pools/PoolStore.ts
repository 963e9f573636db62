import { ConflictError, InputError, NotFoundError } from '@backstage/errors';
import type { Pool, PoolWrite } from '@maestro/plugin-maestro-common';
import type { UsageIndex } from '../connections/usage';
import { num, optionalText } from '../database/conversion';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { lockPool } from '../database/operations/attempts/limits';
import { type PoolUse, poolUse } from '../database/operations/pools/poolUse';
import { storePool } from '../database/operations/pools/storePool';
import type { PoolRow } from '../database/tables';

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/;
const MAX_SLOTS = 1_000_000;
const NOBODY: PoolUse = { used: 0, waiting: 0 };
/** Tasks that a refusal names. */
const NAMED = 5;

/**
 * Pools: limits by name that tasks of all pipelines share. A claim counts under
 * the lock of the pool's row, so that a change here holds from the next claim
 * on.
 */
export class PoolStore {
  constructor(
    private readonly options: {
      db: MaestroDatabase;
      usage: UsageIndex;
      /** Called after the commit of a change; tasks may have a slot now. */
      onRoom(): void;
    },
  ) {}

  /** All of them by name. */
  async list(): Promise<Pool[]> {
    const { db, usage } = this.options;
    const rows = await db.table(db.knex, 'pools').orderBy('name').select('*');
    const uses = await poolUse(db, db.knex);
    const { pools } = await usage.read();
    return rows.map(row => view(row, uses.get(row.name), pools.get(row.name)));
  }

  /**
   * Makes or changes a pool. Who has a slot keeps it, also when there are now
   * fewer than are taken; then nobody gets one until enough are given back.
   *
   * @throws InputError for a bad name, or slots that are no whole number from
   * 0 to 1,000,000
   */
  async set(name: string, write: PoolWrite): Promise<Pool> {
    checkWrite(name, write);
    const { db, usage } = this.options;
    const row = await db.transaction(async tx => {
      await storePool(db, tx, {
        name,
        slots: write.slots,
        updated_at: await db.now(tx),
        ...(write.description === undefined
          ? {}
          : { description: write.description || null }),
      });
      return db.table(tx, 'pools').where({ name }).first();
    });
    this.options.onRoom();
    const uses = await poolUse(db, db.knex);
    const { pools } = await usage.read();
    return view(row!, uses.get(name), pools.get(name));
  }

  /**
   * Deletes a pool. Its tasks that run go on; those that wait, and later ones,
   * wait until there is a pool of this name again.
   *
   * @throws NotFoundError
   * @throws ConflictError while tasks name it, unless forced
   */
  async delete(
    name: string,
    { force = false }: { force?: boolean } = {},
  ): Promise<void> {
    const { db, usage } = this.options;
    await db.transaction(async tx => {
      // No claim counts its slots meanwhile.
      await lockPool(db, tx, name);
      if (!(await db.table(tx, 'pools').where({ name }).first('name'))) {
        throw new NotFoundError(
          `Pool "${name}" does not exist; "maestro pools list" shows those there are`,
        );
      }
      if (!force) {
        const { pools } = await usage.read(tx);
        const use = (await poolUse(db, tx)).get(name) ?? NOBODY;
        refuseWhileUsed(name, pools.get(name) ?? [], use);
      }
      await db.table(tx, 'pools').where({ name }).delete();
    });
  }
}

function refuseWhileUsed(
  name: string,
  tasks: readonly string[],
  { used, waiting }: PoolUse,
): void {
  if (tasks.length === 0 && used === 0 && waiting === 0) return;
  const shown = tasks.slice(0, NAMED).map(task => `"${task}"`);
  const more = tasks.length - shown.length;
  const who =
    tasks.length === 0
      ? 'tasks of earlier versions'
      : shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
  throw new ConflictError(
    `Pool "${name}" is named by ${who} (${used} running, ${waiting} waiting); without it they wait for ever. Take it out of their pipelines first, or force it`,
  );
}

function view(
  row: PoolRow,
  { used, waiting }: PoolUse = NOBODY,
  tasks: readonly string[] = [],
): Pool {
  return {
    name: row.name,
    slots: num(row.slots),
    used,
    waiting,
    description: optionalText(row.description),
    updatedAt: num(row.updated_at),
    usedBy: [...new Set(tasks.map(task => task.split('/')[0]))],
  };
}

function checkWrite(name: string, { slots }: PoolWrite): void {
  if (!NAME.test(name)) {
    throw new InputError(
      `Pool name "${name.slice(
        0,
        200,
      )}" is not valid; expected letters, digits, "_", "-" and ".", at most 200 characters`,
    );
  }
  if (!Number.isInteger(slots) || slots < 0 || slots > MAX_SLOTS) {
    throw new InputError(
      `Pool "${name}" cannot have ${slots} slots; expected a whole number from 0 to ${MAX_SLOTS}`,
    );
  }
}
