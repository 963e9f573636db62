import { MaestroDatabase } from './MaestroDatabase';
import { eachDatabase } from './testing';

/** All that a schema of PostgreSQL is made of, without its name. */
const SHAPE = `
select 'column' as kind, table_name as name,
  concat_ws(' ', column_name, data_type, is_nullable, column_default) as is
  from information_schema.columns where table_schema = current_schema()
union all
select 'index', tablename, indexdef from pg_indexes where schemaname = current_schema()
union all
select 'constraint', conrelid::regclass::text, conname || ' ' || pg_get_constraintdef(oid)
  from pg_constraint where connamespace = current_schema()::regnamespace
union all
select 'settings', relname, concat_ws(' ', relkind, reloptions::text, obj_description(oid))
  from pg_class where relnamespace = current_schema()::regnamespace
union all
select 'comment', attrelid::regclass::text, concat_ws(' ', attname, col_description(attrelid, attnum))
  from pg_attribute join pg_class c on c.oid = attrelid
  where c.relnamespace = current_schema()::regnamespace and attnum > 0
order by 1, 2, 3`;

const LEDGER = ['schema_meta', 'knex_migrations', 'knex_migrations_lock'];

async function shapeOf({ knex, dialect }: MaestroDatabase) {
  const ledger = await Promise.all(
    LEDGER.map(table => knex(table).select().orderByRaw('1')),
  );
  const rows = ledger.flat().map(({ migration_time: _, ...row }) => row);
  if (dialect === 'sqlite') {
    return [rows, await knex('sqlite_master').select('type', 'name', 'sql')];
  }
  const [{ current_schema: schema }] = (
    await knex.raw('select current_schema()')
  ).rows;
  const shape = JSON.stringify((await knex.raw(SHAPE)).rows, null, 1);
  return [rows, shape.replaceAll(schema, 'schema').split('\n')];
}

eachDatabase((_name, databases) => {
  it('opens for each test what the migrations make', async () => {
    const migrated = await databases.open();
    const next = await databases.open();
    expect(await shapeOf(next)).toEqual(await shapeOf(migrated));
    // There is nothing left to migrate, and each has its own rows.
    await MaestroDatabase.open(next.knex, { migrate: true });
    await next.knex('pools').insert({ name: 'x', slots: 1, updated_at: 1 });
    expect(await migrated.knex('pools').where({ name: 'x' })).toEqual([]);
    const [{ name }] = await next.knex('pools').where({ name: 'x' });
    expect(name).toBe('x');
  });
});
