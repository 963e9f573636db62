import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
  Connection,
  ConnectionWrite,
  MaestroClient,
  PipelineDefinition,
} from '@maestro/plugin-maestro-common';
import { parse } from 'yaml';
import { jsonObject } from '../argumentValues';
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
  note(text: string): void;
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

/**
 * The connections and variables that the tasks of a pipeline name. What nobody
 * has, or what has a secret that nobody may read, is told by name.
 */
export async function collectInputs(
  definition: PipelineDefinition,
  sources: InputSources,
): Promise<{
  connections: ConnectionWrite[];
  variables: Record<string, string>;
}> {
  const { flags, note } = sources;
  const client = await reachable(sources);
  const ids = new Set(definition.tasks.flatMap(task => task.connections));
  const keys = new Set(definition.tasks.flatMap(task => task.variables));
  for (const id of Object.keys(flags.connection ?? {})) ids.add(id);
  for (const key of Object.keys(flags.variable ?? {})) keys.add(key);

  const connections: ConnectionWrite[] = [];
  for (const id of ids) {
    const found =
      flags.connection?.[id] === undefined
        ? await storedConnection(id, client, sources)
        : connectionOfFlag(id, flags.connection[id]);
    if (found) connections.push(found);
    else
      note(
        `maestro: nobody has connection "${id}": --connection ${id}=JSON gives it`,
      );
  }
  const variables: Record<string, string> = {};
  for (const key of keys) {
    const value =
      flags.variable?.[key] ?? (await storedVariable(key, client, sources));
    if (value !== undefined) variables[key] = value;
    else
      note(
        `maestro: nobody has a readable variable "${key}": --variable ${key}=VALUE gives it`,
      );
  }
  return { connections, variables };
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

async function storedConnection(
  id: string,
  client: MaestroClient | undefined,
  { seeds, note }: InputSources,
): Promise<ConnectionWrite | undefined> {
  const seed = seeds.connections.find(({ connId }) => connId === id);
  const stored = client && (await orNothing(client.getConnection(id)));
  if (!stored) return seed;
  const secrets = [
    ...(stored.hasPassword ? ['password'] : []),
    ...stored.extraKeys.map(key => `extra.${key}`),
  ];
  const { connType, host, port, login, schema } = stored;
  const open = { connId: id, connType, host, port, login, schema };
  if (secrets.length === 0) return open;
  if (seed && isSameAs(stored, seed)) {
    note(
      `maestro: ${secrets.join(
        ', ',
      )} of connection "${id}" cannot be read from the portal and are as at its first start`,
    );
    return { ...open, password: seed.password, extra: seed.extra };
  }
  note(
    `maestro: ${secrets.join(
      ', ',
    )} of connection "${id}" cannot be read from the portal and are missing: --connection ${id}=JSON gives them`,
  );
  return open;
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
  client: MaestroClient | undefined,
  { seeds }: InputSources,
): Promise<string | undefined> {
  const stored = client && (await orNothing(client.getVariable(key)));
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
