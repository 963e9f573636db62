import { ConflictError } from '@backstage/errors';
import { difference } from '../../difference';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { TaskInstanceRow } from '../../tables';

/** Rows in one statement. */
const BATCH = 400;

/** A task instance as it was read and as it is now. */
export interface ChangedInstance {
  before: TaskInstanceRow;
  after: TaskInstanceRow;
  /** For people. */
  name: string;
}

/**
 * Writes the changed task instances of a locked run, each guarded by the state
 * that it was read with. Those that take the same step are one statement: a
 * claim of 64 or a clear of 10,000 instances.
 *
 * @throws ConflictError when one is not as it was read
 */
export async function writeInstances(
  db: MaestroDatabase,
  tx: Tx,
  {
    runId,
    added,
    changed,
  }: {
    runId: number;
    added: readonly TaskInstanceRow[];
    changed: readonly ChangedInstance[];
  },
): Promise<void> {
  for (let i = 0; i < added.length; i += BATCH) {
    await db.table(tx, 'task_instances').insert(added.slice(i, i + BATCH));
  }
  for (const { members, columns } of byStep(changed)) {
    for (let i = 0; i < members.length; i += BATCH) {
      await update(db, tx, runId, members.slice(i, i + BATCH), columns);
    }
  }
}

async function update(
  db: MaestroDatabase,
  tx: Tx,
  runId: number,
  members: readonly ChangedInstance[],
  columns: Partial<TaskInstanceRow>,
): Promise<void> {
  const [{ before, name }] = members;
  const query = db.table(tx, 'task_instances').where({
    run_id: runId,
    state: before.state,
    attempt_seq: before.attempt_seq,
    ...(members.length === 1 || before.map_index >= 0
      ? { task_no: before.task_no }
      : {}),
    ...(members.length === 1 || before.map_index < 0
      ? { map_index: before.map_index }
      : {}),
  });
  if (members.length > 1) {
    const column = before.map_index < 0 ? 'task_no' : 'map_index';
    query.whereIn(
      column,
      members.map(member => member.before[column]),
    );
  }
  const written = await query.update(columns);
  if (written === members.length) return;
  const more = members.length > 1 ? ` (or one of ${members.length})` : '';
  throw new ConflictError(
    `Task ${name}${more} is not "${before.state}" any more, although the run was locked`,
  );
}

function byStep(changed: readonly ChangedInstance[]) {
  const steps = new Map<
    string,
    { members: ChangedInstance[]; columns: Partial<TaskInstanceRow> }
  >();
  for (const member of changed) {
    const { before, after } = member;
    const columns = difference(before, after);
    const key = JSON.stringify([
      // Of one mapped task, or tasks that are not mapped.
      before.map_index < 0 ? -1 : before.task_no,
      before.state,
      before.attempt_seq,
      columns,
    ]);
    const step = steps.get(key);
    if (step) step.members.push(member);
    else steps.set(key, { members: [member], columns });
  }
  return steps.values();
}
