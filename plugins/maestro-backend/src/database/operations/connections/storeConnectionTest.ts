import type { ConnectionTest } from '@maestro/plugin-maestro-common';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { ConnectionRow } from '../../tables';

/** Keeps the result of a test, unless the connection was changed meanwhile. */
export async function storeConnectionTest(
  db: MaestroDatabase,
  tx: Tx,
  tested: Pick<ConnectionRow, 'id' | 'revision'>,
  result: ConnectionTest,
): Promise<void> {
  await db
    .table(tx, 'connections')
    .where({ id: tested.id, revision: tested.revision })
    .update({ tested_at: result.at, test_result: JSON.stringify(result) });
}
