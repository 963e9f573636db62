import { NotFoundError } from '@backstage/errors';
import { z } from 'zod';
import { policyProblem } from '@maestro/plugin-maestro-common';
import type { Tx } from '../database/MaestroDatabase';
import { assertAllowed } from '../engine/assertAllowed';
import { ownerOf, systemOf } from '../engine/Limits';
import { maskText } from '../engine/maskText';
import { widenInputs } from '../engine/widenInputs';
import { AirflowApiError, notFound } from './AirflowApiError';
import type { AirflowCall } from './AirflowCall';

/** `GET connections/{id}`: with its secrets, which are hidden from then on. */
export async function getConnection(call: AirflowCall): Promise<object> {
  const { key } = call.params;
  const { connections } = call.options;
  const names = { connections: [key], variables: [] };
  const connection = await handOut(call, names, async tx => {
    const found = (await connections.resolveMany(tx, [key])).get(key);
    if (found) return found;
    throw notFound(
      `Connection with ID ${key} not found; "maestro connections add ${key} --conn-type TYPE …" or the portal's page adds it`,
    );
  });
  const { connType, host, port, login, password, schema, extra } = connection;
  return {
    conn_id: key,
    conn_type: connType,
    host: host ?? null,
    schema: schema ?? null,
    login: login ?? null,
    password: password ?? null,
    port: port ?? null,
    extra: extra === undefined ? null : JSON.stringify(extra),
  };
}

/** `GET variables/{key}`. */
export async function getVariable(call: AirflowCall): Promise<object> {
  const { key } = call.params;
  const { variables } = call.options;
  const names = { connections: [], variables: [key] };
  const variable = await handOut(call, names, async tx => {
    const found = (await variables.resolveMany(tx, [key])).get(key);
    if (found) return found;
    throw notFound(`Variable with key '${key}' not found`);
  });
  return { key, value: variable.value };
}

/** `GET variables/keys?prefix=&limit=&offset=`: those that it may read. */
export async function variableKeys(call: AirflowCall): Promise<object> {
  const prefix = call.url.searchParams.get('prefix') ?? '';
  const { db } = call;
  const rows = await db
    .table(db.knex, 'variables')
    .orderBy('key')
    .select('key');
  const refusal = await variablePolicy(call);
  const keys = rows
    .map(({ key }) => key)
    .filter(key => key.startsWith(prefix) && !refusal(key));
  const offset = Math.max(call.number('offset') ?? 0, 0);
  const limit = Math.max(call.number('limit') ?? 1_000, 0);
  return {
    keys: keys.slice(offset, offset + limit),
    total_entries: keys.length,
  };
}

const variableBody = z.object({
  val: z.string().nullable(),
  description: z.string().nullish(),
});

/** `PUT variables/{key}`. */
export async function setVariable(call: AirflowCall): Promise<object> {
  const parsed = variableBody.safeParse((await call.body()).value);
  if (!parsed.success) {
    throw new AirflowApiError(
      422,
      'invalid_payload',
      'A variable is set by {"val": text, "description": text}',
    );
  }
  await assertMayUseVariable(call);
  const { val, description } = parsed.data;
  const value = val ?? '';
  // Whoever reads it later must not show it either.
  const isSecret = maskText(value, call.secrets()) !== value;
  await call.options.variables.set(
    call.params.key,
    {
      value,
      description: description ?? undefined,
      ...(isSecret ? { secret: true } : {}),
    },
    await call.actor(),
  );
  return { message: 'Variable successfully set' };
}

/** `DELETE variables/{key}`; one that is not there is no error, as with Airflow. */
export async function deleteVariable(call: AirflowCall): Promise<void> {
  await assertMayUseVariable(call);
  try {
    await call.options.variables.delete(call.params.key);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
  }
}

/** @throws AirflowApiError 403 for a variable that the pipeline may not use */
async function assertMayUseVariable(call: AirflowCall): Promise<void> {
  const problem = (await variablePolicy(call))(call.params.key);
  if (problem) throw new AirflowApiError(403, 'access_denied', problem);
}

/** By name of a variable, why the task may not use it. */
async function variablePolicy(
  call: AirflowCall,
): Promise<(key: string) => string | undefined> {
  const { policy, defaultExecutor } = call.options.engine.ctx;
  if (!policy) return () => undefined;
  const { definition } = await call.facts();
  const task = definition.tasks[call.attempt.task_no];
  const where = {
    owner: ownerOf(definition),
    system: systemOf(definition),
    defaultExecutor,
  };
  return key =>
    policyProblem(
      policy,
      definition,
      { ...task, connections: [], variables: [key] },
      where,
    )?.message;
}

/**
 * Asks the policy, and writes down what the task gets, before it gets it. The
 * value is read in one transaction with its secrets, so that they are its own.
 *
 * @throws AirflowApiError 403 for what the pipeline may not use
 */
async function handOut<T>(
  call: AirflowCall,
  names: { connections: string[]; variables: string[] },
  read: (tx: Tx) => Promise<T>,
): Promise<T> {
  let value: T | undefined;
  await call.change(async (draft, attempt) => {
    const task = draft.definition.tasks[attempt.task_no];
    try {
      assertAllowed(draft, { ...task, ...names });
    } catch (error) {
      throw new AirflowApiError(403, 'access_denied', (error as Error).message);
    }
    value = await read(draft.tx);
    const found = await call.options.inputs.lookUp(draft.tx, names);
    widenInputs(draft, attempt, found);
  });
  return value!;
}
