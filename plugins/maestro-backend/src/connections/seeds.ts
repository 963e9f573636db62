import { isDeepStrictEqual } from 'node:util';
import { InputError } from '@backstage/errors';
import type { Config } from '@backstage/config';
import type { ConnectionWrite } from '@maestro/plugin-maestro-common';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { listConnections } from '../database/operations/connections/listConnections';
import { listVariables } from '../database/operations/connections/listVariables';
import type { ConnectionStore } from './ConnectionStore';
import type { VariableStore } from './VariableStore';

/** `updatedBy` of what came from the configuration and nobody changed. */
export const SEED_ACTOR = 'seed';

/** Connections and variables that an installation starts with. */
export interface Seeds {
  connections: ConnectionWrite[];
  variables: {
    key: string;
    value: string;
    secret: boolean;
    description?: string;
  }[];
}

/**
 * Reads `maestro.seeds`.
 *
 * @throws InputError for a variable that says `secret`
 */
export function readSeeds(config: Config): Seeds {
  const seeds = config.getOptionalConfig('maestro.seeds');
  return {
    connections: (seeds?.getOptionalConfigArray('connections') ?? []).map(
      entry => ({
        connId: entry.getString('connId'),
        connType: entry.getString('connType'),
        host: entry.getOptionalString('host'),
        port: entry.getOptionalNumber('port'),
        login: entry.getOptionalString('login'),
        password: entry.getOptionalString('password'),
        schema: entry.getOptionalString('schema'),
        extra: entry.getOptional<Record<string, unknown>>('extra') as
          | ConnectionWrite['extra']
          | undefined,
        description: entry.getOptionalString('description'),
      }),
    ),
    variables: (seeds?.getOptionalConfigArray('variables') ?? []).map(entry => {
      if (entry.has('secret')) {
        // Once the way to say it: passed over, it would be stored in clear.
        throw new InputError(
          `maestro.seeds.variables: "${entry.getString(
            'key',
          )}" has the field secret; write its value as secretValue instead of value`,
        );
      }
      const secretValue = entry.getOptionalString('secretValue');
      return {
        key: entry.getString('key'),
        value: secretValue ?? entry.getString('value'),
        secret: secretValue !== undefined,
        description: entry.getOptionalString('description'),
      };
    }),
  };
}

/**
 * Makes what is absent, and lets what no person ever changed follow the
 * configuration: a port that is another one after a restart is right then.
 * Several processes may do it at once.
 */
export async function applySeeds(
  seeds: Seeds,
  target: {
    db: MaestroDatabase;
    connections: ConnectionStore;
    variables: VariableStore;
  },
): Promise<void> {
  const { db } = target;
  for (const seed of seeds.connections) {
    await untilSettled(async () => {
      const [row] = await listConnections(db, db.knex, [seed.connId]);
      if (!row) {
        await target.connections.create(seed, SEED_ACTOR);
      } else if (
        row.updated_by === SEED_ACTOR &&
        !(await isSameConnection(seed, target.connections, row.description))
      ) {
        // An absent secret in the seed means none, not "as it is".
        await target.connections.update(
          seed.connId,
          { ...seed, password: seed.password ?? '', extra: seed.extra ?? {} },
          SEED_ACTOR,
        );
      }
    });
  }
  for (const seed of seeds.variables) {
    await untilSettled(async () => {
      const [row] = await listVariables(db, db.knex, [seed.key]);
      if (
        !row ||
        (row.updated_by === SEED_ACTOR &&
          !(await isSameVariable(seed, target, row.description)))
      ) {
        await target.variables.set(seed.key, seed, SEED_ACTOR);
      }
    });
  }
}

async function isSameConnection(
  seed: ConnectionWrite,
  store: ConnectionStore,
  description: string | null,
): Promise<boolean> {
  try {
    const { revision, ...now } = await store.resolve(seed.connId);
    return isDeepStrictEqual(
      normal({ ...now, description: description ?? undefined }),
      normal(seed),
    );
  } catch (error) {
    // Stored with a key that is gone: the configuration still knows it.
    if ((error as Error).name === 'InputError') return false;
    throw error;
  }
}

async function isSameVariable(
  seed: Seeds['variables'][number],
  target: { db: MaestroDatabase; variables: VariableStore },
  description: string | null,
): Promise<boolean> {
  try {
    const found = await target.variables.resolveMany(target.db.knex, [
      seed.key,
    ]);
    const now = found.get(seed.key);
    return (
      now?.value === seed.value &&
      now.secret === seed.secret &&
      (seed.description === undefined || description === seed.description)
    );
  } catch (error) {
    if ((error as Error).name === 'InputError') return false;
    throw error;
  }
}

/** Without what is absent or empty, which is stored as absent. */
function normal(value: object): object {
  return Object.fromEntries(
    Object.entries(value).filter(
      ([, field]) =>
        field !== undefined && field !== '' && !isDeepStrictEqual(field, {}),
    ),
  );
}

/** Another process seeded or changed the same thing: look again. */
async function untilSettled(fn: () => Promise<void>): Promise<void> {
  for (let left = 4; ; left--) {
    try {
      await fn();
      return;
    } catch (error) {
      if ((error as Error).name !== 'ConflictError' || left === 0) throw error;
    }
  }
}
