import { isFinalTaskState } from '@maestro/plugin-maestro-common';
import type {
  PipelineDefinition,
  TaskState,
} from '@maestro/plugin-maestro-common';
import { num, optionalNum } from '../database/conversion';
import type { RunRow, TaskInstanceRow } from '../database/tables';
import { AirflowApiError } from './AirflowApiError';
import type { AirflowCall } from './AirflowCall';
import { definitionOf, runsAskedFor } from './dagRuns';
import { findDag, findDagRun } from './findDagRun';
import { instants } from './queries';
import { dagIdOf, instantText } from './runContext';

/** Most runs whose tasks one answer is made of. */
const MAX_RUNS = 1_000;

/** Runs whose tasks are read in one statement. */
const RUNS_AT_ONCE = 50;

interface SeenTask {
  run: RunRow;
  definition: PipelineDefinition;
  taskId: string;
  row: SeenRow;
}

const COLUMNS = [
  'run_id',
  'task_no',
  'map_index',
  'state',
  'try_number',
  'started_at',
  'ended_at',
] as const;

type SeenRow = Pick<TaskInstanceRow, (typeof COLUMNS)[number]>;

/** `GET task-instances/count`: those of a DAG that fit a query. */
export async function countTasks(call: AirflowCall): Promise<number> {
  const states = call.url.searchParams.getAll('states');
  const found = withoutSummaries(await tasksOf(call));
  if (states.length === 0) return found.length;
  return found.filter(({ row }) =>
    states.includes(airflowState(row.state) ?? 'null'),
  ).length;
}

/** Airflow has no row for a mapped task beside its instances. */
function withoutSummaries(found: readonly SeenTask[]): SeenTask[] {
  const key = ({ row }: SeenTask) => `${row.run_id}/${row.task_no}`;
  const isInstance = ({ row }: SeenTask) =>
    row.map_index >= 0 && row.state !== 'removed';
  const mapped = new Set(found.filter(isInstance).map(key));
  return found.filter(seen => isInstance(seen) || !mapped.has(key(seen)));
}

/** `GET task-instances/states`: by run, then by task. */
export async function taskStates(call: AirflowCall): Promise<object> {
  // Of runs and tasks that may be called "__proto__".
  const result: Record<string, Record<string, string | null>> = Object.create(
    null,
  );
  for (const { run, taskId, row } of await tasksOf(call)) {
    const name = row.map_index < 0 ? taskId : `${taskId}_${row.map_index}`;
    result[run.run_key] ??= Object.create(null);
    result[run.run_key][name] = airflowState(row.state);
  }
  return { task_states: result };
}

/** `GET task-instances/breadcrumbs?dag_id=&run_id=`: what of a run is over. */
export async function breadcrumbs(call: AirflowCall): Promise<object> {
  const { searchParams } = call.url;
  const run = await findDagRun(
    call,
    searchParams.get('dag_id') ?? '',
    searchParams.get('run_id') ?? '',
  );
  if (!run) return { breadcrumbs: [] };
  const found: SeenTask[] = [];
  for await (const seen of tasksOfRuns(call, [run])) found.push(seen);
  return {
    breadcrumbs: found
      .filter(({ row }) => isFinalTaskState(row.state))
      .map(({ taskId, row, definition }) => ({
        task_id: taskId,
        map_index: row.map_index,
        state: row.state,
        operator: definition.tasks[row.task_no].airflow?.operator ?? null,
        duration: durationOf(row),
      })),
  };
}

