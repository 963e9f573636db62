import { num } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { VariableRow } from '../../tables';

/**
 * Changes a variable that nobody changed since it was read.
 *
 * @returns false when somebody else was faster
 */
export async function updateVariable(
  db: MaestroDatabase,
  tx: Tx,
  current: VariableRow,
  columns: Partial<VariableRow>,
): Promise<boolean> {
  const changed = await db
    .table(tx, 'variables')
    .where({ id: current.id, revision: current.revision })
    .update({ ...columns, revision: num(current.revision) + 1 });
  return changed === 1;
}
