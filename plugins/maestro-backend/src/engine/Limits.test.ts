import { ConfigReader } from '@backstage/config';
import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { eventually } from '../__testUtils__/eventually';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { eachDatabase } from '../database/testing';
import { applyObservation } from './outcome';
import { readOwnerLimits } from './ownerLimits';
import { ScriptedExecutor, type TestEngine, createTestEngine } from './testing';
import type { EngineSettings } from './types';

const logger = mockLogger();
/** No loop does anything; then a launch that came too late would be lost. */
const never = { pollMs: 600_000, reconcileMs: 600_000, leaseMs: 600_000 };
const run = (id: string, more: Record<string, unknown> = {}) => ({
  id,
  run: { command: ['true'] },
  ...more,
});

describe('the limits of owners', () => {
  it.each<[string, object, string, number | undefined]>([
    ['a named owner', { 'group:default/ml': 3 }, 'group:default/ml', 3],
    ['a short name', { ml: 3 }, 'group:default/ml', 3],
    ['one that is not named', { ml: 3 }, 'group:default/other', undefined],
    ['by default', { ml: 3, default: 9 }, 'group:default/other', 9],
    ['other letters', { 'Group:Default/ML': 3 }, 'group:default/ml', 3],
    ['a user', { 'user:default/ann': 1 }, 'user:default/ann', 1],
  ])('%s', (_what, owners, owner, slots) => {
    const limits = readOwnerLimits(
      new ConfigReader({ maestro: { limits: { owners } } } as never),
    );
    expect(limits(owner)).toBe(slots);
  });

  it('there are none unless they are configured', () => {
    expect(readOwnerLimits(new ConfigReader({}))('group:default/ml')).toBe(
      undefined,
    );
  });

  it.each([0, -1, 1.5, '5'])('refuses %p and says where', limit => {
    const config = new ConfigReader({
      maestro: { limits: { owners: { ml: limit } } },
    } as never);
    expect(() => readOwnerLimits(config)).toThrow(
      /maestro\.limits\.owners: "ml" .* a whole number from 1/,
    );
  });
});

