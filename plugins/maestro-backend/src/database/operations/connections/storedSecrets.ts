import type { Knex } from 'knex';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';

/** Columns that hold ciphertexts, and the column that names their row. */
const SECRET_COLUMNS = [
  { table: 'connections', key: 'conn_id', field: 'password' },
  { table: 'connections', key: 'conn_id', field: 'extra' },
  { table: 'variables', key: 'key', field: 'secret_value' },
  { table: 'webhooks', key: 'address', field: 'secret' },
  { table: 'attempts', key: 'attempt_id', field: 'masks' },
  { table: 'attempts', key: 'attempt_id', field: 'resume' },
  { table: 'attempts', key: 'attempt_id', field: 'follow_up' },
  { table: 'waits', key: 'wait_id', field: 'next_kwargs' },
] as const;

/** Rows that are held at once; some have a mebibyte. */
const PAGE = 50;

/** One ciphertext of the database. */
export interface StoredSecret {
  place: { table: string; id: string; field: string };
  keyColumn: string;
  /** The ciphertext. */
  stored: string;
  /** All of its column: the ciphertext, or what it is part of. */
  column: string;
}

/** Every ciphertext there is, read in pages. */
export async function* storedSecrets(
  _db: MaestroDatabase,
  tx: Tx | Knex,
): AsyncGenerator<StoredSecret> {
  for (const { table, key, field } of SECRET_COLUMNS) {
    let last: string | undefined;
    for (;;) {
      const query = tx(table)
        .whereNotNull(field)
        .orderBy(key)
        .limit(PAGE)
        .select(key, field);
      // A partial index finds the few attempts whose log is open.
      if (field === 'masks') query.where({ log_state: 'open' });
      // And those that live: what one said counts until it has ended.
      if (field === 'follow_up') query.whereRaw("state <> 'ended'");
      if (last !== undefined) query.where(key, '>', last);
      const rows: Record<string, string>[] = await query;
      for (const row of rows) {
        const stored = ciphertextOf(field, row[field]);
        if (stored === undefined) continue;
        const place = { table, id: row[key], field };
        yield { place, keyColumn: key, stored, column: row[field] };
      }
      if (rows.length < PAGE) break;
      last = rows.at(-1)![key];
    }
  }
}

/** What a task has said of itself is sealed only when it waits for a trigger. */
function ciphertextOf(
  field: (typeof SECRET_COLUMNS)[number]['field'],
  column: string,
): string | undefined {
  if (field !== 'follow_up') return column;
  return (JSON.parse(column) as { sealed?: string }).sealed;
}

/** @returns false when it is another ciphertext by now */
export async function replaceSecret(
  _db: MaestroDatabase,
  tx: Tx | Knex,
  { place, keyColumn, stored, column }: StoredSecret,
  renewed: string,
): Promise<boolean> {
  const changed = await tx(place.table)
    .where({ [keyColumn]: place.id, [place.field]: column })
    // Base64 and ids of keys: nothing that JSON would write another way.
    .update({ [place.field]: column.replace(stored, () => renewed) });
  return changed === 1;
}
