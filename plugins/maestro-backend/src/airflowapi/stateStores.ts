import { ASSET_NAME } from '@maestro/plugin-maestro-common';
import { z } from 'zod';
import { num, optionalNum } from '../database/conversion';
import type { Tx } from '../database/MaestroDatabase';
import { holdsSecret } from '../engine/maskValue';
import type { RunDraft } from '../engine/RunDraft';
import { AirflowApiError, notFound } from './AirflowApiError';
import type { AirflowCall } from './AirflowCall';

/** Largest value, in bytes of JSON; as Airflow has it by default. */
const MAX_VALUE_BYTES = 64 * 1024;

/** Most keys of one task instance, and of one asset. */
const MAX_KEYS = 1_000;

/**
 * Most assets that one DAG gives a state: a name may be any text, and what is
 * made up of a date would add one each day for ever.
 */
const MAX_ASSETS = 1_000;

/** Longest key, in characters. */
const MAX_KEY = 250;

const putBody = z.object({
  value: z.unknown().refine(value => value !== null && value !== undefined, {
    message: 'is null',
  }),
  expires_at: z
    .string()
    .refine(text => !Number.isNaN(Date.parse(text)), {
      message: 'is no instant',
    })
    .nullish(),
});

/** `GET store/ti/{id}/{key}`. */
export async function getTaskState(call: AirflowCall): Promise<object> {
  call.assertOwn();
  const { db } = call;
  const row = await db
    .table(db.knex, 'task_states')
    .where({ ...(await ownTask(call)), key: call.params.key })
    .first('value', 'expires_at');
  const until = optionalNum(row?.expires_at ?? null);
  if (!row || (until !== undefined && until <= (await db.now()))) {
    throw notFound(`Task state store key '${call.params.key}' not found`);
  }
  return { value: JSON.parse(row.value) };
}

/**
 * `PUT store/ti/{id}/{key}`: kept through the tries of the task, and as long as
 * its run at most.
 */
export async function setTaskState(call: AirflowCall): Promise<void> {
  call.assertOwn();
  const { key } = call.params;
  const { value, expiresAt } = await readBody(call, key);
  const own = await ownTask(call);
  await change(call, async ({ tx, now }) => {
    const { db } = call;
    await db
      .table(tx, 'task_states')
      .where(own)
      .where('expires_at', '<=', now)
      .delete();
    await assertRoom(
      db.table(tx, 'task_states').where(own).whereNot({ key }),
      'This task instance',
    );
    await db
      .table(tx, 'task_states')
      .insert({ ...own, key, value, expires_at: expiresAt, updated_at: now })
      .onConflict(['run_id', 'task_id', 'map_index', 'key'])
      .merge();
  });
}

/** `DELETE store/ti/{id}/{key}`, and without a key all of them. */
export async function deleteTaskState(call: AirflowCall): Promise<void> {
  call.assertOwn();
  const { key } = call.params;
  const own = await ownTask(call);
  await change(call, async ({ tx }) => {
    await call.db
      .table(tx, 'task_states')
      .where(key === undefined ? own : { ...own, key })
      .delete();
  });
}

/** `GET store/asset/by-name/value` and `by-uri/value`. */
export async function getAssetState(call: AirflowCall): Promise<object> {
  const asset = assetOf(call);
  const key = keyOf(call);
  const { db } = call;
  const row = await db
    .table(db.knex, 'asset_states')
    .where({ asset, key })
    .first('value');
  if (!row) throw notFound(`Asset state store key '${key}' not found`);
  return { value: JSON.parse(row.value) };
}

/** `PUT store/asset/by-name/value` and `by-uri/value`. */
export async function setAssetState(call: AirflowCall): Promise<void> {
  const asset = assetOf(call);
  const key = keyOf(call);
  const { value } = await readBody(call, key);
  const actor = await call.actor();
  await change(call, async ({ tx, now }) => {
    const { db } = call;
    await assertRoomForAsset(call, tx, asset);
    await assertRoom(
      db.table(tx, 'asset_states').where({ asset }).whereNot({ key }),
      `Asset "${asset}"`,
    );
    await db
      .table(tx, 'asset_states')
      .insert({ asset, key, value, updated_at: now, updated_by: actor })
      .onConflict(['asset', 'key'])
      .merge();
  });
}

