import createKnex, { type Knex } from 'knex';
import { MaestroDatabase, type Tx } from '../../database/MaestroDatabase';
import { Random } from '../Random';
import { ModelDatabase } from './ModelDatabase';
import { Blocked, ModelStore, type ModelTransaction } from './ModelStore';
import { type ModelTable, readModelSchema } from './modelSchema';
import {
  deleteRows,
  insertRows,
  readRows,
  updateRows,
} from './modelStatements';
import type { StoreDoor } from './StoreDoor';

let schema: Map<string, ModelTable>;

beforeAll(async () => {
  schema = await readModelSchema();
});

describe('two transactions', () => {
  let store: ModelStore;
  let one: ModelTransaction;
  let other: ModelTransaction;
  let pools: ModelTable;

  const all = () => true;
  const named = (name: string) => (row: { name?: unknown }) =>
    row.name === name;
  const add = (tx: ModelTransaction, name: string, slots = 1) =>
    insertRows(tx, pools, [{ name, slots, updated_at: 0 }], {});
  const names = (tx: ModelTransaction) =>
    readRows(tx, pools, all, { columns: ['name'], order: [] }).map(
      row => (row as { name: string }).name,
    );

  beforeEach(() => {
    store = new ModelStore(schema);
    pools = schema.get('pools')!;
    const setup = store.begin('setup');
    add(setup, 'a');
    add(setup, 'b');
    store.commit(setup);
    one = store.begin('one');
    other = store.begin('other');
  });

  it('see their own writes, and those of others once they are committed', () => {
    add(one, 'c');
    expect(names(one)).toEqual(['a', 'b', 'c']);
    expect(names(other)).toEqual(['a', 'b']);
    store.commit(one);
    expect(names(other)).toEqual(['a', 'b', 'c']);
  });

  it('forget what is rolled back', () => {
    deleteRows(one, pools, all);
    store.rollback(one);
    expect(names(other)).toEqual(['a', 'b']);
  });

  it('wait for a row that the other one changed, and then see it changed', () => {
    updateRows(one, pools, named('a'), { slots: 5 }, undefined);
    const change = () =>
      updateRows(other, pools, row => row.slots === 1, { slots: 9 }, undefined);
    expect(change).toThrow(Blocked);
    store.commit(one);
    // Only b still has one slot.
    expect(change()).toBe(1);
  });

  it('wait for a row that is locked, not for reading it', () => {
    const lock = { columns: [], order: [], forUpdate: true };
    readRows(one, pools, named('a'), lock);
    expect(names(other)).toEqual(['a', 'b']);
    expect(() => readRows(other, pools, named('a'), lock)).toThrow(Blocked);
    store.rollback(one);
    expect(readRows(other, pools, named('a'), lock)).toHaveLength(1);
  });

  it('end in a deadlock when each waits for the other', () => {
    updateRows(one, pools, named('a'), { slots: 2 }, undefined);
    updateRows(other, pools, named('b'), { slots: 2 }, undefined);
    expect(() =>
      updateRows(one, pools, named('b'), { slots: 3 }, undefined),
    ).toThrow(Blocked);
    expect(() =>
      updateRows(other, pools, named('a'), { slots: 3 }, undefined),
    ).toThrow('deadlock detected');
  });

  it('with one key: the second waits, and is refused when the first commits', () => {
    add(one, 'c');
    expect(() => add(other, 'c')).toThrow(Blocked);
    store.commit(one);
    expect(() => add(other, 'c')).toThrow('duplicate key');
  });

  it('with one key: the second waits, and has it when the first rolls back', () => {
    add(one, 'c');
    expect(() => add(other, 'c')).toThrow(Blocked);
    store.rollback(one);
    add(other, 'c');
    expect(names(other)).toContain('c');
  });

  it('with one key: whoever deleted a row may have its key again', () => {
    deleteRows(one, pools, named('a'));
    add(one, 'a');
    store.commit(one);
    expect(() => add(other, 'a')).toThrow('duplicate key');
    deleteRows(other, pools, named('a'));
    store.commit(other);
    const last = store.begin('last');
    add(last, 'a');
    expect(names(last)).toEqual(['b', 'a']);
  });

  it("with one key: a row that gave it up stands in nobody's way", () => {
    const pipelines = schema.get('pipelines')!;
    const register = (tx: ModelTransaction, name: string) =>
      insertRows(
        tx,
        pipelines,
        [
          {
            name,
            entity_ref: name,
            owner_ref: 'o',
            type: 't',
            tags: '[]',
            created_at: 0,
            seen_at: 0,
          },
        ],
        {},
      );
    register(one, 'x');
    store.commit(one);
    const rename = store.begin('rename');
    updateRows(rename, pipelines, named('x'), { name: 'y' });
    expect(() => register(other, 'y')).toThrow(Blocked);
    expect(() => register(other, 'x')).toThrow(Blocked);
    store.commit(rename);
    register(other, 'x');
    expect(() => register(other, 'y')).toThrow('duplicate key');
  });

  it('change no key, by which rows are found', () => {
    expect(() => updateRows(one, pools, named('a'), { name: 'c' })).toThrow(
      'changes no key',
    );
  });

  it('are refused what a partial unique index forbids', () => {
    const attempts = schema.get('attempts')!;
    const live = (attemptId: string, state: string, seq: number) =>
      insertRows(
        one,
        attempts,
        [
          {
            attempt_id: attemptId,
            run_id: 1,
            pipeline_id: 1,
            task_no: 0,
            map_index: -1,
            seq,
            try_number: 1,
            state,
            executor: 'x',
            executor_instance: 'x',
            claimed_at: 0,
          },
        ],
        { returning: ['id', 'log_state', 'resume_no'] },
      );
    expect(live('one', 'ended', 1)).toEqual([
      { id: 1, log_state: 'open', resume_no: 0 },
    ]);
    live('two', 'running', 2);
    expect(() => live('three', 'claimed', 3)).toThrow('attempts_one_live_uq');
  });

  it('are gone with their process, and their locks with them', () => {
    updateRows(one, pools, named('a'), { slots: 2 }, undefined);
    store.rollbackAll('one');
    expect(updateRows(other, pools, named('a'), { slots: 3 }, undefined)).toBe(
      1,
    );
    expect(store.openTransactions()).toBe(1);
  });
});

