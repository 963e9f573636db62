import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
  Connection,
  ConnectionWrite,
  MaestroClient,
  PipelineDefinition,
  Variable,
} from '@maestro/plugin-maestro-common';
import { parse } from 'yaml';
import { jsonObject } from '../argumentValues';
import type { Context } from '../Context';
import { findInstallation } from '../installation';
import { CommandError, EXIT, explain } from '../outcome';

/** Values that exist from the first start of an installation on. */
export interface Seeds {
  connections: ConnectionWrite[];
  variables: Array<{ key: string; value: string }>;
}

/** Where the values of a test run may come from, the first that has it. */
export interface InputSources {
  flags: {
    connection?: Record<string, string>;
    variable?: Record<string, string>;
  };
  /** Undefined when no portal is asked. */
  client?: MaestroClient;
  seeds: Seeds;
  /**
   * Whether tasks may ask for more than they name: then everything is collected
   * that there is.
   * @defaultValue false
   */
  all?: boolean;
  note(text: string): void;
}

/** What a portal has. */
interface Stored {
  ids: readonly string[];
  keys: readonly string[];
  connection(id: string): Promise<Connection | undefined>;
  variable(key: string): Promise<Variable | undefined>;
}

/** The seeds of a data directory, as `npm start` wrote them. */
export function readSeeds(dataDir: string | undefined): Seeds {
  const file = dataDir && join(dataDir, 'app-config.embedded.yaml');
  if (!file || !existsSync(file)) return { connections: [], variables: [] };
  const config = parse(readFileSync(file, 'utf8')) as {
    maestro?: { seeds?: Partial<Seeds> };
  } | null;
  const { connections = [], variables = [] } = config?.maestro?.seeds ?? {};
  return { connections, variables };
}

/** The API when an installation is known here; whether it answers shows later. */
export function clientIfAny(context: Context) {
  try {
    findInstallation(context.around);
  } catch (error) {
    if (explain(error).exitCode === EXIT.unreachable) return undefined;
    throw error;
  }
  return context.client;
}

/**
 * The connections and variables that the tasks of a pipeline name, or all. What
 * nobody has, or what has a secret that nobody may read, is told by name.
 */
export async function collectInputs(
  definition: PipelineDefinition,
  sources: InputSources,
): Promise<{
  connections: ConnectionWrite[];
  variables: Record<string, string>;
}> {
  const { flags, seeds, all, note } = sources;
  const client = await reachable(sources);
  const stored = client && (all ? await everything(client) : oneByOne(client));
  const ids = new Set(definition.tasks.flatMap(task => task.connections));
  const keys = new Set(definition.tasks.flatMap(task => task.variables));
  for (const id of Object.keys(flags.connection ?? {})) ids.add(id);
  for (const key of Object.keys(flags.variable ?? {})) keys.add(key);
  if (all) {
    for (const { connId } of seeds.connections) ids.add(connId);
    for (const { key } of seeds.variables) keys.add(key);
    stored?.ids.forEach(id => ids.add(id));
    stored?.keys.forEach(key => keys.add(key));
  }
  // Of everything that there is most is not wanted: one sentence for all of it.
  const secret: string[] = [];

  const connections: ConnectionWrite[] = [];
  for (const id of ids) {
    const flag = flags.connection?.[id];
    if (flag !== undefined) {
      connections.push(connectionOfFlag(id, flag));
      continue;
    }
    const { found, missing } = await storedConnection(id, stored, sources);
    if (found) connections.push(found);
    else
      note(
        `maestro: nobody has connection "${id}": --connection ${id}=JSON gives it`,
      );
    if (missing && all) secret.push(`${missing} of connection "${id}"`);
    else if (missing)
      note(
        `maestro: ${missing} of connection "${id}" cannot be read from the portal and are missing: --connection ${id}=JSON gives them`,
      );
  }
  const variables: Record<string, string> = {};
  for (const key of keys) {
    const value =
      flags.variable?.[key] ?? (await storedVariable(key, stored, sources));
    if (value !== undefined) variables[key] = value;
    else if (all) secret.push(`variable "${key}"`);
    else
      note(
        `maestro: nobody has a readable variable "${key}": --variable ${key}=VALUE gives it`,
      );
  }
  if (secret.length > 0) {
    note(
      `maestro: a portal tells no secrets, so these are missing: ${secret.join(
        ', ',
      )}; --connection ID=JSON and --variable KEY=VALUE give them to tasks that want them`,
    );
  }
  return { connections, variables };
}