/** `DELETE store/asset/by-name/value` and `by-name/clear`, and by URI. */
export async function deleteAssetState(call: AirflowCall): Promise<void> {
  const asset = assetOf(call);
  const isAll = call.url.pathname.endsWith('/clear');
  const which = isAll ? { asset } : { asset, key: keyOf(call) };
  await change(call, async ({ tx }) => {
    await call.db.table(tx, 'asset_states').where(which).delete();
  });
}

/** Under the run lock, as long as the task lives; nothing of the run changes. */
async function change(
  call: AirflowCall,
  fn: (draft: Pick<RunDraft, 'now'> & { tx: Tx }) => Promise<void>,
): Promise<void> {
  await call.change(draft => fn(draft));
}

async function ownTask(call: AirflowCall) {
  const { definition } = await call.facts();
  return {
    run_id: call.runId,
    task_id: definition.tasks[call.attempt.task_no].id,
    map_index: call.attempt.map_index,
  };
}

/** An asset is known by its name, which is its URI too. */
function assetOf(call: AirflowCall): string {
  const { searchParams } = call.url;
  const name = searchParams.get('name') ?? searchParams.get('uri') ?? '';
  if (!ASSET_NAME.test(name)) {
    throw notFound(
      `Asset with name='${name.slice(
        0,
        100,
      )}' not found; a name has letters, digits, "_", ".", "/", ":" and "-", at most 250`,
    );
  }
  return name;
}

function keyOf(call: AirflowCall): string {
  const key = call.url.searchParams.get('key') ?? '';
  assertKey(key);
  return key;
}

function assertKey(key: string): void {
  if (key === '' || key.length > MAX_KEY) {
    throw new AirflowApiError(
      422,
      'invalid_key',
      `A key of a state store has 1 to ${MAX_KEY} characters`,
    );
  }
}

async function readBody(
  call: AirflowCall,
  key: string,
): Promise<{ value: string; expiresAt: number | null }> {
  assertKey(key);
  // People see keys as they see values.
  if (holdsSecret(JSON.stringify(key), call.secrets())) {
    throw new AirflowApiError(
      422,
      'key_holds_secret',
      'The key holds a secret of a connection or a variable, which a state store must not keep; name the state by what it is about',
    );
  }
  const parsed = putBody.safeParse((await call.body()).value);
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues;
    throw new AirflowApiError(
      422,
      'invalid_payload',
      `A state is set by {"value": …}: ${path.join('.') || 'body'} ${message}`,
    );
  }
  const value = JSON.stringify(parsed.data.value);
  const size = Buffer.byteLength(value);
  if (size > MAX_VALUE_BYTES) {
    throw new AirflowApiError(
      422,
      'value_too_large',
      `The value has ${size} bytes of JSON, and a state store keeps at most ${MAX_VALUE_BYTES}; store where the data stands`,
    );
  }
  if (holdsSecret(value, call.secrets())) {
    throw new AirflowApiError(
      422,
      'value_holds_secret',
      'The value holds a secret of a connection or a variable, which a state store must not keep; who needs it asks for the connection',
    );
  }
  const until = parsed.data.expires_at;
  return {
    // PostgreSQL cannot store NUL in a text; in JSON it is written \u0000.
    value,
    expiresAt: typeof until === 'string' ? Date.parse(until) : null,
  };
}

async function assertRoom(
  others: { count(of: object): PromiseLike<unknown> },
  whose: string,
): Promise<void> {
  const [row] = (await others.count({ n: '*' })) as Array<{
    n: number | string;
  }>;
  if (num(row.n) < MAX_KEYS) return;
  throw new AirflowApiError(
    422,
    'too_many_keys',
    `${whose} has ${MAX_KEYS} keys in its state store already; delete some, or keep several values in one`,
  );
}

/** One that has a state already is no new one, whosever it is. */
async function assertRoomForAsset(
  call: AirflowCall,
  tx: Tx,
  asset: string,
): Promise<void> {
  const { db } = call;
  const states = () => db.table(tx, 'asset_states');
  if (await states().where({ asset }).first('asset')) return;
  const { definition } = await call.facts();
  const own = `task:${definition.name}/`;
  const [row] = (await states()
    .whereRaw('substr(updated_by, 1, ?) = ?', [own.length, own])
    .countDistinct({ n: 'asset' })) as Array<{ n: number | string }>;
  if (num(row.n) < MAX_ASSETS) return;
  throw new AirflowApiError(
    422,
    'too_many_assets',
    `DAG "${definition.name}" has given ${MAX_ASSETS} assets a state already, and "${asset}" has none; delete those that nobody reads, or keep several states as keys of one asset`,
  );
}
