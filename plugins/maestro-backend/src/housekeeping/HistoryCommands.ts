import { ConflictError, NotFoundError } from '@backstage/errors';
import {
  isFinalRunState,
  type HistoryExtent,
} from '@maestro/plugin-maestro-common';
import { num } from '../database/conversion';
import type { Tx } from '../database/MaestroDatabase';
import { RETENTION_BATCH } from '../database/operations/retention/expiredRuns';
import { removeRuns } from '../database/operations/retention/removeRuns';
import { retryConflicts } from '../database/retryConflicts';
import type { RetentionContext } from './retention';

/** Deleting by hand what happened. There is no way back. */
export class HistoryCommands {
  constructor(private readonly ctx: Pick<RetentionContext, 'db'>) {}

  /** @throws NotFoundError, ConflictError while it runs or its log is collected */
  async deleteRun(runId: string): Promise<void> {
    const { db } = this.ctx;
    const remove = async (tx: Tx) => {
      const run = await db.table(tx, 'runs').where({ run_id: runId }).first();
      if (!run) throw new NotFoundError(`There is no run "${runId}"`);
      if (!isFinalRunState(run.state)) {
        throw new ConflictError(
          `Run ${runId} is ${run.state}: cancel it first, then delete it`,
        );
      }
      const open = await db
        .table(tx, 'attempts')
        .where({ run_id: run.id, log_state: 'open' })
        .first('id');
      if (open) {
        throw new ConflictError(
          `The log of run ${runId} is still being stored: delete it in a moment`,
        );
      }
      if ((await removeRuns(db, tx, [num(run.id)])) === 0) {
        throw new ConflictError(
          `Run ${runId} was started again: cancel it first`,
        );
      }
    };
    // Who removes its asset events meanwhile takes their outcomes in another order.
    await retryConflicts(() => db.transaction(remove));
  }

  /**
   * Deletes the finished runs of a pipeline that ended before an instant.
   *
   * @param of.before - epoch milliseconds; without it all of them
   * @param of.dryRun - only counts
   * @throws NotFoundError
   */
  async deleteHistory(of: {
    pipeline: string;
    before?: number;
    dryRun: boolean;
  }): Promise<HistoryExtent> {
    const { db } = this.ctx;
    const pipeline = await db
      .table(db.knex, 'pipelines')
      .where({ name: of.pipeline })
      .first('id');
    if (!pipeline) {
      throw new NotFoundError(`There is no pipeline "${of.pipeline}"`);
    }
    const finished = () => {
      const query = db
        .knex('runs')
        .where({ 'runs.pipeline_id': pipeline.id })
        .whereIn('runs.state', ['success', 'failed']);
      return of.before === undefined
        ? query
        : query.where('runs.ended_at', '<', of.before);
    };
    const count = async (query: ReturnType<typeof finished>, sql: string) => {
      const row = await query.first(db.knex.raw(`${sql} as n`));
      return num(row.n ?? 0);
    };
    const extent = {
      runs: await count(finished(), 'count(*)'),
      logBytes: await count(
        finished().join('attempts', 'attempts.run_id', 'runs.id'),
        'sum(attempts.log_bytes)',
      ),
      reports: await count(
        finished().join('artifacts', 'artifacts.run_id', 'runs.id'),
        'count(*)',
      ),
    };
    if (of.dryRun) return extent;
    let runs = 0;
    for (let after = 0; ; ) {
      const ids = (
        await finished()
          .where('runs.id', '>', after)
          .orderBy('runs.id')
          .limit(RETENTION_BATCH)
          .pluck('runs.id')
      ).map(num);
      if (ids.length === 0) break;
      after = ids[ids.length - 1];
      runs += await retryConflicts(() =>
        db.transaction(tx => removeRuns(db, tx, ids)),
      );
    }
    return { ...extent, runs };
  }
}
