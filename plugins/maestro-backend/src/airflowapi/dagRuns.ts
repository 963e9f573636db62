import { ConflictError, InputError, NotFoundError } from '@backstage/errors';
import { z } from 'zod';
import { num } from '../database/conversion';
import type { RunRow } from '../database/tables';
import { maskText } from '../engine/maskText';
import { holdsSecret } from '../engine/maskValue';
import { PartitionKeyError } from '../engine/partitionOf';
import { AirflowApiError, notFound } from './AirflowApiError';
import type { AirflowCall } from './AirflowCall';
import { asEnded } from './endedRun';
import { assertMayChange, findDag, findDagRun } from './findDagRun';
import { instants } from './queries';
import { dagRunOf } from './runContext';

/** Longest key of a run, in characters. */
const MAX_RUN_KEY = 250;

/** Longest note, in characters. */
const MAX_NOTE = 10_000;

const triggerBody = z.object({
  logical_date: z
    .string()
    .refine(text => !Number.isNaN(Date.parse(text)), 'is no instant')
    .nullish(),
  run_after: z.string().nullish(),
  conf: z.record(z.string(), z.unknown()).default({}),
  note: z.string().nullish(),
  partition_key: z.string().nullish(),
});

/** `POST dag-runs/{dag}/{run}`: a run of that key. */
export async function triggerRun(call: AirflowCall): Promise<void> {
  const { dag: dagId, run: runKey } = call.params;
  const dag = await findDag(call, dagId);
  if (!dag) throw notFound(`Dag with dag_id: '${dagId}' not found`);
  if (runKey.length > MAX_RUN_KEY) {
    throw new AirflowApiError(
      422,
      'invalid_path',
      `The run_id of a run has at most ${MAX_RUN_KEY} characters, not ${runKey.length}`,
    );
  }
  const parsed = triggerBody.safeParse((await call.body()).value ?? {});
  const [issue] = parsed.success ? [] : parsed.error.issues;
  if (!parsed.success) {
    throw new AirflowApiError(
      422,
      'invalid_payload',
      `The run cannot be asked for: ${issue!.path.join('.')}: ${
        issue!.message
      }`,
    );
  }
  await assertMayChange(call, dag);
  const { logical_date: logical, conf, note, partition_key: key } = parsed.data;
  const secrets = call.secrets();
  assertWithoutSecret({ conf, key }, secrets);
  let created: boolean;
  try {
    ({ created } = await call.options.engine.commands.triggerRun({
      pipeline: dag.name,
      trigger: 'api',
      params: conf,
      runKey,
      logicalDate: logical ? Date.parse(logical) : undefined,
      partitionKey: key ?? undefined,
      // PostgreSQL cannot store NUL in a text.
      note:
        maskText(note?.replaceAll('\0', '') ?? '', secrets).slice(
          0,
          MAX_NOTE,
        ) || undefined,
      actor: await call.actor(),
    }));
  } catch (error) {
    if (error instanceof PartitionKeyError) {
      throw new AirflowApiError(
        400,
        error.reason === 'invalid_key' ? 'invalid_partition_key' : error.reason,
        error.message,
      );
    }
    if (error instanceof InputError || error instanceof ConflictError) {
      throw new AirflowApiError(400, 'value_error', error.message);
    }
    if (error instanceof NotFoundError) throw notFound(error.message);
    throw error;
  }
  if (!created) {
    throw new AirflowApiError(
      409,
      'already_exists',
      `A run already exists for Dag '${dagId}' with run_id '${runKey}'`,
    );
  }
}

/** Params of a run are stored, and shown, as they are. */
function assertWithoutSecret(asked: object, secrets: readonly string[]): void {
  if (!holdsSecret(JSON.stringify(asked), secrets)) return;
  throw new AirflowApiError(
    422,
    'conf_holds_secret',
    'conf or partition_key holds a secret of a connection or a variable, which a run must not keep; who needs it asks for the connection',
  );
}

/** `POST dag-runs/{dag}/{run}/clear`: all of its tasks run again. */
export async function clearRun(call: AirflowCall): Promise<void> {
  const { row, definition } = await wanted(call);
  await assertMayChange(call, (await findDag(call, call.params.dag))!);
  try {
    await call.options.engine.commands.clearTasks(
      row.run_id,
      {
        taskIds: definition.tasks.map(({ id }) => id),
        dryRun: false,
        downstream: false,
        upstream: false,
        onlyFailed: false,
      },
      await call.actor(),
    );
  } catch (error) {
    if (error instanceof ConflictError) {
      throw new AirflowApiError(409, 'conflict', error.message);
    }
    throw error;
  }
}

/** `GET dag-runs/{dag}/{run}/state`. */
export async function runState(call: AirflowCall): Promise<object> {
  return { state: (await wanted(call)).row.state };
}

/** `GET dag-runs/{dag}/{run}`. */
export async function getRun(call: AirflowCall): Promise<object> {
  const { row, definition } = await wanted(call);
  return dagRunOf(definition, row);
}

/** `GET dag-runs/count`. */
export async function countRuns(call: AirflowCall): Promise<number> {
  const states = call.url.searchParams.getAll('states');
  const asked = await runsAskedFor(call, states);
  if (!asked) return 0;
  const [row] = await asked.query.count({ n: '*' });
  return Number((row as { n: number | string }).n);
}

/** `GET dag-runs/previous?dag_id=&logical_date=&state=`: null without one. */
export async function previousRun(call: AirflowCall): Promise<object | null> {
  const { searchParams } = call.url;
  const dag = await findDag(call, searchParams.get('dag_id') ?? '');
  const [before] = instants(call, 'logical_date') ?? [];
  if (!dag || before === undefined) return null;
  const { db } = call;
  const query = db
    .table(db.knex, 'runs')
    .where({ pipeline_id: dag.pipelineId })
    .where('logical_date', '<', before)
    .orderBy('logical_date', 'desc');
  const state = searchParams.get('state');
  if (state) query.where({ state } as Partial<RunRow>);
  const row = (await query.first()) as RunRow | undefined;
  return row ? dagRunOf(await definitionOf(call, row), row) : null;
}

/**
 * Runs that a query names by dates and ids, to be read or counted.
 *
 * @param states - of these, if any
 * @returns undefined without such a DAG
 */
export async function runsAskedFor(
  call: AirflowCall,
  states: readonly string[],
) {
  const { searchParams } = call.url;
  const dag = await findDag(call, searchParams.get('dag_id') ?? '');
  if (!dag) return undefined;
  const { db } = call;
  const query = db
    .table(db.knex, 'runs')
    .where({ pipeline_id: dag.pipelineId });
  const dates = instants(call, 'logical_dates');
  if (dates) query.whereIn('logical_date', dates);
  const keys = searchParams.getAll('run_ids');
  if (keys.length > 0) query.whereIn('run_key', keys);
  if (states.length > 0) {
    query.whereIn('state', states as RunRow['state'][]);
  }
  // In an object: what is awaited would be read.
  return { query };
}

async function wanted(call: AirflowCall) {
  const { dag, run } = call.params;
  const row = await findDagRun(call, dag, run);
  if (!row) {
    throw notFound(
      `Dag run with dag_id '${dag}' and run_id '${run}' was not found`,
    );
  }
  return {
    row: await asEnded(call, row),
    definition: await definitionOf(call, row),
  };
}

/** The definition that a run is pinned to. */
export async function definitionOf(
  call: AirflowCall,
  run: Pick<RunRow, 'version_id'>,
) {
  const { db, engine } = call.options;
  return db.transaction(tx =>
    engine.ctx.versions.definition(tx, num(run.version_id)),
  );
}
