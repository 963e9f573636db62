import { readdirSync } from 'node:fs';
import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import type { Knex } from 'knex';
import { eventually } from '../__testUtils__/eventually';
import { createTestEngine } from '../engine/testing';
import { CODE_SCHEMA_VERSION, checkSchema, migrate } from './migrate';
import { MaestroDatabase } from './MaestroDatabase';
import { eachDatabase } from './testing';

const directory = MaestroDatabase.migrationsDirectory();
const files = readdirSync(directory)
  .filter(file => file.endsWith('.js'))
  .sort();

const meta = (knex: Knex) => knex('schema_meta').where({ id: 1 }).first();

eachDatabase((dialect, databases) => {
  /** A database with what an installation has after a few runs. */
  const filled = async () => {
    const db = await databases.open();
    const test = await createTestEngine(db, {
      logger: mockLogger(),
      settings: { pollMs: 20, reconcileMs: 100 },
    });
    await test.register('p', {
      sla: 'PT1H',
      schedule: { cron: '0 2 * * *' },
      tasks: [
        { id: 'a', run: { command: ['true'] } },
        { id: 'b', dependsOn: ['a'], run: { command: ['true'] } },
      ],
    });
    const runId = await test.trigger('p');
    await test.finished(runId);
    await test.stop();
    await db.knex('outputs').insert({
      run_id: (await test.run(runId)).id,
      task_id: 'a',
      map_index: -1,
      key: 'return_value',
      attempt_id: test.executor.launched[0].attemptId,
      value: '{"rows":10}',
      size: 11,
      created_at: 1,
    });
    return db;
  };
  const counts = async (knex: Knex) => {
    const result: Record<string, number> = {};
    for (const table of [
      'pipelines',
      'pipeline_versions',
      'runs',
      'task_instances',
      'attempts',
      'events',
      'timers',
      'outputs',
    ]) {
      const [row] = await knex(table).count({ n: '*' });
      result[table] = Number(row.n);
    }
    return result;
  };

  it('goes down and up again, step by step, and keeps the data', async () => {
    const { knex } = await filled();
    const before = await counts(knex);
    expect(before).toMatchObject({ runs: 1, task_instances: 2, attempts: 2 });
    for (let i = files.length - 1; i >= 1; i--) {
      const { version } = await meta(knex);
      await knex.migrate.down({ directory });
      expect((await meta(knex)).version).toBeLessThan(version);
      expect(await counts(knex)).toEqual(before);
    }
    await migrate(knex, directory);
    expect((await meta(knex)).version).toBe(CODE_SCHEMA_VERSION);
    expect(await counts(knex)).toEqual(before);
    await checkSchema(knex);
  });

  it('takes along the timers that older code cannot fire', async () => {
    const { knex } = await filled();
    const kinds = async () => (await knex('timers').pluck('kind')).sort();
    const before = await kinds();
    await knex('timers').insert({ kind: 'asset', ref: '1/1/d', due_at: 1 });
    await knex.migrate.down({ directory, name: '20261126110000_assets.js' });
    expect(await kinds()).toEqual(before);
    await migrate(knex, directory);
  });

  it('leaves nothing behind after the last step down', async () => {
    const { knex } = await filled();
    for (const _ of files) await knex.migrate.down({ directory });
    expect(await knex.schema.hasTable('runs')).toBe(false);
    expect(await knex.schema.hasTable('schema_meta')).toBe(false);
    await expect(checkSchema(knex)).rejects.toThrow('no Maestro schema');
    await migrate(knex, directory);
    expect(await counts(knex)).toMatchObject({ runs: 0, attempts: 0 });
  });

  it('refuses code that is too old or too new, and says what to do', async () => {
    const { knex } = await databases.open();
    const set = (columns: object) =>
      knex('schema_meta').where({ id: 1 }).update(columns);
    // A later schema that still allows this code: a rollback goes on.
    await set({ version: 99 });
    await checkSchema(knex);
    await set({ version: 99, min_code: 99 });
    await expect(checkSchema(knex)).rejects.toThrow(
      'needs code for version 99',
    );
    await set({ version: 1, min_code: 1 });
    await expect(checkSchema(knex)).rejects.toThrow(
      'without backend.database.skipMigrations',
    );
  });

  it('releases the lock that a killed migration left behind', async () => {
    const { knex } = await databases.open();
    await knex.migrate.down({ directory });
    await knex('knex_migrations_lock').update({ is_locked: 1 });
    await migrate(knex, directory);
    expect((await meta(knex)).version).toBe(CODE_SCHEMA_VERSION);
  });

  // A transaction of SQLite has the whole database.
  if (dialect === 'postgres') {
    it('is tried again when it and a scheduler wait for each other', async () => {
      const { knex } = await databases.open();
      const { knex: scheduler } = await databases.reopen();
      const isAwaited = async (relname: string) => {
        const waiting = scheduler('pg_locks')
          .join('pg_class', 'pg_class.oid', 'pg_locks.relation')
          .where({ granted: false, relname });
        return (await waiting).length > 0;
      };
      // Alters the tables of runs, asset events and asset outcomes, in order.
      await knex.migrate.down({ directory });
      await knex.migrate.down({ directory });

      const other = await scheduler.transaction();
      await other.raw('lock table asset_events in access share mode');
      const tx = await scheduler.transaction();
      await tx.raw('lock table asset_outcomes in row exclusive mode');
      // Who waits first does not look who waits for whom: the migration does,
      // however slow the machine is, and is given up.
      await tx.raw("set local deadlock_timeout = '1h'");
      const migrated = migrate(knex, directory);
      await eventually(() => isAwaited('asset_events'));
      const done = tx('runs')
        .select('id')
        .then(() => tx.commit());
      await eventually(() => isAwaited('runs'));
      await Promise.all([other.commit(), done, migrated]);
      expect((await meta(knex)).version).toBe(CODE_SCHEMA_VERSION);
    });
  }

  it('is applied once when replicas start together', async () => {
    const db = await databases.open();
    const other = dialect === 'postgres' ? await databases.reopen() : db;
    await db.knex.migrate.down({ directory });
    await Promise.all([
      migrate(db.knex, directory),
      ...(dialect === 'postgres' ? [migrate(other.knex, directory)] : []),
    ]);
    const applied = await db.knex('knex_migrations').pluck('name');
    expect(applied.sort()).toEqual(files);
  });
});
