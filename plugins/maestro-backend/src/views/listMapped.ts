import type {
  MappedInstances,
  TaskInstance,
  TaskState,
} from '@maestro/plugin-maestro-common';
import { emptyStateCounts } from '@maestro/plugin-maestro-common';
import { json } from '../database/conversion';
import { findRunKeys, findTaskNo, readDefinition } from './findRun';
import { mappedCounts, shownCounts } from './mappedCounts';
import { readTaskRows, toTaskInstance, type ListedTaskRow } from './taskRows';
import type { ViewContext } from './ViewContext';
import { readWaits } from './waits';

/** Characters of an item as JSON that a list shows. */
const MAX_ITEM = 4_096;

/** Attempts that are read in one statement. */
const READ_AT_ONCE = 400;

/**
 * A page of the instances of a mapped task, by map index. Those that were
 * removed, because their list was made anew, are shown only when asked for.
 *
 * @throws NotFoundError
 */
export async function listMapped(
  ctx: ViewContext,
  options: {
    runId: string;
    taskId: string;
    state?: TaskState;
    after: number;
    limit: number;
  },
): Promise<MappedInstances> {
  const run = await findRunKeys(ctx, options.runId);
  const no = await findTaskNo(ctx, run, options.taskId);
  const definition = await readDefinition(ctx, run.versionId);
  const query = readTaskRows(ctx, run.id)
    .where('t.task_no', no)
    .where('t.map_index', '>', Math.max(-1, options.after))
    .orderBy('t.map_index')
    .limit(options.limit + 1);
  if (options.state) query.where('t.state', options.state);
  else query.whereNot('t.state', 'removed');
  const rows = await query;
  const page = rows.slice(0, options.limit);
  const labels = definition.airflow
    ? await labelsOf(ctx, page)
    : new Map<string, string>();
  const waits =
    page.length === 0
      ? undefined
      : await readWaits(ctx.db, run.id, definition, {
          taskNo: no,
          from: page[0].map_index,
          to: page[page.length - 1].map_index,
        });
  const counts = (await mappedCounts(ctx, [run.id])).get(run.id)?.get(no);
  return {
    items: page.map((row): TaskInstance => {
      const text = row.item_shown ?? row.item;
      return {
        ...toTaskInstance(definition, row),
        wait: waits?.get(`${no}/${row.map_index}`),
        item: text === null || text.length > MAX_ITEM ? undefined : json(text),
        itemSize: text === null ? undefined : text.length,
        label: labels.get(row.attempt_id ?? ''),
      };
    }),
    counts: shownCounts(counts ?? emptyStateCounts()),
    next:
      rows.length > page.length ? page[page.length - 1].map_index : undefined,
  };
}

/** By attempt what its task called itself (Airflow's `map_index_template`). */
async function labelsOf(
  { db }: ViewContext,
  rows: readonly ListedTaskRow[],
): Promise<Map<string, string>> {
  const ids = rows.flatMap(row => row.attempt_id ?? []);
  const labels = new Map<string, string>();
  for (let i = 0; i < ids.length; i += READ_AT_ONCE) {
    const found = await db
      .table(db.knex, 'attempts')
      .whereIn('attempt_id', ids.slice(i, i + READ_AT_ONCE))
      // Few have one, and inputs can be large.
      .where('inputs', 'like', '%"renderedMapIndex"%')
      .select('attempt_id', 'inputs');
    for (const { attempt_id: id, inputs } of found) {
      const { renderedMapIndex: label } = json<{ renderedMapIndex?: unknown }>(
        inputs!,
      );
      if (typeof label === 'string') labels.set(id, label);
    }
  }
  return labels;
}
