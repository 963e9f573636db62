import { buffer } from 'node:stream/consumers';
import { num, optionalNum } from '../database/conversion';
import { deleteOutput } from '../database/operations/airflow/deleteOutput';
import type { OutputRow, RunRow } from '../database/tables';
import { AirflowApiError, notFound } from './AirflowApiError';
import type { AirflowCall } from './AirflowCall';
import { dagIdOf } from './runContext';
import { findDagRun } from './findDagRun';
import { pythonSlice } from './xcomSlice';

/** Longest key of an output. */
const MAX_KEY = 256;

type XCom = Pick<OutputRow, 'value' | 'blob' | 'map_index'>;

/** `GET xcoms/{dag}/{run}/{task}/{key}`. */
export async function getXCom(call: AirflowCall): Promise<object> {
  const offset = call.number('offset');
  const found = await rowsOf(call);
  const row =
    offset === undefined
      ? found.find(
          ({ map_index: index }) => index === (call.number('map_index') ?? -1),
        )
      : found.filter(({ value }) => value !== 'null').at(offset);
  if (!row) throw missing(call);
  return { key: call.params.key, value: await valueOf(call, row) };
}

/** `HEAD xcoms/…`: how many there are, for the header `Content-Range`. */
export async function countXComs(call: AirflowCall): Promise<string> {
  if (call.url.searchParams.has('map_index')) {
    throw new AirflowApiError(
      400,
      'invalid_request',
      'Cannot specify map_index in a HEAD request',
    );
  }
  return `map_indexes ${(await rowsOf(call)).length}`;
}

/** `GET xcoms/…/item/{offset}`. */
export async function getXComItem(call: AirflowCall): Promise<unknown> {
  const row = (await rowsOf(call)).at(Number(call.params.offset));
  if (!row) throw missing(call);
  return valueOf(call, row);
}

/** `GET xcoms/…/slice?start=&stop=&step=`. */
export async function getXComSlice(call: AirflowCall): Promise<unknown[]> {
  const rows = pythonSlice(await rowsOf(call), {
    start: call.number('start'),
    stop: call.number('stop'),
    step: call.number('step') || undefined,
  });
  return Promise.all(rows.map(row => valueOf(call, row)));
}

/** `POST xcoms/…`: an output of the task whose token it is. */
export async function setXCom(call: AirflowCall): Promise<object> {
  await assertOwnXCom(call);
  const { key } = call.params;
  if (key.length > MAX_KEY || key.includes('\0')) {
    throw new AirflowApiError(
      400,
      'invalid_key',
      `The key of an XCom has at most ${MAX_KEY} characters, and no NUL`,
    );
  }
  const { text } = await call.body();
  await call.options.reports.output(call.tokenHash, key, text);
  return { message: 'XCom successfully set' };
}

/** `DELETE xcoms/…`. */
export async function deleteXCom(call: AirflowCall): Promise<object> {
  const taskId = await assertOwnXCom(call);
  const { key } = call.params;
  await call.change(async draft => {
    await deleteOutput(call.db, draft.tx, {
      runId: draft.id,
      taskId,
      mapIndex: call.attempt.map_index,
      key,
    });
  });
  return { message: `XCom with key: ${key} successfully deleted.` };
}

/** Those of the mapped instances by map index, of one that is not mapped alone. */
async function rowsOf(call: AirflowCall): Promise<XCom[]> {
  const { dag, run: runId, task, key } = call.params;
  const run = await findDagRun(call, dag, runId);
  if (!run) return [];
  const rows = await readRows(call, run, task, key);
  if (
    rows.length > 0 ||
    call.url.searchParams.get('include_prior_dates')?.toLowerCase() !== 'true'
  ) {
    return rows;
  }
  return priorRows(call, run, task, key);
}

async function readRows(
  { db }: AirflowCall,
  run: Pick<RunRow, 'id'>,
  task: string,
  key: string,
): Promise<XCom[]> {
  return db
    .table(db.knex, 'outputs')
    .where({ run_id: num(run.id), task_id: task, key })
    .orderBy('map_index')
    .select('value', 'blob', 'map_index');
}

/** Of the newest earlier run that has one. */
async function priorRows(
  call: AirflowCall,
  run: RunRow,
  task: string,
  key: string,
): Promise<XCom[]> {
  const logical = optionalNum(run.logical_date);
  if (logical === undefined) return [];
  const { db } = call;
  const before = await db
    .table(db.knex, 'runs')
    .join('outputs', 'outputs.run_id', 'runs.id')
    .where('runs.pipeline_id', run.pipeline_id)
    .where('runs.logical_date', '<', logical)
    .where({ 'outputs.task_id': task, 'outputs.key': key })
    .orderBy('runs.logical_date', 'desc')
    .first('runs.id');
  return before ? readRows(call, before as { id: number }, task, key) : [];
}

async function valueOf(call: AirflowCall, row: XCom): Promise<unknown> {
  if (row.blob === null) return JSON.parse(row.value ?? 'null');
  const { stream } = await call.options.store.open(row.blob);
  return JSON.parse((await buffer(stream)).toString('utf8'));
}

/** An attempt writes what is its own and nothing else. */
async function assertOwnXCom(call: AirflowCall): Promise<string> {
  const { run, definition } = await call.facts();
  const { id } = definition.tasks[call.attempt.task_no];
  const { dag, run: runId, task } = call.params;
  const index = call.number('map_index') ?? -1;
  if (
    dag !== dagIdOf(definition) ||
    runId !== run.run_key ||
    task !== id ||
    index !== call.attempt.map_index
  ) {
    throw new AirflowApiError(
      403,
      'access_denied',
      `Task ${id} of ${run.run_key} can write its own XComs only, not those of ${task} in ${dag}`,
    );
  }
  return id;
}

function missing({ params }: AirflowCall): AirflowApiError {
  return notFound(
    `XCom with key='${params.key}' not found for task '${params.task}' in DAG run '${params.run}' of '${params.dag}'`,
  );
}
