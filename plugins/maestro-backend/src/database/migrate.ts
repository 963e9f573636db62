import { ConflictError } from '@backstage/errors';
import type { Knex } from 'knex';
import { retryConflicts } from './retryConflicts';

/**
 * Version of the schema that this code writes. A migration raises
 * `schema_meta.version`; it raises `min_code` only when it takes something
 * away that older code needs.
 */
export const CODE_SCHEMA_VERSION = 16;

/** Advisory lock of a migration; any constant that nobody else uses. */
const MIGRATION_LOCK = 7_262_533_120;

/** Each costs a second, in which PostgreSQL looks who waits for whom. */
const MAX_TRIES = 30;

/**
 * Applies pending migrations. On PostgreSQL under an advisory lock, so that
 * replicas that start together do it once; a lock that a killed migration left
 * behind in knex' own table is released, because whoever holds the advisory
 * lock is the only one who can be migrating.
 *
 * Schedulers of older code may be at work meanwhile. A migration takes whole
 * tables, and no order of them is that of every transaction: PostgreSQL may
 * give it up for one of them. All that are pending are one transaction, which
 * is tried again.
 */
export async function migrate(knex: Knex, directory: string): Promise<void> {
  const config: Knex.MigratorConfig = {
    directory,
    // A rollback starts older code on a newer schema: knex would refuse it
    // because of migrations that it does not know. `checkSchema` decides.
    disableMigrationsListValidation: true,
  };
  if (knex.client.config.client !== 'pg') {
    await knex.migrate.forceFreeMigrationsLock(config);
    await knex.migrate.latest(config);
    return;
  }
  // The lock belongs to a session, so it needs one connection of its own.
  const connection = await knex.client.acquireConnection();
  const session = (sql: string) => knex.raw(sql).connection(connection);
  try {
    await session(`select pg_advisory_lock(${MIGRATION_LOCK})`);
    await knex.migrate.forceFreeMigrationsLock(config);
    await retryConflicts(() => knex.migrate.latest(config), MAX_TRIES);
  } finally {
    await session(`select pg_advisory_unlock(${MIGRATION_LOCK})`);
    await knex.client.releaseConnection(connection);
  }
}

/** Only where the configuration of Backstage says so is it not done at once. */
const MIGRATE =
  'start a backend of this version once without backend.database.skipMigrations (also as backend.database.plugin.maestro.skipMigrations): it brings the schema';

/**
 * Refuses a schema that this code cannot work with.
 *
 * @throws ConflictError, which says what to do
 */
export async function checkSchema(knex: Knex): Promise<void> {
  if (!(await knex.schema.hasTable('schema_meta'))) {
    throw new ConflictError(`The database has no Maestro schema; ${MIGRATE}`);
  }
  const row = await knex('schema_meta').where({ id: 1 }).first();
  if (row.min_code > CODE_SCHEMA_VERSION) {
    throw new ConflictError(
      `The database has schema version ${row.version}, which needs code for version ${row.min_code} or later; this code is for ${CODE_SCHEMA_VERSION}`,
    );
  }
  if (row.version < CODE_SCHEMA_VERSION) {
    throw new ConflictError(
      `The database has schema version ${row.version}, this code needs ${CODE_SCHEMA_VERSION}; ${MIGRATE}`,
    );
  }
}
