import { num, optionalNum } from '../database/conversion';
import type { RunRow } from '../database/tables';
import type { AirflowCall } from './AirflowCall';

/**
 * A run as a callback of it sees it: over, which it is for others only when its
 * callbacks are. For tasks, and of other runs, as it is.
 */
export async function asEnded(call: AirflowCall, run: RunRow): Promise<RunRow> {
  const { db, attempt } = call;
  if (num(run.id) !== call.runId || run.state !== 'running') return run;
  const { definition } = await call.facts();
  const { callback } = definition.tasks[attempt.task_no];
  if (!callback) return run;
  const work = definition.tasks.filter(task => !task.callback).length;
  const last = (await db
    .table(db.knex, 'task_instances')
    .where({ run_id: call.runId })
    .where('task_no', '<', work)
    .max({ at: 'ended_at' })
    .first()) as unknown as { at: number | string | null } | undefined;
  return {
    ...run,
    state: callback,
    ended_at: optionalNum(last?.at ?? null) ?? null,
  };
}
