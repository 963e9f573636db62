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
  { table: 'waits', key: 'wait_id', field: 'next_kwargs' },
] as const;

/** One ciphertext of the database. */
export interface StoredSecret {
  place: { table: string; id: string; field: string };
  keyColumn: string;
  stored: string;
}

/** Every ciphertext there is. */
export async function storedSecrets(
  _db: MaestroDatabase,
  tx: Tx | Knex,
): Promise<StoredSecret[]> {
  const found: StoredSecret[] = [];
  for (const { table, key, field } of SECRET_COLUMNS) {
    const query = tx(table).whereNotNull(field).select(key, field);
    // A partial index finds the few attempts whose log is open.
    if (field === 'masks') query.where({ log_state: 'open' });
    const rows: Record<string, string>[] = await query;
    for (const row of rows) {
      found.push({
        place: { table, id: row[key], field },
        keyColumn: key,
        stored: row[field],
      });
    }
  }
  return found;
}

/** @returns false when it is another ciphertext by now */
export async function replaceSecret(
  _db: MaestroDatabase,
  tx: Tx | Knex,
  { place, keyColumn, stored }: StoredSecret,
  renewed: string,
): Promise<boolean> {
  const changed = await tx(place.table)
    .where({ [keyColumn]: place.id, [place.field]: stored })
    .update({ [place.field]: renewed });
  return changed === 1;
}
