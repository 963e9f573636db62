import {
  isFinalRunState,
  type RunState,
  type RunSummary,
  type RunTrigger,
} from '@maestro/plugin-maestro-common';
import type { PermissionCriteria } from '@backstage/plugin-permission-common';
import type { Knex } from 'knex';
import { num } from '../database/conversion';
import type { RunFilter } from '../permissions/runResource';
import { whereRuns } from '../permissions/whereRuns';
import { findBackfill } from './backfills';
import { decodeCursor, encodeCursor } from './cursor';
import { pipelineId } from './getPipeline';
import { selectRuns, toRunSummaries, type ListedRunRow } from './runRows';
import type { ViewContext } from './ViewContext';

/**
 * Runs, newest first.
 *
 * @throws NotFoundError for a pipeline or a backfill that there is not
 */
export async function listRuns(
  ctx: ViewContext,
  options: {
    pipeline?: string;
    state?: RunState;
    trigger?: RunTrigger;
    /** Public id of a backfill. */
    backfill?: string;
    limit: number;
    cursor?: string;
    /** What the reader may see; absent: all. */
    visible?: PermissionCriteria<RunFilter>;
  },
): Promise<{ items: RunSummary[]; nextCursor?: string }> {
  const { db } = ctx;
  const { pipeline, state, trigger, backfill, limit, cursor } = options;
  const query = selectRuns(db);
  if (pipeline !== undefined) {
    const id = await pipelineId(ctx, pipeline);
    // With the sign no index is used: SQLite would read the whole history of
    // the pipeline for the runs of one backfill.
    if (backfill === undefined) query.where('runs.pipeline_id', id);
    else query.whereRaw('+runs.pipeline_id = ?', [id]);
  }
  if (state !== undefined) query.where('runs.state', state);
  if (state !== undefined && !isFinalRunState(state)) {
    // Says to the planner, in the words of the partial index, that it holds
    // all of them: a parameter does not.
    query.whereRaw("runs.state in ('queued', 'running')");
  }
  if (trigger !== undefined) query.where('runs.trigger', trigger);
  if (backfill !== undefined) {
    query.where('runs.backfill_id', (await findBackfill(ctx, backfill)).id);
  }
  if (options.visible) whereRuns(query, options.visible);
  const rows = await readPage<ListedRunRow>(query, { limit, cursor });
  return {
    items: await toRunSummaries(db, rows.items),
    nextCursor: rows.nextCursor,
  };
}

/** One page by (run_after, id), newest first; one row more says whether another follows. */
export async function readPage<
  Row extends Pick<ListedRunRow, 'id' | 'run_after'>,
>(
  query: Knex.QueryBuilder,
  { limit, cursor }: { limit: number; cursor?: string },
): Promise<{ items: Row[]; nextCursor?: string }> {
  if (cursor !== undefined) {
    const { runAfter, id } = decodeCursor(cursor);
    // A row value, which both databases turn into one seek of the index.
    query.whereRaw('(runs.run_after, runs.id) < (?, ?)', [runAfter, id]);
  }
  const rows = (await query
    .orderBy('runs.run_after', 'desc')
    .orderBy('runs.id', 'desc')
    .limit(limit + 1)) as unknown as Row[];
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return {
    items,
    nextCursor:
      rows.length > limit && last
        ? encodeCursor({ runAfter: num(last.run_after), id: num(last.id) })
        : undefined,
  };
}
