import knexFactory, { type Knex } from 'knex';
import { keepStatements } from './sqliteStatements';

let knex: Knex;
const knexInsert = (name: string) => knex('pets').insert({ name });

beforeEach(async () => {
  knex = knexFactory({
    client: 'better-sqlite3',
    connection: ':memory:',
    useNullAsDefault: true,
  });
  await knex.raw('create table pets (name text)');
  await knexInsert('Rex');
  await keepStatements(knex);
});
afterEach(() => knex.destroy());

const raw = async () => {
  const connection = await knex.client.acquireConnection();
  await knex.client.releaseConnection(connection);
  return connection;
};

describe('prepared statements that are kept', () => {
  it('are one object for one text', async () => {
    const connection = await raw();
    expect(connection.prepare('select 1')).toBe(connection.prepare('select 1'));
  });

  it('answer with the values of each call', async () => {
    await knexInsert('Mia');
    const named = (name: string) => knex('pets').where({ name }).first();
    expect(await named('Rex')).toEqual({ name: 'Rex' });
    expect(await named('Mia')).toEqual({ name: 'Mia' });
    expect(await named('Tom')).toBeUndefined();
  });

  it('see a column that came later', async () => {
    expect(await knex('pets').select('*')).toEqual([{ name: 'Rex' }]);
    await knex.schema.alterTable('pets', table => {
      table.integer('age');
    });
    expect(await knex('pets').select('*')).toEqual([
      { name: 'Rex', age: null },
    ]);
  });

  it('work inside a transaction that is rolled back', async () => {
    await expect(
      knex.transaction(async tx => {
        await tx('pets').insert({ name: 'Mia' });
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    expect(await knex('pets').pluck('name')).toEqual(['Rex']);
  });

  it('are few: the oldest are forgotten, as are very long texts', async () => {
    const connection = await raw();
    const first = connection.prepare('select 0');
    for (let i = 1; i <= 300; i++) connection.prepare(`select ${i}`);
    expect(connection.prepare('select 0')).not.toBe(first);
    expect(connection.prepare(`select '${'x'.repeat(5000)}'`)).not.toBe(
      connection.prepare(`select '${'x'.repeat(5000)}'`),
    );
  });
});