describe('a statement', () => {
  const door: StoreDoor = {
    owner: 'test',
    isOpen: () => true,
    pass: async (_kind, _label, action) => action(),
  };
  let model: ModelDatabase;
  let knex: Knex;
  let sqlite: MaestroDatabase;

  beforeEach(async () => {
    model = new ModelDatabase(new ModelStore(schema), door, () => 0);
    knex = createKnex({
      client: 'better-sqlite3',
      connection: { filename: ':memory:' },
      useNullAsDefault: true,
      pool: { min: 1, max: 1 },
    });
    sqlite = await MaestroDatabase.open(knex, { migrate: true });
  });
  afterEach(async () => {
    await sqlite.close();
  });

  /** One random statement of the kinds that the engine uses. */
  const randomStatement = (random: Random) => {
    const kind = random.pick(['sla', 'retry', 'tick']);
    const ref = `${random.int(1, 4)}/x`;
    const dueAt = random.int(1, 6);
    const runId = random.pick([null, 1, 2]);
    return random.pick<(db: MaestroDatabase, tx: Tx) => unknown>([
      (db, tx) =>
        db
          .table(tx, 'timers')
          .insert({ kind, ref, due_at: dueAt, run_id: runId } as never)
          .onConflict(['kind', 'ref'])
          .merge(['due_at']),
      (db, tx) =>
        db
          .table(tx, 'timers')
          .insert({ kind, ref, due_at: dueAt } as never)
          .onConflict(['kind', 'ref'])
          .ignore()
          .returning('ref'),
      (db, tx) =>
        db.table(tx, 'timers').where({ kind, ref, due_at: dueAt }).delete(),
      (db, tx) =>
        db
          .table(tx, 'timers')
          .where('due_at', '<=', dueAt)
          .update({ run_id: 3 }),
      (db, tx) =>
        db
          .table(tx, 'timers')
          .whereNotIn('kind', [kind])
          .orderBy([
            { column: 'due_at', order: 'desc' },
            { column: 'ref' },
            { column: 'kind' },
          ])
          .limit(3)
          .select('kind', 'ref', 'due_at'),
      (db, tx) =>
        db
          .table(tx, 'timers')
          .whereRaw('due_at + run_id < ?', [dueAt + 2])
          .count({ n: '*' })
          .first(),
      (db, tx) =>
        db
          .table(tx, 'timers')
          .where('ref', 'like', `${random.int(1, 4)}/%`)
          .where(q => q.whereNull('run_id').orWhereNotIn('run_id', [1]))
          .orderBy(['due_at', 'kind', 'ref'])
          .first('kind', 'ref', 'run_id'),
      (db, tx) =>
        db
          .table(tx, 'timers')
          .where(q => {
            q.whereNull('run_id').orWhere('due_at', '<', dueAt);
          })
          .where(q => {
            q.where('kind', '>', kind).orWhere(same => {
              same.where('kind', kind).where('ref', '>', ref);
            });
          })
          .orderBy(['due_at', 'kind', 'ref'])
          .select('kind', 'ref', 'run_id'),
      (db, tx) =>
        db
          .table(tx, 'timers')
          .whereIn('kind', ['sla', 'tick'])
          .whereNot('ref', ref)
          .groupBy('kind')
          .min({ first: 'due_at' })
          .select('kind')
          .orderBy('kind'),
    ]);
  };

  it.each(Array.from({ length: 25 }, (_, seed) => seed))(
    'says the same in the model as in SQLite, seed %d',
    async seed => {
      const random = new Random(seed);
      const answersOf = (db: MaestroDatabase, statements: Random) =>
        db.transaction(async tx => {
          const answers: unknown[] = [];
          for (let i = 0; i < 40; i++) {
            const answer = await randomStatement(statements)(db, tx);
            // What an insert answers without `returning` is the driver's own.
            answers.push(
              Array.isArray(answer) && typeof answer[0] === 'number'
                ? 'inserted'
                : answer,
            );
          }
          const rows = await db
            .table(tx, 'timers')
            .orderBy(['kind', 'ref'])
            .select('kind', 'ref', 'due_at', 'run_id');
          return [answers, rows];
        });
      const seedOfBoth = random.int(1, 1_000_000);
      const inModel = await answersOf(model, new Random(seedOfBoth));
      const inSqlite = await answersOf(sqlite, new Random(seedOfBoth));
      expect(withoutCounts(inModel)).toEqual(withoutCounts(inSqlite));
    },
  );

  it('that the model does not know is refused by name', () => {
    const query = model.table(knex, 'timers');
    expect(() => query.where('nothing', 1)).toThrow('no column "nothing"');
    expect(() => query.whereRaw('due_at between 1 and 2')).toThrow(
      'cannot read the condition',
    );
    expect(() => query.where('due_at', '~', 1)).toThrow('no operator ~');
    expect(() => model.table(knex, 'nothing' as never)).toThrow('no table');
  });
});

/** An insert without `returning` answers what its driver likes. */
function withoutCounts(answers: unknown): unknown {
  return JSON.parse(JSON.stringify(answers), (_key, value) =>
    value === 'inserted' ||
    (value && typeof value === 'object' && 'rowCount' in value)
      ? 'inserted'
      : value,
  );
}
