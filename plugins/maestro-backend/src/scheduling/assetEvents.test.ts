import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { eventually } from '../__testUtils__/eventually';
import { givenUpOnce } from '../__testUtils__/givenUpOnce';
import { AssetCommands } from '../assets/AssetCommands';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { removeRuns } from '../database/operations/retention/removeRuns';
import { eachDatabase } from '../database/testing';
import { type TestEngine, createTestEngine } from '../engine/testing';

const logger = mockLogger();
const at = (iso: string) => Date.parse(iso);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const task = (more: object = {}) => ({
  id: 'a',
  run: { command: ['true'] },
  ...more,
});
const producer = (...produces: unknown[]) => ({ tasks: [task({ produces })] });
const consumer = (assets: object, more: object = {}) => ({
  schedule: { assets, ...more },
  tasks: [task()],
});

eachDatabase((name, databases) => {
  const engines: TestEngine[] = [];
  let db: MaestroDatabase;
  let now: number;

  const start = async (begin = true, database = db) => {
    const test = await createTestEngine(database, {
      logger,
      start: begin,
      settings: { pollMs: 20, reconcileMs: 200 },
    });
    engines.push(test);
    return test;
  };
  const runs = async (pipeline: string) =>
    db
      .knex('runs')
      .join('pipelines', 'pipelines.id', 'runs.pipeline_id')
      .where('pipelines.name', pipeline)
      .orderBy('runs.id')
      .select('runs.*');
  const outcomes = async () =>
    (
      await db
        .table(db.knex, 'asset_outcomes')
        .orderBy(['event_id', 'pipeline_id', 'schedule_id'])
    ).map(
      row =>
        `${row.asset} ${row.outcome}${row.reason ? `: ${row.reason}` : ''}`,
    );
  const decided = (n: number) =>
    eventually(async () => (await outcomes()).length >= n);
  /** Starts a run, and waits until it is over and `n` outcomes are there. */
  const produce = async (test: TestEngine, pipeline: string, n: number) => {
    const runId = await test.trigger(pipeline);
    await test.finished(runId);
    await decided(n);
    return runId;
  };
  /** Events of `a`, one a second till now, that wait at the only pipeline. */
  const waitingOfA = async (count: number) => {
    const pipeline = await db.table(db.knex, 'pipelines').first('id');
    const ids = Array.from({ length: count }, (_, i) => i + 1);
    await db.table(db.knex, 'asset_events').insert(
      ids.map(id => ({
        id,
        asset: 'a',
        at: now - 1_000 * (count + 1 - id),
        source: 'manual',
        source_key: `old ${id}`,
      })) as never,
    );
    await db.table(db.knex, 'asset_outcomes').insert(
      ids.map(id => ({
        pipeline_id: pipeline!.id,
        schedule_id: 'default',
        event_id: id,
        asset: 'a',
        outcome: 'waiting',
        decided_at: now,
      })) as never,
    );
  };
  const commands = (test: TestEngine) =>
    new AssetCommands({
      db,
      isKnown: async asset => asset !== 'unknown',
      onEvent: () => test.engine.pokeTimers(),
    });

  beforeEach(async () => {
    now = at('2026-11-26T04:00:00Z');
    db = await databases.open({ clock: () => now });
  });
  afterEach(async () => {
    for (const test of engines.splice(0)) await test.stop();
  });

  it('a task that succeeds starts who waits for its asset, once', async () => {
    const test = await start();
    await test.register('check', producer('drift'));
    await test.register('train', {
      ...consumer({ any: ['drift'] }),
      sla: 'PT2H',
    });
    const source = await produce(test, 'check', 1);
    const [run] = await runs('train');
    const [event] = await db.table(db.knex, 'asset_events');
    expect(run).toMatchObject({
      trigger: 'asset',
      run_key: `asset__2026-11-26T04:00:00.000Z__${event.id}`,
      created_by: 'maestro:assets',
    });
    expect(Number(run.logical_date)).toBe(now);
    expect(Number(run.sla_deadline)).toBe(now + 2 * HOUR);
    expect(await outcomes()).toEqual(['drift run']);
    await test.finished(run.run_id);
    const env = test.executor.launched.find(
      request => request.labels.pipeline === 'train',
    )!.env;
    expect(env.MAESTRO_TRIGGER).toBe('asset');
    expect(JSON.parse(env.MAESTRO_ASSET_EVENTS)).toEqual([
      {
        asset: 'drift',
        at: '2026-11-26T04:00:00.000Z',
        extra: null,
        pipeline: 'check',
        run_id: source,
        task: 'a',
      },
    ]);
    const log = await db
      .table(db.knex, 'events')
      .where({ type: 'asset' })
      .select('body');
    expect(log.map(({ body }) => JSON.parse(body))).toEqual([
      { asset: 'drift', task: 'a' },
    ]);
    await new Promise(resolve => setTimeout(resolve, 100));
    expect(await runs('train')).toHaveLength(1);
    expect(await db.knex('timers').where({ kind: 'asset' })).toEqual([]);
  });

  it.each([
    ['failed', { result: 'failed', failure: 'exit_code', exitCode: 1 }],
    ['skipped', { result: 'skipped', exitCode: 99 }],
  ])('a task that %s has no event, nor has one by hand', async (_, outcome) => {
    const test = await start();
    test.executor.script = () => outcome as never;
    await test.register('check', producer('drift'));
    const runId = await test.trigger('check');
    await test.finished(runId);
    await test.engine.commands.markTasks(
      runId,
      { taskIds: ['a'], state: 'success', dryRun: false },
      'user:default/test',
    );
    await test.finished(runId);
    expect(await db.table(db.knex, 'asset_events')).toEqual([]);
  });

  it('an attempt gives one event, and one that runs again another', async () => {
    const test = await start();
    await test.register('check', producer('drift'));
    const runId = await test.trigger('check');
    await test.finished(runId);
    // Its end is seen again, by the listing and by a late observation.
    const [{ attemptId }] = test.executor.launched;
    test.executor.end(attemptId, { result: 'success', exitCode: 0 });
    await test.engine.idle();
    expect(await db.table(db.knex, 'asset_events')).toHaveLength(1);
    await test.engine.commands.clearTasks(
      runId,
      { downstream: false, upstream: false, onlyFailed: false, dryRun: false },
      'user:default/test',
    );
    await eventually(
      async () => (await db.table(db.knex, 'asset_events')).length === 2,
    );
  });

  it('a crash between the event and the run loses nothing', async () => {
    const test = await start();
    await test.register('check', producer('drift'));
    await test.register('train', consumer({ any: ['drift'] }));
    // Committed with its timer; the process ends before it fires.
    await test.stop();
    engines.splice(0);
    await commands(test).emit({ asset: 'drift', actor: 'user:default/test' });
    expect(await outcomes()).toEqual([]);
    expect(await db.knex('timers').where({ kind: 'asset' })).toHaveLength(1);
    await start();
    await decided(1);
    expect(await runs('train')).toHaveLength(1);
  });

  it('is told again when the database gave it up for somebody else', async () => {
    const test = await start();
    await test.register('train', consumer({ any: ['drift'] }));
    const told = new AssetCommands({
      db: givenUpOnce(db),
      isKnown: async () => true,
      onEvent: () => test.engine.pokeTimers(),
    });
    const actor = 'user:default/test';
    expect(await told.emit({ asset: 'drift', actor })).toMatchObject({
      created: true,
    });
    await decided(1);
    expect(await runs('train')).toHaveLength(1);
  });

  it('two schedulers make one run of an event', async () => {
    const other =
      name === 'postgres' ? await databases.reopen({ clock: () => now }) : db;
    const [one, two] = [await start(), await start(true, other)];
    await one.register('train', consumer({ any: ['drift'] }));
    for (let i = 0; i < 10; i++) {
      await commands(i % 2 ? one : two).emit({ asset: 'drift', actor: 'x' });
    }
    await decided(10);
    await eventually(async () => (await runs('train')).length === 10);
    const keys = (await runs('train')).map(run => run.run_key);
    expect(new Set(keys).size).toBe(10);
  });

  it('`all` waits for each of them, and the run carries what waited', async () => {
    const test = await start();
    await test.register('train', consumer({ all: ['a', 'b', 'c'] }));
    const emit = async (asset: string, n: number) => {
      await commands(test).emit({ asset, extra: { n }, actor: 'x' });
      await decided(n);
      now += 1_000;
    };
    await emit('a', 1);
    await emit('a', 2);
    await emit('c', 3);
    expect(await outcomes()).toEqual([
      'a waiting: waits for b, c',
      'a waiting: waits for b, c',
      'c waiting: waits for b',
    ]);
    await emit('b', 4);
    expect(await outcomes()).toEqual(['a run', 'a run', 'c run', 'b run']);
    const [run] = await runs('train');
    expect(Number(run.data_interval_start)).toBe(at('2026-11-26T04:00:00Z'));
    expect(Number(run.data_interval_end)).toBe(at('2026-11-26T04:00:03Z'));
    const seen = await db
      .table(db.knex, 'run_asset_events')
      .where({ run_id: run.id })
      .orderBy('event_id');
    expect(seen.map(row => JSON.parse(row.body).extra.n)).toEqual([1, 2, 3, 4]);
    // The next round begins anew.
    await emit('b', 5);
    expect((await outcomes())[4]).toBe('b waiting: waits for a, c');
    expect(await runs('train')).toHaveLength(1);
  });

  it('a condition in another one counts as a whole, and what waited goes with the run', async () => {
    const test = await start();
    await test.register('train', consumer({ any: ['a', { all: ['b', 'c'] }] }));
    const emit = async (asset: string, n: number) => {
      await commands(test).emit({ asset, actor: 'x' });
      await decided(n);
      now += 1_000;
    };
    await emit('b', 1);
    expect(await outcomes()).toEqual(['b waiting: waits for a, c']);
    expect(await runs('train')).toEqual([]);
    await emit('a', 2);
    expect(await outcomes()).toEqual(['b run', 'a run']);
    await emit('c', 3);
    expect(await runs('train')).toHaveLength(1);
    await emit('b', 4);
    expect(await outcomes()).toEqual(['b run', 'a run', 'c run', 'b run']);
    expect(await runs('train')).toHaveLength(2);
  });

  it('reads no more of what waits than a run shows, however much it is', async () => {
    const test = await start();
    await test.register('train', consumer({ all: ['a', 'b'] }));
    await waitingOfA(300);
    if (db.dialect === 'postgres') {
      await db.knex.raw("select setval('asset_events_id_seq', 300)");
    }
    const most: number[] = [];
    db.knex.on('query-response', (rows: unknown) => {
      const list = Array.isArray(rows) ? rows : (rows as { rows?: [] })?.rows;
      most.push(list?.length ?? 0);
    });
    await commands(test).emit({ asset: 'b', actor: 'x' });
    await eventually(async () => (await runs('train')).length === 1);
    expect(Math.max(...most)).toBeLessThanOrEqual(51);
    const [{ id, data_interval_start: begin }] = await runs('train');
    expect(Number(begin)).toBe(now - 300_000);
    expect(
      await db.table(db.knex, 'run_asset_events').where({ run_id: id }),
    ).toHaveLength(50);
    expect(
      await db.table(db.knex, 'asset_outcomes').where({ run_id: id }),
    ).toHaveLength(301);
  });

  it('what waited for an asset that is not awaited any more is let go', async () => {
    const test = await start();
    await test.register('train', consumer({ all: ['a', 'b'] }));
    await commands(test).emit({ asset: 'a', actor: 'x' });
    await decided(1);
    await test.register('train', consumer({ all: ['b', 'c'] }));
    expect(await outcomes()).toEqual(['a skipped: not_awaited']);
    await test.register('train', { tasks: [task()] });
    expect(await db.table(db.knex, 'asset_consumers')).toEqual([]);
  });

  it('lets go what waited with few statements, however much it is', async () => {
    const test = await start(false);
    await test.register('train', consumer({ all: ['a', 'b'] }));
    await waitingOfA(450);
    const changes: string[] = [];
    db.knex.on('query', ({ sql }) => {
      if (/^update \W?asset_outcomes/.test(sql)) changes.push(sql);
    });
    await test.register('train', consumer({ all: ['b', 'c'] }));
    expect(changes).toHaveLength(2);
    expect(await outcomes()).toEqual(Array(450).fill('a skipped: not_awaited'));
  });

  it('a cool-down lets one event of a day through, and says until when', async () => {
    const test = await start();
    await test.register(
      'train',
      consumer({ any: ['drift'] }, { cooldown: 'P1D' }),
    );
    const emit = async (n: number) => {
      await commands(test).emit({ asset: 'drift', actor: 'x' });
      await decided(n);
    };
    await emit(1);
    now += 6 * HOUR;
    await emit(2);
    now += 18 * HOUR - 1;
    await emit(3);
    now += 1;
    await emit(4);
    expect(await outcomes()).toEqual([
      'drift run',
      'drift skipped: cooldown until 2026-11-27T04:00:00.000Z',
      'drift skipped: cooldown until 2026-11-27T04:00:00.000Z',
      'drift run',
    ]);
    expect(await runs('train')).toHaveLength(2);
  });

  it('a run that was due starts the cool-down, and is due in it all the same', async () => {
    const test = await start();
    now = at('2026-11-26T03:59:59Z');
    await test.register('train', {
      ...consumer({ any: ['drift'] }, { cron: '0 4 * * *', cooldown: 'P2D' }),
    });
    now = at('2026-11-26T04:00:00Z');
    await eventually(async () => (await runs('train')).length === 1);
    await commands(test).emit({ asset: 'drift', actor: 'x' });
    await decided(1);
    expect(await outcomes()).toEqual([
      'drift skipped: cooldown until 2026-11-28T04:00:00.000Z',
    ]);
    now += DAY;
    await eventually(async () => (await runs('train')).length === 2);
    expect((await runs('train')).map(run => run.trigger)).toEqual([
      'scheduled',
      'scheduled',
    ]);
  });

  it('a paused or removed pipeline takes no notice, and says so', async () => {
    const test = await start();
    await test.register('train', consumer({ any: ['drift'] }));
    await test.engine.commands.setPaused('train', true, 'x');
    await commands(test).emit({ asset: 'drift', actor: 'x' });
    await decided(1);
    await db.knex('pipelines').update({ removed_at: now });
    await commands(test).emit({ asset: 'drift', actor: 'x' });
    await decided(2);
    expect(await outcomes()).toEqual([
      'drift skipped: paused',
      'drift skipped: removed',
    ]);
    expect(await runs('train')).toEqual([]);
  });

  it('a condition sees the events, and overlap skips', async () => {
    const test = await start();
    test.executor.script = () => 'hang';
    await test.register('train', {
      ...consumer(
        { any: ['drift'] },
        { when: 'run.asset_events[0].extra.columns > 2.0' },
      ),
      overlap: 'skip',
    });
    const emit = async (extra: unknown, n: number) => {
      await commands(test).emit({ asset: 'drift', extra, actor: 'x' });
      await decided(n);
    };
    await emit({ columns: 1 }, 1);
    await emit('no map', 2);
    await emit({ columns: 3 }, 3);
    await emit({ columns: 4 }, 4);
    const [refused, failed, ...rest] = await outcomes();
    expect(refused).toBe('drift skipped: when');
    expect(failed).toMatch(/^drift skipped: when: /);
    expect(rest).toEqual(['drift run', 'drift skipped: overlap']);
  });

  it('a newer event makes room for its run, where the pipeline says so', async () => {
    const test = await start();
    test.executor.script = () => 'hang';
    await test.register('train', {
      ...consumer({ any: ['drift'] }),
      overlap: 'cancel_older',
    });
    await commands(test).emit({ asset: 'drift', actor: 'x' });
    await eventually(async () => (await runs('train')).length === 1);
    now += 1_000;
    await commands(test).emit({ asset: 'drift', actor: 'x' });
    await eventually(async () => {
      const [older, newer] = await runs('train');
      return older.state === 'failed' && newer?.state === 'running';
    });
    expect((await runs('train'))[0].cancel_requested_by).toBe(
      'maestro:overlap',
    );
  });

  it('each instance of a mapped task gives its own event', async () => {
    const test = await start();
    await test.register('check', {
      tasks: [
        task({
          map: { over: '[1, 2, 3]' },
          produces: ['part'],
        }),
      ],
    });
    await test.finished(await test.trigger('check'));
    const events = await db.table(db.knex, 'asset_events').orderBy('id');
    expect(events.map(row => row.map_index).sort()).toEqual([0, 1, 2]);
  });

  it('a task can use the events of its run, and other runs have none', async () => {
    const test = await start();
    await test.register('train', {
      schedule: { assets: { any: ['drift'] } },
      tasks: [
        task({
          run: {
            command: [
              'echo',
              '${{ size(run.asset_events) > 0 ? run.asset_events[0].extra.why : "nothing" }}',
            ],
          },
        }),
      ],
    });
    await test.finished(await test.trigger('train'));
    await commands(test).emit({
      asset: 'drift',
      extra: { why: 'humidity' },
      actor: 'x',
    });
    await eventually(async () => (await runs('train')).length === 2);
    const { run_id: runId } = (await runs('train'))[1];
    await test.finished(runId);
    expect((await test.instances(runId)).a).toMatchObject({
      state: 'success',
      reason: null,
    });
    expect(test.executor.launched.map(({ command }) => command[1])).toEqual([
      'nothing',
      'humidity',
    ]);
  });

  it('events by hand: the same key is the same event, too much is refused', async () => {
    const test = await start();
    await test.register('train', consumer({ any: ['drift'] }));
    const emit = (more: object) =>
      commands(test).emit({ asset: 'drift', actor: 'x', ...more });
    const first = await emit({ eventKey: 'k' });
    expect(await emit({ eventKey: 'k' })).toEqual({
      id: first.id,
      created: false,
    });
    await expect(emit({ extra: 'x'.repeat(3_000) })).rejects.toThrow(
      /at most 2048/,
    );
    await expect(emit({ asset: '@alias' })).rejects.toThrow(
      '"@alias" is an alias',
    );
    await expect(emit({ asset: 'unknown' })).rejects.toThrow(
      'No pipeline produces or awaits the asset "unknown"',
    );
    await decided(1);
    expect(await runs('train')).toHaveLength(1);
  });

  it('events by hand: the key of one asset is no key of another', async () => {
    const test = await start();
    const emit = (asset: string, eventKey: string) =>
      commands(test).emit({ asset, eventKey, actor: 'x' });
    const one = await emit('s3://a', 'b:c');
    const two = await emit('s3://a:b', 'c');
    expect([one.created, two.created]).toEqual([true, true]);
    expect(two.id).not.toBe(one.id);
  });

  it('a run that is deleted leaves its events and outcomes, without it', async () => {
    const test = await start();
    await test.register('check', producer('drift'));
    await test.register('train', consumer({ any: ['drift'] }));
    await produce(test, 'check', 1);
    const [source] = await runs('check');
    const [started] = await runs('train');
    await test.finished(started.run_id);
    await db.knex('attempts').update({ log_state: 'none' });
    const removed = await db.transaction(tx =>
      removeRuns(db, tx, [Number(source.id), Number(started.id)]),
    );
    expect(removed).toBe(2);
    expect(await db.table(db.knex, 'run_asset_events')).toEqual([]);
    expect(await outcomes()).toEqual(['drift run']);
    expect(await db.table(db.knex, 'asset_events').first()).toMatchObject({
      asset: 'drift',
      run_id: null,
    });
  });
});
