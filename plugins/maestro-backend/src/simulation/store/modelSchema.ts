import createKnex from 'knex';
import { MaestroDatabase } from '../../database/MaestroDatabase';
import { type Condition, parseRaw } from './conditions';

/** One table as the model keeps it. */
export interface ModelTable {
  name: string;
  /** A row without any value given: defaults, else null. */
  template: Readonly<Record<string, unknown>>;
  notNull: readonly string[];
  /** Columns that identify a row. */
  key: readonly string[];
  /** The one column that counts up by itself, where there is one. */
  serial: string | undefined;
  uniques: readonly ModelUnique[];
}

/** A unique index; with `where`, a partial one. */
export interface ModelUnique {
  name: string;
  columns: readonly string[];
  where?: Condition;
}

interface TableInfo {
  name: string;
  type: string;
  notnull: number;
  dflt_value: string | null;
  pk: number;
}

/**
 * Tables, defaults and unique indexes, read from the migrations themselves: a
 * migration changes the model store in the same moment as the real ones.
 */
export async function readModelSchema(): Promise<Map<string, ModelTable>> {
  const knex = createKnex({
    client: 'better-sqlite3',
    connection: { filename: ':memory:' },
    useNullAsDefault: true,
    pool: { min: 1, max: 1 },
  });
  try {
    await MaestroDatabase.open(knex, { migrate: true });
    const names: Array<{ name: string }> = await knex('sqlite_master')
      .where({ type: 'table' })
      .select('name');
    const tables = new Map<string, ModelTable>();
    for (const { name } of names) {
      if (name.startsWith('sqlite_') || name.startsWith('knex_')) continue;
      const columns: TableInfo[] = await knex.raw(
        `pragma table_info('${name}')`,
      );
      const keys = columns.filter(column => column.pk > 0);
      tables.set(name, {
        name,
        template: Object.freeze(
          Object.fromEntries(
            columns.map(column => [column.name, defaultOf(column)]),
          ),
        ),
        notNull: columns
          .filter(column => column.notnull)
          .map(column => column.name),
        key: keys.sort((a, b) => a.pk - b.pk).map(column => column.name),
        serial:
          keys.length === 1 && /^integer$/i.test(keys[0].type)
            ? keys[0].name
            : undefined,
        uniques: await uniquesOf(name),
      });
    }
    return tables;
  } finally {
    await knex.destroy();
  }

  async function uniquesOf(table: string): Promise<ModelUnique[]> {
    const indexes: Array<{ name: string; unique: number }> = await knex.raw(
      `pragma index_list('${table}')`,
    );
    const uniques: ModelUnique[] = [];
    for (const { name, unique } of indexes) {
      if (!unique) continue;
      const columns: Array<{ name: string }> = await knex.raw(
        `pragma index_info('${name}')`,
      );
      const row = await knex('sqlite_master').where({ name }).first('sql');
      const where = /\swhere\s+(.*)$/is.exec(row?.sql ?? '')?.[1];
      uniques.push({
        name,
        columns: columns.map(column => column.name),
        where: where === undefined ? undefined : parseRaw(where),
      });
    }
    return uniques;
  }
}

function defaultOf({ dflt_value: text }: TableInfo): unknown {
  if (text === null) return null;
  const unquoted = /^'(.*)'$/s.exec(text)?.[1];
  if (unquoted === undefined) return Number(text);
  // Knex quotes numbers too where the column is of type boolean or bigint.
  return /^-?\d+$/.test(unquoted) ? Number(unquoted) : unquoted;
}
