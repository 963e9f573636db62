import { aliasName, assetAlias } from '@maestro/plugin-maestro-common';
import type { Knex } from 'knex';
import { num } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';

/**
 * Keeps through which aliases events of an asset came, and that they stand for it
 * from now on.
 *
 * @param events - with the own names of their aliases, without `@`
 */
export async function storeAliases(
  db: MaestroDatabase,
  tx: Tx,
  asset: string,
  events: ReadonlyArray<{ id: number; aliases: readonly string[] }>,
): Promise<void> {
  const rows = events.flatMap(({ id, aliases }) =>
    aliases.map(alias => ({ event_id: id, alias })),
  );
  for (let i = 0; i < rows.length; i += 400) {
    await db.table(tx, 'asset_event_aliases').insert(rows.slice(i, i + 400));
  }
  const names = [...new Set(rows.map(({ alias }) => alias))];
  for (let i = 0; i < names.length; i += 400) {
    await db
      .table(tx, 'asset_aliases')
      .insert(names.slice(i, i + 400).map(alias => ({ alias, asset })))
      .onConflict(['alias', 'asset'])
      .ignore();
  }
}

/** Aliases through which events came, by their own names, by event. */
export async function aliasesOfEvents(
  db: MaestroDatabase,
  tx: Tx | Knex,
  ids: readonly number[],
): Promise<Map<number, string[]>> {
  const found = new Map<number, string[]>();
  for (let i = 0; i < ids.length; i += 400) {
    const rows = await db
      .table(tx, 'asset_event_aliases')
      .whereIn('event_id', ids.slice(i, i + 400) as never)
      .orderBy(['event_id', 'alias']);
    for (const { event_id: id, alias } of rows) {
      found.set(num(id), [...(found.get(num(id)) ?? []), alias]);
    }
  }
  return found;
}

/** Those of some aliases (`@name`) that have stood for an asset. */
export async function aliasesOfAsset(
  db: MaestroDatabase,
  tx: Tx,
  asset: string,
  among: readonly string[],
): Promise<string[]> {
  const rows = await db
    .table(tx, 'asset_aliases')
    .where({ asset })
    .whereIn(
      'alias',
      among.flatMap(name => aliasName(name) ?? []),
    );
  return rows.map(({ alias }) => assetAlias(alias));
}

/** Assets that an alias (its own name) has stood for, by name. */
export async function assetsOfAlias(
  db: MaestroDatabase,
  tx: Tx | Knex,
  alias: string,
  limit: number,
): Promise<string[]> {
  const rows = await db
    .table(tx, 'asset_aliases')
    .where({ alias })
    .orderBy('asset')
    .limit(limit)
    .select('asset');
  return rows.map(({ asset }) => asset);
}

/** Id of the last event that came through an alias (its own name). */
export async function lastEventThrough(
  db: MaestroDatabase,
  tx: Tx | Knex,
  alias: string,
): Promise<number | undefined> {
  const row = await db
    .table(tx, 'asset_event_aliases')
    .where({ alias })
    .orderBy('event_id', 'desc')
    .first('event_id');
  return row && num(row.event_id);
}
