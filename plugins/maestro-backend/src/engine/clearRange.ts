import { ConflictError, InputError, NotFoundError } from '@backstage/errors';
import { num, optionalNum } from '../database/conversion';
import type { Engine } from './Engine';
import type { ClearOptions, TouchedTask } from './RunCommands';

/** Other runs that one request clears; one transaction each. */
const MAX_RUNS = 1_000;

/** Which other runs of the pipeline, by their logical dates. */
export interface ClearRange {
  /** Those of later dates. */
  future: boolean;
  /** Those of earlier dates. */
  past: boolean;
}

/** A run in which tasks are, or would be, cleared. */
export interface ClearedRun {
  runId: string;
  logicalDate?: number;
  /** Task instances; 0 with a reason. */
  tasks: number;
  /** Why nothing of it was cleared although there is something. */
  reason?: string;
}

/**
 * Clears tasks of a run, then the same tasks in later or earlier runs of its
 * pipeline. Each run is a transaction of its own, the others by ascending id, so
 * that no two are locked together; after a crash those that were not reached
 * are as they were. A run whose version does not have the tasks is not touched.
 *
 * @throws InputError for more than a thousand runs, or single instances
 */
export async function clearRange(
  engine: Engine,
  runId: string,
  options: ClearOptions & ClearRange,
  actor: string,
): Promise<{ tasks: TouchedTask[]; others: ClearedRun[] }> {
  const { db } = engine.ctx;
  if (options.mapIndices) {
    throw new InputError(
      'Single instances of a mapped task are cleared run by run; leave out future and past, or the instances',
    );
  }
  const run = await db
    .table(db.knex, 'runs')
    .where({ run_id: runId })
    .first('id', 'pipeline_id', 'logical_date', 'run_after');
  if (!run) {
    throw new NotFoundError(
      `Run "${runId}" does not exist; it may have been deleted by retention`,
    );
  }
  const date = num(run.logical_date ?? run.run_after);
  // Too many are refused before anything is cleared.
  const found = await othersOf(engine, run, date, options);
  const own = await engine.commands.clearTasks(runId, options, actor);
  const others: ClearedRun[] = [];
  for (const other of found) {
    const tasks = await tasksOf(engine, other.versionId, options.taskIds);
    if (tasks?.length === 0) continue;
    const { runId: otherId, logicalDate } = other;
    try {
      const touched = await engine.commands.clearTasks(
        otherId,
        { ...options, taskIds: tasks },
        actor,
      );
      if (touched.length > 0) {
        others.push({ runId: otherId, logicalDate, tasks: touched.length });
      }
    } catch (error) {
      // Deleted meanwhile: nothing is left to clear.
      if (error instanceof NotFoundError) continue;
      if (!(error instanceof ConflictError)) throw error;
      const reason = error.message;
      others.push({ runId: otherId, logicalDate, tasks: 0, reason });
    }
  }
  return { tasks: own, others };
}

/** What lies on the wanted sides of its date, by ascending id. */
async function othersOf(
  engine: Engine,
  run: { id: number | string; pipeline_id: number | string },
  date: number,
  { future, past }: ClearRange,
): Promise<Array<{ runId: string; versionId: number; logicalDate?: number }>> {
  const { db } = engine.ctx;
  const sides = [...(future ? ['>'] : []), ...(past ? ['<'] : [])];
  if (sides.length === 0) return [];
  const runs = () =>
    db
      .table(db.knex, 'runs')
      .where({ pipeline_id: run.pipeline_id })
      .whereNot('id', run.id)
      .orderBy('id')
      .limit(MAX_RUNS + 1)
      .select('id', 'run_id', 'version_id', 'logical_date');
  const rows = [];
  for (const side of sides) {
    rows.push(...(await runs().where('logical_date', side, date)));
    rows.push(
      ...(await runs()
        .whereNull('logical_date')
        .where('run_after', side, date)),
    );
  }
  if (rows.length > MAX_RUNS) {
    throw new InputError(
      `More than ${MAX_RUNS} runs lie in this range; clear from a run that is nearer to its end`,
    );
  }
  rows.sort((one, other) => num(one.id) - num(other.id));
  return rows.map(row => ({
    runId: row.run_id,
    versionId: num(row.version_id),
    logicalDate: optionalNum(row.logical_date),
  }));
}

/** Of the wanted tasks those that a version has; undefined means all. */
async function tasksOf(
  { ctx }: Engine,
  versionId: number,
  wanted: readonly string[] | undefined,
): Promise<string[] | undefined> {
  if (wanted === undefined) return undefined;
  const { tasks } = await ctx.db.transaction(tx =>
    ctx.versions.definition(tx, versionId),
  );
  const known = new Set(tasks.map(({ id }) => id));
  return wanted.filter(id => known.has(id));
}