eachDatabase((dialect, databases) => {
  const engines: TestEngine[] = [];
  let db: MaestroDatabase;

  const start = async (
    owners: Record<string, number> = {},
    settings: Partial<EngineSettings> = { pollMs: 50, reconcileMs: 100 },
    otherExecutors: ScriptedExecutor[] = [],
  ) => {
    const test = await createTestEngine(db, {
      logger,
      executor: new ScriptedExecutor(() => 'hang'),
      otherExecutors,
      settings,
    });
    test.engine.ctx.ownerSlots = owner => owners[owner];
    engines.push(test);
    return test;
  };
  const running = (test: TestEngine) =>
    test.executor.launched
      .filter(
        ({ attemptId }) =>
          test.executor.objects.get(attemptId)?.phase === 'running',
      )
      .map(({ labels }) => labels.taskId)
      .sort();
  /** Time for claims that must not happen. */
  const quiet = async (test: TestEngine) => {
    await test.engine.idle();
    await new Promise(resolve => setTimeout(resolve, 200));
    await test.engine.idle();
  };
  /** Waits until these run, and sees that no others come to them. */
  const runs = async (test: TestEngine, taskIds: string[]) => {
    await eventually(() => running(test).join() === taskIds.join());
    await quiet(test);
    expect(running(test)).toEqual(taskIds);
  };
  const endOne = (test: TestEngine, taskId: string) => {
    const request = test.executor.launched.find(
      ({ labels, attemptId }) =>
        labels.taskId === taskId &&
        test.executor.objects.get(attemptId)?.phase === 'running',
    )!;
    test.executor.end(request.attemptId, { result: 'success', exitCode: 0 });
  };

  beforeEach(async () => {
    db = await databases.open();
    jest.clearAllMocks();
  });
  afterEach(async () => {
    for (const test of engines.splice(0)) await test.stop();
    // eslint-disable-next-line jest/no-standalone-expect
    expect(logger.error.mock.calls).toEqual([]);
  });

  it('a task runs as often over all runs as it may, and holds up no other', async () => {
    const test = await start();
    const tasks = [run('gpu', { maxActive: 2, priority: 9 }), run('cpu')];
    await test.register('p', { tasks });
    for (let i = 0; i < 4; i++) await test.trigger('p');
    await runs(test, ['cpu', 'cpu', 'cpu', 'cpu', 'gpu', 'gpu']);
    endOne(test, 'gpu');
    await runs(test, ['cpu', 'cpu', 'cpu', 'cpu', 'gpu', 'gpu']);
    expect(test.executor.launched).toHaveLength(7);
  });

  it('counts a task by its name, also where another version numbers it anew', async () => {
    const test = await start();
    await test.register('p', { tasks: [run('gpu', { maxActive: 1 })] });
    await test.trigger('p');
    await test.register('p', {
      tasks: [run('new'), run('gpu', { maxActive: 1 })],
    });
    await test.trigger('p');
    await runs(test, ['gpu', 'new']);
    expect(test.executor.launched).toHaveLength(2);
  });

  it('an owner has so many tasks over all its pipelines', async () => {
    const test = await start({ 'group:default/team': 3 });
    await test.register('p', { tasks: [run('a'), run('b')] });
    await test.register('q', { tasks: [run('a'), run('b')] });
    await test.register('r', { owner: 'other', tasks: [run('c'), run('d')] });
    await test.trigger('p');
    await test.trigger('q');
    await test.trigger('r');
    await runs(test, ['a', 'a', 'b', 'c', 'd']);
    endOne(test, 'a');
    await runs(test, ['a', 'b', 'b', 'c', 'd']);
    expect(test.executor.launched).toHaveLength(6);
  });

  it('the queue is not looked at anew with each change while there is no free slot', async () => {
    const test = await start({ 'group:default/team': 2 }, never);
    const ids = Array.from({ length: 20 }, (_, no) => `t${no}`);
    await test.register('p', { tasks: ids.map(id => run(id)) });
    const runId = await test.trigger('p');
    await runs(test, ['t0', 't1']);
    let looks = 0;
    db.knex.on('query', ({ sql }: { sql: string }) => {
      if (/from .task_instances. .* order by .priority. desc/.test(sql))
        looks += 1;
    });
    // What is free is taken all the same, and by no poll.
    for (let ended = 0; ended < ids.length; ended++) {
      await eventually(() => running(test).length > 0);
      endOne(test, running(test)[0]);
      await test.engine.idle();
    }
    expect((await test.finished(runId)).state).toBe('success');
    expect(looks).toBeLessThan(ids.length / 2);
  });

  it('a slot that comes free in the same transaction is not left to the poll', async () => {
    const test = await start({}, never);
    await db.table(db.knex, 'pools').insert({
      name: 'p',
      slots: 1,
      description: null,
      updated_at: 1,
    });
    await test.register('first', {
      tasks: [run('gate'), run('x', { pool: 'p', dependsOn: ['gate'] })],
    });
    await test.register('second', {
      tasks: [run('b', { pool: 'p' }), run('c', { dependsOn: ['b'] })],
    });
    await test.trigger('first');
    await test.trigger('second');
    await runs(test, ['b', 'gate']);
    endOne(test, 'gate');
    await runs(test, ['b']);
    const ids = (await db.knex('runs')).map(({ id }) => Number(id));
    const attempt = (taskId: string) =>
      test.executor.launched.find(({ labels }) => labels.taskId === taskId)!
        .attemptId;
    const success = { result: 'success', exitCode: 0 } as const;
    // The run that waits is the older one: it is decided before the slot is free.
    await test.engine.runs.changeTogether(ids, async draft => {
      if (draft.definition.name !== 'second') return;
      await applyObservation(draft, {
        attemptId: attempt('b'),
        phase: 'ended',
        outcome: success,
      });
    });
    await eventually(() => running(test).includes('x'));
    expect(running(test)).toContain('x');
  });

  // SQLite has one writer: there the one sees what the other has done.
  if (dialect === 'postgres') {
    it('a slot that comes free behind a task that was just ready is not left to the poll', async () => {
      const pods = new ScriptedExecutor(() => 'hang');
      Object.defineProperty(pods, 'name', { value: 'pods' });
      const test = await start({}, never, [pods]);
      const pool = { name: 'p', slots: 1, description: null, updated_at: 1 };
      await db.table(db.knex, 'pools').insert(pool);
      await test.register('ends', {
        tasks: [
          run('a', { pool: 'p' }),
          run('next', { executor: 'pods', dependsOn: ['a'] }),
        ],
      });
      await test.register('waits', {
        tasks: [run('gate'), run('b', { pool: 'p', dependsOn: ['gate'] })],
      });
      const ending = await test.trigger('ends');
      const waiting = await test.trigger('waits');
      await runs(test, ['a', 'gate']);

      let commit = () => {};
      const mayCommit = new Promise<void>(resolve => {
        commit = resolve;
      });
      const transaction = db.transaction.bind(db);
      let hasClaimed = false;
      jest.spyOn(db, 'transaction').mockImplementationOnce(fn =>
        transaction(async tx => {
          const result = await fn(tx);
          hasClaimed = true;
          await mayCommit;
          return result;
        }),
      );
      endOne(test, 'a');
      await eventually(() => hasClaimed);
      endOne(test, 'gate');
      await eventually(
        async () => (await test.states(waiting)).b === 'scheduled',
      );
      // Its pool was still full, and nobody has told it otherwise.
      await new Promise(resolve => setTimeout(resolve, 100));
      expect(running(test)).toEqual([]);
      commit();
      await runs(test, ['b']);
      expect((await test.states(ending)).next).toBe('running');
    });
  }

  it('locks the rows of limits in one order, whatever is claimed first', async () => {
    const test = await start({ 'group:default/team': 9 });
    await db.table(db.knex, 'pools').insert(
      ['x', 'y'].map(name => ({
        name,
        slots: 9,
        description: null,
        updated_at: 1,
      })),
    );
    await test.register('p', {
      tasks: [
        run('plain', { priority: 9 }),
        run('second', { priority: 8, pool: 'y' }),
        run('first', { priority: 7, pool: 'x' }),
        run('counted', { priority: 1, maxActive: 1 }),
      ],
    });
    const order = [
      'pipelines',
      'limit_locks',
      'executor_instances',
      'pool x',
      'pool y',
    ];
    const locked = new Map<string, number[]>();
    db.knex.on('query', ({ sql, bindings, __knexTxId: tx }) => {
      const table = /from "(\w+)".* for update/.exec(sql)?.[1];
      if (!table || table === 'runs') return;
      const name = table === 'pools' ? `pool ${bindings[0]}` : table;
      locked.set(tx, [...(locked.get(tx) ?? []), order.indexOf(name)]);
    });
    await test.trigger('p');
    await runs(test, ['counted', 'first', 'plain', 'second']);
    const transactions = [...locked.values()];
    // On SQLite there is one writer.
    expect(transactions.some(ranks => new Set(ranks).size === 5)).toBe(
      db.dialect === 'postgres',
    );
    for (const ranks of transactions) {
      expect(ranks).toEqual([...ranks].sort((x, y) => x - y));
    }
  });
});
