import { ConflictError } from '@backstage/errors';
import { difference } from '../../difference';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { AttemptRow } from '../../tables';

/** Rows in one statement. */
const BATCH = 400;

/** An attempt as it was read and as it is now. */
export interface ChangedAttempt {
  before: AttemptRow;
  after: AttemptRow;
}

/**
 * Writes changed attempts of a locked run, each guarded by the state that it
 * was read with; those that change alike are one statement.
 *
 * @throws ConflictError when one is not as it was read
 */
export async function writeAttempts(
  db: MaestroDatabase,
  tx: Tx,
  changed: readonly ChangedAttempt[],
): Promise<void> {
  const groups = new Map<
    string,
    { members: ChangedAttempt[]; columns: Partial<AttemptRow> }
  >();
  for (const member of changed) {
    const columns = difference(member.before, member.after);
    const key = JSON.stringify([member.before.state, columns]);
    const group = groups.get(key);
    if (group) group.members.push(member);
    else groups.set(key, { members: [member], columns });
  }
  for (const { members, columns } of groups.values()) {
    for (let i = 0; i < members.length; i += BATCH) {
      const some = members.slice(i, i + BATCH);
      const [{ before }] = some;
      const query = db
        .table(tx, 'attempts')
        .where(
          some.length === 1
            ? { id: before.id, state: before.state }
            : { state: before.state },
        );
      if (some.length > 1) {
        query.whereIn(
          'id',
          some.map(member => member.before.id),
        );
      }
      const written = await query.update(columns);
      if (written === some.length) continue;
      const more = some.length > 1 ? ` (or one of ${some.length})` : '';
      throw new ConflictError(
        `Attempt ${before.attempt_id}${more} is not "${before.state}" any more, although its run was locked`,
      );
    }
  }
}
