import { deleteOutputs } from '../database/operations/outputs/deleteOutputs';
import { AirflowApiError, notFound } from './AirflowApiError';
import type { AirflowCall } from './AirflowCall';
import { dagIdOf } from './runContext';
import { countAt, nthXCom, sliceAt, xcomOf, xcomPlace } from './xcomRows';

/** Longest key of an output. */
const MAX_KEY = 256;

/** `GET xcoms/{dag}/{run}/{task}/{key}`: JSON text. */
export async function getXCom(call: AirflowCall): Promise<string> {
  const offset = call.number('offset');
  const place = await xcomPlace(call);
  const text =
    place &&
    (offset === undefined
      ? await xcomOf(call, place, call.number('map_index') ?? -1)
      : await nthXCom(call, place, offset, true));
  if (text === undefined) throw missing(call);
  return `{"key":${JSON.stringify(call.params.key)},"value":${text}}`;
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
  const place = await xcomPlace(call);
  return `map_indexes ${place ? await countAt(call, place) : 0}`;
}

/** `GET xcoms/…/item/{offset}`: JSON text. */
export async function getXComItem(call: AirflowCall): Promise<string> {
  const { offset } = call.params;
  if (!/^-?\d{1,15}$/.test(offset)) {
    throw new AirflowApiError(
      422,
      'invalid_path',
      `The offset of an XCom is a whole number, not ${offset.slice(0, 50)}`,
    );
  }
  const place = await xcomPlace(call);
  const text = place && (await nthXCom(call, place, Number(offset)));
  if (text === undefined) throw missing(call);
  return text;
}

/** `GET xcoms/…/slice?start=&stop=&step=`: JSON text. */
export async function getXComSlice(call: AirflowCall): Promise<string> {
  const place = await xcomPlace(call);
  if (!place) return '[]';
  const texts = await sliceAt(call, place, {
    start: call.number('start'),
    stop: call.number('stop'),
    step: call.number('step') || undefined,
  });
  return `[${texts.join(',')}]`;
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
    await deleteOutputs(
      call.db,
      draft.tx,
      {
        runId: draft.id,
        taskIds: [taskId],
        mapIndices: [call.attempt.map_index],
      },
      new Set([key]),
    );
  });
  return { message: `XCom with key: ${key} successfully deleted.` };
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
