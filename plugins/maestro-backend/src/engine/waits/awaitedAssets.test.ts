import { AssetCommands } from '../../assets/AssetCommands';
import { eachDatabase } from '../../database/testing';
import { createWaitTest, type WaitTest } from './__testUtils__/waitTest';
import { dueTimeOf } from './awaitedAssets';

const SECOND = 1_000;
const iso = (at: number) => new Date(at).toISOString();

eachDatabase((_name, databases) => {
  let test: WaitTest;
  beforeEach(async () => {
    test = await createWaitTest(databases);
  });
  afterEach(() => test.stop());

  const emit = (asset: string, extra?: unknown, partitionKey?: string) =>
    new AssetCommands({
      db: test.db,
      isKnown: async () => true,
      onEvent: () => {},
    }).emit({ asset, extra, partitionKey, actor: 'user:default/ada' });
  const begin = async (asset: object, more: object = {}) => {
    await test.register('p', {
      tasks: [
        { id: 'w', wait: { asset: { name: 'sales', ...asset } }, ...more },
      ],
    });
    return test.trigger('p');
  };
  const answers = async () => (await test.waits()).map(wait => wait.answer);
  const outputs = async (runId: string) => {
    const { id } = await test.run(runId);
    const rows = await test.db
      .table(test.db.knex, 'outputs')
      .where({ run_id: id, task_id: 'w' });
    return Object.fromEntries(
      rows.map(row => [row.key, JSON.parse(row.value!)]),
    );
  };
  const success = async (runId: string) => {
    expect((await test.finished(runId)).state).toBe('success');
    expect(await test.waits()).toEqual([]);
    expect(await test.timers()).toEqual([]);
    const { w } = await test.instances(runId);
    expect(w).toMatchObject({ attempt_seq: 0, try_number: 1 });
  };

  it('is woken at once by the event, without a slot, and hands it on', async () => {
    const runId = await begin({});
    await test.until(answers, ['it never had an event']);
    expect(await test.timers()).toMatchObject([{ dueAt: test.now() + 30_000 }]);
    await emit('other');
    expect(await test.timers()).toMatchObject([{ dueAt: test.now() + 30_000 }]);
    test.pass(SECOND);
    const at = test.now();
    const { id } = await emit('sales', { rows: 3 });
    // Far before the next look.
    await success(runId);
    expect(await outputs(runId)).toEqual({
      event_id: id,
      at: iso(at),
      extra: { rows: 3 },
    });
  });

  it('takes no notice of an event of one partition', async () => {
    const runId = await begin({});
    await test.until(answers, ['it never had an event']);
    await emit('sales', 'of one', 'us');
    // It is not woken, and does not find it with its next look either.
    expect(await test.timers()).toMatchObject([{ dueAt: test.now() + 30_000 }]);
    test.pass(30 * SECOND);
    await test.until(
      async () => (await test.waits()).map(wait => wait.looks),
      [2],
    );
    expect((await test.states(runId)).w).toBe('deferred');
    await emit('sales', 'of all');
    await emit('sales', 'of one', 'eu');
    await success(runId);
    expect(await outputs(runId)).toMatchObject({ extra: 'of all' });
  });

  it('takes an event that came since the run was due, and of several the newest', async () => {
    await emit('sales', 'too old');
    test.pass(SECOND);
    const runId = await begin({});
    await test.until(answers, [
      `its last event was at ${iso(test.now() - SECOND)}`,
    ]);
    await emit('sales', 'first');
    await success(runId);
    test.pass(SECOND);
    const { id } = await emit('sales', 'second');
    // The run that is cleared was due before both.
    await test.engine.commands.clearTasks(
      runId,
      { downstream: false, upstream: false, onlyFailed: false, dryRun: false },
      'user:default/ada',
    );
    await test.until(async () => (await outputs(runId)).event_id, id);
    expect(await outputs(runId)).toMatchObject({ extra: 'second' });
  });

  it('with "since: ready" takes no event that was there before', async () => {
    await test.register('p', {
      tasks: [
        { id: 'pause', wait: { for: 'PT1M' } },
        {
          id: 'w',
          dependsOn: ['pause'],
          wait: { asset: { name: 'sales', since: 'ready' } },
        },
      ],
    });
    const runId = await test.trigger('p');
    await test.until(async () => (await test.timers()).length, 1);
    await emit('sales', 'before');
    const before = test.now();
    test.pass(60 * SECOND);
    await test.until(answers, [`its last event was at ${iso(before)}`]);
    await emit('sales', 'after');
    await success(runId);
    expect(await outputs(runId)).toMatchObject({ extra: 'after' });
  });

  it('with "within" takes one that came before the run, not an older one', async () => {
    const { id } = await emit('sales');
    test.pass(3_600 * SECOND);
    const soon = await begin({ within: 'PT1H' });
    await success(soon);
    expect(await outputs(soon)).toMatchObject({ event_id: id, extra: null });
    test.pass(1);
    const late = await test.trigger('p');
    await test.until(async () => (await answers()).length, 1);
    expect((await test.states(late)).w).toBe('deferred');
  });

  it('finds with its next look an event that was committed unseen', async () => {
    const runId = await begin({});
    await test.until(answers, ['it never had an event']);
    // As by a transaction that began before the wait was there.
    await test.db.knex('asset_events').insert({
      asset: 'sales',
      at: test.now(),
      source: 'manual',
      source_key: 'unseen',
    });
    test.pass(30 * SECOND);
    await success(runId);
    expect(await outputs(runId)).toMatchObject({ extra: null });
  });

  it('takes an event that came in time, though nobody looked before it was over', async () => {
    const runId = await begin({}, { timeout: 'PT1M' });
    await test.until(answers, ['it never had an event']);
    await test.db.knex('asset_events').insert({
      asset: 'sales',
      at: test.now(),
      source: 'manual',
      source_key: 'in time',
    });
    test.pass(60 * SECOND);
    await success(runId);
    expect(await outputs(runId)).toMatchObject({ extra: null });
  });

  it.each([
    ['scheduled', 1_000, 1_000],
    ['scheduled', null, 5_000],
    ['backfill', 1_000, 5_000],
    ['manual', 1_000, 5_000],
  ] as const)(
    'a %s run of logical date %p that starts at 5000 was due at %p',
    (trigger, logicalDate, due) => {
      expect(
        dueTimeOf({ trigger, logical_date: logicalDate, run_after: 5_000 }),
      ).toBe(due);
    },
  );

  it('is woken by a task that produces the asset, and names its run', async () => {
    const runId = await begin({});
    await test.until(answers, ['it never had an event']);
    await test.register('maker', {
      tasks: [{ id: 'make', run: { command: ['true'] }, produces: ['sales'] }],
    });
    const source = await test.trigger('maker');
    await success(runId);
    expect(await outputs(runId)).toMatchObject({ run_id: source, extra: null });
  });

  it('gives up when its time is over, and says when the last event was', async () => {
    await emit('sales');
    test.pass(SECOND);
    const runId = await begin({}, { timeout: 'PT1M', retries: 3 });
    await test.until(async () => (await answers()).length, 1);
    const began = test.now();
    test.pass(60 * SECOND);
    expect((await test.finished(runId)).state).toBe('failed');
    const { w } = await test.instances(runId);
    expect(w.reason).toContain(
      `for an event of asset "sales" since ${iso(began)}`,
    );
    expect(w.try_number).toBe(1);
    expect(await test.waits()).toEqual([]);
  });

  it('wakes the tasks of several runs with one event', async () => {
    await test.register('p', {
      tasks: Array.from({ length: 20 }, (_, i) => ({
        id: `w${i}`,
        wait: { asset: { name: 'sales' } },
      })),
    });
    const runs = [];
    for (let i = 0; i < 3; i++) runs.push(await test.trigger('p'));
    await test.until(async () => (await test.waits()).length, 60);
    await emit('sales');
    for (const runId of runs) {
      expect((await test.finished(runId)).state).toBe('success');
    }
    expect(await test.waits()).toEqual([]);
  });
});
