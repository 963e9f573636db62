import type {
  Approval,
  PipelineDefinition,
  RunLink,
  RunState,
  Wait,
} from '@maestro/plugin-maestro-common';
import type { PermissionCriteria } from '@backstage/plugin-permission-common';
import { json, num, optionalNum, optionalText } from '../database/conversion';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import type { WaitRow } from '../database/tables';
import { shownQuestion } from '../engine/triggers/taskQuestion';
import { readShownDefinition } from '../pipelines/storedDefinition';
import type { RunFilter } from '../permissions/runResource';
import { whereRuns } from '../permissions/whereRuns';
import type { ViewContext } from './ViewContext';

/** Rows of one answer. */
const MAX_APPROVALS = 1_000;
const MAX_SUB_RUNS = 200;

type WaitWithRun = WaitRow & { child_run_id: string | null };

/**
 * What the tasks of a run wait for, by `taskNo/mapIndex`.
 *
 * @param of - only these instances of a mapped task
 */
export async function readWaits(
  db: MaestroDatabase,
  runId: number,
  definition: PipelineDefinition,
  of?: { taskNo: number; from: number; to: number },
): Promise<Map<string, Wait>> {
  const query = db
    .knex('waits')
    .leftJoin('runs', 'runs.id', 'waits.child_run')
    .where('waits.run_id', runId)
    .select('waits.*', 'runs.run_id as child_run_id');
  if (of) {
    query
      .where('waits.task_no', of.taskNo)
      .whereBetween('waits.map_index', [of.from, of.to]);
  }
  const rows = (await query) as WaitWithRun[];
  return new Map(
    rows.map(row => [
      `${row.task_no}/${row.map_index}`,
      toWait(row, definition),
    ]),
  );
}

function toWait(row: WaitWithRun, definition: PipelineDefinition): Wait {
  return {
    kind: row.kind!,
    what: row.what ?? 'an event',
    since: num(row.created_at),
    looks: row.looks,
    lookedAt: optionalNum(row.looked_at),
    answer: optionalText(row.answer),
    nextLookAt: optionalNum(row.next_look_at),
    timeoutAt: optionalNum(row.trigger_timeout_at),
    runId: optionalText(row.child_run_id),
    asset: optionalText(row.awaited_asset),
    approval: row.kind === 'approval' ? questionOf(row, definition) : undefined,
  };
}

function questionOf(
  row: Pick<WaitRow, 'trigger' | 'task_no' | 'attempt_id'>,
  definition: PipelineDefinition,
) {
  if (row.attempt_id !== null) return shownQuestion(row.trigger);
  const { input, approvers = [] } = definition.tasks[row.task_no].approve ?? {};
  const { message } = json<{ message: string }>(row.trigger);
  return { message, input, approvers };
}

/** By task number: its instances that wait for a decision, if there are some. */
export function askingInstances(
  waits: ReadonlyMap<string, Wait>,
): Map<number, { count: number; first: number }> {
  const asking = new Map<number, { count: number; first: number }>();
  for (const [key, wait] of waits) {
    const [no, mapIndex] = key.split('/').map(Number);
    if (!wait.approval || mapIndex < 0) continue;
    const { count, first } = asking.get(no) ?? { count: 0, first: mapIndex };
    asking.set(no, { count: count + 1, first: Math.min(first, mapIndex) });
  }
  return asking;
}

/** Questions that wait for a person, oldest first. */
export async function listApprovals(
  { db }: ViewContext,
  options: {
    pipeline?: string;
    runId?: string;
    visible?: PermissionCriteria<RunFilter>;
  },
): Promise<Approval[]> {
  const query = db
    .knex('waits')
    .join('runs', 'runs.id', 'waits.run_id')
    .join('pipelines', 'pipelines.id', 'runs.pipeline_id')
    .join('pipeline_versions', 'pipeline_versions.id', 'runs.version_id')
    // The words of the partial index.
    .whereRaw("waits.kind = 'approval'")
    .orderBy('waits.created_at')
    .orderBy('waits.run_id')
    .orderBy('waits.task_no')
    .orderBy('waits.map_index')
    .limit(MAX_APPROVALS)
    .select(
      'waits.*',
      'runs.run_id as public_run_id',
      'runs.run_key',
      'pipelines.name',
      'pipeline_versions.definition',
    );
  if (options.pipeline !== undefined) {
    query.where('pipelines.name', options.pipeline);
  }
  if (options.runId !== undefined) query.where('runs.run_id', options.runId);
  if (options.visible) whereRuns(query, options.visible);
  const rows = (await query) as Array<
    WaitRow & {
      public_run_id: string;
      run_key: string;
      name: string;
      definition: string;
    }
  >;
  return rows.map(row => {
    const definition = readShownDefinition(row.definition);
    return {
      runId: row.public_run_id,
      runKey: row.run_key,
      pipeline: row.name,
      taskId: definition.tasks[row.task_no].id,
      mapIndex: row.map_index,
      since: num(row.created_at),
      timeoutAt: optionalNum(row.trigger_timeout_at),
      ...questionOf(row, definition),
    };
  });
}

/** How many questions wait, by `pipelines.id`. */
export async function countApprovals(
  db: MaestroDatabase,
): Promise<Map<number, number>> {
  const rows: Array<{ pipeline_id: number | string; n: number | string }> =
    await db
      .knex('waits')
      .join('runs', 'runs.id', 'waits.run_id')
      .whereRaw("waits.kind = 'approval'")
      .groupBy('runs.pipeline_id')
      .select('runs.pipeline_id')
      .count({ n: '*' });
  return new Map(rows.map(row => [num(row.pipeline_id), num(row.n)]));
}

/** The run that started this one, and those that its tasks started. */
export async function readRunLinks(
  { db }: ViewContext,
  run: { id: number; parentRun?: number; parentTaskNo?: number },
  taskId: (no: number) => string,
): Promise<{ parent?: RunLink; subRuns: RunLink[] }> {
  const links = () =>
    db
      .knex('runs')
      .join('pipelines', 'pipelines.id', 'runs.pipeline_id')
      .select(
        'runs.run_id',
        'runs.state',
        'runs.parent_task_no',
        'pipelines.name',
      );
  const children = (await links()
    .where('runs.parent_run', run.id)
    .orderBy('runs.id', 'desc')
    .limit(MAX_SUB_RUNS)) as LinkRow[];
  const parent =
    run.parentRun === undefined
      ? undefined
      : ((await links()
          .join('pipeline_versions', 'pipeline_versions.id', 'runs.version_id')
          .where('runs.id', run.parentRun)
          .first('pipeline_versions.definition')) as
          | (LinkRow & { definition: string })
          | undefined);
  return {
    parent: parent && {
      runId: parent.run_id,
      pipeline: parent.name,
      state: parent.state,
      taskId:
        readShownDefinition(parent.definition).tasks[run.parentTaskNo ?? 0]
          ?.id ?? '',
    },
    subRuns: children.map(child => ({
      runId: child.run_id,
      pipeline: child.name,
      state: child.state,
      taskId: taskId(child.parent_task_no ?? 0),
    })),
  };
}

interface LinkRow {
  run_id: string;
  state: RunState;
  name: string;
  parent_task_no: number | null;
}
