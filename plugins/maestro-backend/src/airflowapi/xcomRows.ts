import { buffer } from 'node:stream/consumers';
import { maskForms } from '../connections/maskForms';
import { num, optionalNum } from '../database/conversion';
import type { OutputRow } from '../database/tables';
import { hiddenParts } from '../engine/maskValue';
import { widenInputs } from '../engine/widenInputs';
import { AirflowApiError } from './AirflowApiError';
import type { AirflowCall } from './AirflowCall';
import { findDagRun } from './findDagRun';
import { pythonSlice } from './xcomSlice';

/** Bytes of all values in one answer. */
export const MAX_SLICE_BYTES = 64 * 1024 * 1024;

/** Values that are read in one statement. */
const READ_AT_ONCE = 100;

/** Where the XComs of one key are: those of the instances of one task. */
export interface XComPlace {
  run_id: number;
  task_id: string;
  key: string;
}

type XCom = Pick<OutputRow, 'value' | 'blob' | 'shown'>;

/**
 * What a path names. With `include_prior_dates` the newest earlier run that has
 * one, when the run itself has none.
 *
 * @returns undefined without such a run
 */
export async function xcomPlace(
  call: AirflowCall,
): Promise<XComPlace | undefined> {
  const { db, url } = call;
  const { dag, run: runId, task, key } = call.params;
  const run = await findDagRun(call, dag, runId);
  if (!run) return undefined;
  const place = { run_id: num(run.id), task_id: task, key };
  const logical = optionalNum(run.logical_date);
  if (
    url.searchParams.get('include_prior_dates')?.toLowerCase() !== 'true' ||
    logical === undefined ||
    (await rowsAt(call, place).first('map_index'))
  ) {
    return place;
  }
  const before = (await db
    .table(db.knex, 'runs')
    .join('outputs', 'outputs.run_id', 'runs.id')
    .where('runs.pipeline_id', run.pipeline_id)
    .where('runs.logical_date', '<', logical)
    .where({ 'outputs.task_id': task, 'outputs.key': key })
    .orderBy('runs.logical_date', 'desc')
    .first('runs.id')) as { id: number } | undefined;
  return before ? { ...place, run_id: num(before.id) } : place;
}

/** How many there are. */
export async function countAt(
  call: AirflowCall,
  place: XComPlace,
): Promise<number> {
  const [row] = await rowsAt(call, place).count({ n: '*' });
  return Number((row as { n: number | string }).n);
}

/** The one of a map index, -1 for that of a task that is not mapped. */
export async function xcomOf(
  call: AirflowCall,
  place: XComPlace,
  index: number,
): Promise<string | undefined> {
  const row = await rowsAt(call, place)
    .where({ map_index: index })
    .first('value', 'blob', 'shown');
  return row && (await handOutOne(call, row));
}

/**
 * The n-th by map index, from the end where it is negative.
 *
 * @param skipsNull - whether those that are null do not count
 */
export async function nthXCom(
  call: AirflowCall,
  place: XComPlace,
  n: number,
  skipsNull = false,
): Promise<string | undefined> {
  const query = rowsAt(call, place)
    .orderBy('map_index', n < 0 ? 'desc' : 'asc')
    .offset(n < 0 ? -1 - n : n);
  if (skipsNull) {
    query.where(either =>
      either.whereNull('value').orWhere('value', '<>', 'null'),
    );
  }
  const row = await query.first('value', 'blob', 'shown');
  return row && (await handOutOne(call, row));
}

/**
 * Those of a slice, as Python takes it.
 *
 * @throws AirflowApiError 413 above {@link MAX_SLICE_BYTES}
 */
export async function sliceAt(
  call: AirflowCall,
  place: XComPlace,
  slice: { start?: number; stop?: number; step?: number },
): Promise<string[]> {
  const all = await rowsAt(call, place)
    .orderBy('map_index')
    .select('map_index', 'size');
  const wanted = pythonSlice(all, slice);
  const bytes = wanted.reduce((sum, { size }) => sum + num(size), 0);
  if (bytes > MAX_SLICE_BYTES) {
    throw new AirflowApiError(
      413,
      'too_large',
      `The ${wanted.length} XComs "${place.key}" of ${place.task_id} have ${bytes} bytes together, and one answer has at most ${MAX_SLICE_BYTES}; hand on where the data is, or read a slice of them`,
    );
  }
  const texts: string[] = [];
  const hidden = new Set<string>();
  for (let i = 0; i < wanted.length; i += READ_AT_ONCE) {
    const indices = wanted
      .slice(i, i + READ_AT_ONCE)
      .map(({ map_index: index }) => index);
    const rows = await rowsAt(call, place)
      .whereIn('map_index', indices)
      .select('map_index', 'value', 'blob', 'shown');
    const byIndex = new Map(rows.map(row => [row.map_index, row]));
    for (const index of indices) {
      const row = byIndex.get(index);
      // Deleted since its index was read.
      if (!row) continue;
      texts.push(await textOf(call, row));
      hiddenIn(row).forEach(part => hidden.add(part));
    }
  }
  await hide(call, hidden);
  return texts;
}

function rowsAt({ db }: AirflowCall, place: XComPlace) {
  return db.table(db.knex, 'outputs').where(place);
}

async function handOutOne(call: AirflowCall, row: XCom): Promise<string> {
  const text = await textOf(call, row);
  await hide(call, hiddenIn(row));
  return text;
}

/** As it was handed on: what a number or the order of keys means is Python's. */
async function textOf(call: AirflowCall, row: XCom): Promise<string> {
  if (row.blob === null) return row.value ?? 'null';
  const { stream } = await call.options.store.open(row.blob);
  return (await buffer(stream)).toString('utf8');
}

/** Secrets in a value, in every form we know. */
function hiddenIn({ value, shown }: XCom): string[] {
  if (value === null || shown === null) return [];
  return hiddenParts(JSON.parse(value), JSON.parse(shown)).flatMap(part =>
    maskForms(part),
  );
}

/**
 * What its writer could not show the reader cannot show either: the masks of
 * the reader are committed before it gets the value.
 */
async function hide(
  call: AirflowCall,
  hidden: Iterable<string>,
): Promise<void> {
  const secrets = [...hidden];
  if (secrets.length === 0) return;
  await call.change((draft, attempt) => {
    widenInputs(draft, attempt, { secrets, inputs: {} });
  });
}
