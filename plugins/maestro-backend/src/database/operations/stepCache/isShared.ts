import type { Tx } from '../../MaestroDatabase';

/**
 * Whether anything but what this transaction has just replaced shows an object:
 * the step cache, or a run that reused a result. Then it is written down as
 * garbage and not deleted at once: whoever is the last to let go of it need not
 * know that it is.
 */
export async function isShared(tx: Tx, location: string): Promise<boolean> {
  for (const [table, column] of [
    ['step_cache_parts', 'blob'],
    ['outputs', 'blob'],
    ['artifacts', 'location'],
  ]) {
    const row = await tx(table)
      .where(column, location)
      .first(tx.raw('1 as one'));
    if (row) return true;
  }
  return false;
}