/** `GET task-instances/previous/{dag}/{task}`: null without one. */
export async function previousTask(call: AirflowCall): Promise<object | null> {
  const dag = await findDag(call, call.params.dag);
  if (!dag) return null;
  const { db } = call;
  const [before] = instants(call, 'logical_date') ?? [];
  const runs = db
    .table(db.knex, 'runs')
    .where({ pipeline_id: dag.pipelineId })
    .whereNotNull('logical_date')
    .orderBy('logical_date', 'desc')
    // Further back nobody means "the previous one".
    .limit(100);
  if (before !== undefined) runs.where('logical_date', '<', before);
  const state = call.url.searchParams.get('state');
  const index = call.number('map_index') ?? -1;
  for await (const seen of tasksOfRuns(call, (await runs) as RunRow[], index)) {
    const { run, definition, taskId, row } = seen;
    if (taskId !== call.params.task) continue;
    if (state && airflowState(row.state) !== state) continue;
    return {
      task_id: taskId,
      dag_id: dagIdOf(definition),
      run_id: run.run_key,
      logical_date: instantText(run.logical_date),
      start_date: instantText(row.started_at),
      end_date: instantText(row.ended_at),
      state: airflowState(row.state),
      try_number: row.try_number,
      map_index: row.map_index,
      duration: durationOf(row),
    };
  }
  return null;
}

async function tasksOf(call: AirflowCall): Promise<SeenTask[]> {
  const { searchParams } = call.url;
  const ids = searchParams.getAll('task_ids');
  const group = searchParams.get('task_group_id');
  const index = call.number('map_index');
  // The states that it names are those of tasks, not of runs.
  const asked = await runsAskedFor(call, []);
  if (!asked) return [];
  const runs = (await asked.query
    .orderBy('id')
    .limit(MAX_RUNS + 1)) as RunRow[];
  if (runs.length > MAX_RUNS) {
    throw new AirflowApiError(
      422,
      'invalid_query',
      `The tasks of more than ${MAX_RUNS} runs are asked for; name the runs by logical_dates or run_ids`,
    );
  }
  const found: SeenTask[] = [];
  for await (const seen of tasksOfRuns(call, runs, index)) {
    if (ids.length > 0 && !ids.includes(seen.taskId)) continue;
    if (group && !isInGroup(seen, group)) continue;
    found.push(seen);
  }
  return found;
}

/**
 * In the order of the runs, then of tasks and map indices.
 *
 * @param index - only those of this map index
 */
async function* tasksOfRuns(
  call: AirflowCall,
  runs: readonly RunRow[],
  index?: number,
): AsyncGenerator<SeenTask> {
  const { db } = call;
  // Most runs of a DAG have one version.
  const definitions = new Map<number, PipelineDefinition>();
  for (let i = 0; i < runs.length; i += RUNS_AT_ONCE) {
    const some = runs.slice(i, i + RUNS_AT_ONCE);
    const query = db.table(db.knex, 'task_instances').whereIn(
      'run_id',
      some.map(({ id }) => num(id)),
    );
    if (index !== undefined) query.where({ map_index: index });
    const rows = (await query
      .orderBy(['run_id', 'task_no', 'map_index'])
      .select(...COLUMNS)) as SeenRow[];
    const byRun = new Map<number, SeenRow[]>();
    for (const row of rows) {
      const id = num(row.run_id);
      const own = byRun.get(id);
      if (own) own.push(row);
      else byRun.set(id, [row]);
    }
    for (const run of some) {
      const version = num(run.version_id);
      const definition =
        definitions.get(version) ?? (await definitionOf(call, run));
      definitions.set(version, definition);
      for (const row of byRun.get(num(run.id)) ?? []) {
        // No task of the DAG.
        if (definition.tasks[row.task_no].callback) continue;
        yield {
          run,
          definition,
          taskId: definition.tasks[row.task_no].id,
          row,
        };
      }
    }
  }
}

function isInGroup({ definition, row }: SeenTask, id: string): boolean {
  let no = definition.tasks[row.task_no].group;
  while (no !== undefined) {
    const group = definition.groups![no];
    if (group.id === id) return true;
    no = group.parent;
  }
  return false;
}

/** Airflow has no word for a task that nobody has looked at. */
function airflowState(state: TaskState): string | null {
  return state === 'none' ? null : state;
}

/** Seconds. */
function durationOf(row: SeenRow): number | null {
  const start = optionalNum(row.started_at);
  const end = optionalNum(row.ended_at);
  return start === undefined || end === undefined ? null : (end - start) / 1000;
}
