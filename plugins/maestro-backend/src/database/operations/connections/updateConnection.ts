import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import { num } from '../../conversion';
import type { ConnectionRow } from '../../tables';

/**
 * Changes a connection that nobody changed since it was read, and forgets its
 * last test, which was of the old one.
 *
 * @returns false when somebody else was faster
 */
export async function updateConnection(
  db: MaestroDatabase,
  tx: Tx,
  current: ConnectionRow,
  columns: Partial<ConnectionRow>,
): Promise<boolean> {
  const changed = await db
    .table(tx, 'connections')
    .where({ id: current.id, revision: current.revision })
    .update({
      ...columns,
      revision: num(current.revision) + 1,
      tested_at: null,
      test_result: null,
    });
  return changed === 1;
}