/** Asked for by name: few of them are wanted. */
function oneByOne(client: MaestroClient): Stored {
  return {
    ids: [],
    keys: [],
    connection: id => orNothing(client.getConnection(id)),
    variable: key => orNothing(client.getVariable(key)),
  };
}

async function everything(client: MaestroClient): Promise<Stored> {
  const { items: connections } = await client.listConnections();
  const { items: variables } = await client.listVariables();
  const byId = new Map(connections.map(one => [one.connId, one]));
  const byKey = new Map(variables.map(one => [one.key, one]));
  return {
    ids: [...byId.keys()],
    keys: [...byKey.keys()],
    connection: async id => byId.get(id),
    variable: async key => byKey.get(key),
  };
}

/** A portal that is away is no reason not to test. */
async function reachable({
  client,
  note,
}: InputSources): Promise<MaestroClient | undefined> {
  if (!client) return undefined;
  try {
    await client.getStatus();
    return client;
  } catch (error) {
    const { exitCode, message } = explain(error);
    const why = exitCode === EXIT.unreachable ? 'no portal answers' : message;
    note(
      `maestro: connections and variables are those of the flags and of this machine's first start: ${why}`,
    );
    return undefined;
  }
}

/** Airflow's names of the fields and our own. */
function connectionOfFlag(id: string, text: string): ConnectionWrite {
  const given = jsonObject(text, `--connection ${id}`);
  const { conn_type: airflowType, connType, type, ...rest } = given;
  const kind = connType ?? airflowType ?? type;
  if (typeof kind !== 'string') {
    throw new CommandError(
      EXIT.usage,
      `--connection ${id} has no "conn_type", such as {"conn_type": "http", "host": "localhost"}`,
    );
  }
  return { ...rest, connId: id, connType: kind } as ConnectionWrite;
}

/** As it is stored, and which secrets of it nobody tells. */
async function storedConnection(
  id: string,
  portal: Stored | undefined,
  { seeds, note }: InputSources,
): Promise<{ found?: ConnectionWrite; missing?: string }> {
  const seed = seeds.connections.find(({ connId }) => connId === id);
  const stored = await portal?.connection(id);
  if (!stored) return { found: seed };
  const secrets = [
    ...(stored.hasPassword ? ['password'] : []),
    ...stored.extraKeys.map(key => `extra.${key}`),
  ];
  const { connType, host, port, login, schema } = stored;
  const open = { connId: id, connType, host, port, login, schema };
  if (secrets.length === 0) return { found: open };
  if (seed && isSameAs(stored, seed)) {
    note(
      `maestro: ${secrets.join(
        ', ',
      )} of connection "${id}" cannot be read from the portal and are as at its first start`,
    );
    const { password, extra } = seed;
    return { found: { ...open, password, extra } };
  }
  return { found: open, missing: secrets.join(', ') };
}

/** Nobody has changed what can be seen of it since the first start. */
function isSameAs(stored: Connection, seed: ConnectionWrite): boolean {
  const keys = Object.keys(seed.extra ?? {})
    .sort()
    .join();
  return (
    stored.connType === seed.connType &&
    stored.login === seed.login &&
    stored.hasPassword === (seed.password !== undefined) &&
    [...stored.extraKeys].sort().join() === keys
  );
}

async function storedVariable(
  key: string,
  portal: Stored | undefined,
  { seeds }: InputSources,
): Promise<string | undefined> {
  const stored = await portal?.variable(key);
  if (stored) return stored.value;
  return seeds.variables.find(seed => seed.key === key)?.value;
}

async function orNothing<T>(question: Promise<T>): Promise<T | undefined> {
  try {
    return await question;
  } catch (error) {
    if (explain(error).exitCode === EXIT.notFound) return undefined;
    throw error;
  }
}
