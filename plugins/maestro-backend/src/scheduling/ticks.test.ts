import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { eventually } from '../__testUtils__/eventually';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { eachDatabase } from '../database/testing';
import { type TestEngine, createTestEngine } from '../engine/testing';
import { decideTicks } from './ticks';

const logger = mockLogger();
const at = (iso: string) => Date.parse(iso);

describe('what becomes of the due times that were reached', () => {
  const due = [1, 2, 3];
  it.each`
    paused   | catchup  | newest   | outcomes
    ${false} | ${true}  | ${true}  | ${['run', 'run', 'run']}
    ${false} | ${false} | ${true}  | ${['catchup_off', 'catchup_off', 'run']}
    ${false} | ${false} | ${false} | ${['catchup_off', 'catchup_off', 'catchup_off']}
    ${true}  | ${true}  | ${true}  | ${['paused', 'paused', 'paused']}
    ${true}  | ${false} | ${true}  | ${['paused', 'paused', 'paused']}
  `(
    'paused $paused, catchup $catchup, newest among them $newest: $outcomes',
    ({ paused, catchup, newest, outcomes }) => {
      expect(
        decideTicks(due, { paused, catchup, isNewestIncluded: newest }).map(d =>
          d.outcome === 'run' ? 'run' : d.reason,
        ),
      ).toEqual(outcomes);
    },
  );
});

eachDatabase((_name, databases) => {
  const engines: TestEngine[] = [];
  let db: MaestroDatabase;
  let now: number;

  const start = async (database = db, begin = true) => {
    const test = await createTestEngine(database, {
      logger,
      start: begin,
      settings: { pollMs: 20, reconcileMs: 200 },
    });
    engines.push(test);
    return test;
  };
  const ticks = async () =>
    (await db.table(db.knex, 'ticks').orderBy('due_at')).map(tick => [
      new Date(Number(tick.due_at)).toISOString(),
      tick.outcome,
      tick.reason,
    ]);
  const runKeys = async () =>
    (await db.table(db.knex, 'runs').orderBy('id')).map(row => row.run_key);
  const tickCount = (n: number) =>
    eventually(async () => (await ticks()).length >= n);

  beforeEach(async () => {
    now = at('2026-11-22T03:59:00Z');
    db = await databases.open({ clock: () => now });
  });
  afterEach(async () => {
    for (const test of engines.splice(0)) await test.stop();
  });

  const daily = (more = {}) => ({
    schedule: { cron: '0 4 * * *', ...more },
    tasks: [{ id: 'a', run: { command: ['true'] } }],
  });

  it('runs at the due time, with logical date and data interval', async () => {
    const test = await start();
    await test.register('daily', daily());
    expect(await ticks()).toEqual([]);
    now = at('2026-11-22T04:00:00.005Z');
    await tickCount(1);
    await eventually(async () => (await runKeys()).length === 1);
    const row = await db.table(db.knex, 'runs').first();
    expect(row!.run_key).toBe('scheduled__2026-11-22T04:00:00.000Z');
    expect(Number(row!.logical_date)).toBe(at('2026-11-22T04:00:00Z'));
    expect(Number(row!.data_interval_start)).toBe(at('2026-11-21T04:00:00Z'));
    expect(Number(row!.data_interval_end)).toBe(at('2026-11-22T04:00:00Z'));
    await test.finished(row!.run_id);
  });

  it('starts one run after a week away, and says what it skipped', async () => {
    const before = await start();
    await before.register('daily', daily());
    engines.splice(0);
    await before.stop();
    now = at('2026-11-25T12:00:00Z');
    await start();
    await tickCount(4);
    expect(await ticks()).toEqual([
      ['2026-11-22T04:00:00.000Z', 'skipped', 'catchup_off'],
      ['2026-11-23T04:00:00.000Z', 'skipped', 'catchup_off'],
      ['2026-11-24T04:00:00.000Z', 'skipped', 'catchup_off'],
      ['2026-11-25T04:00:00.000Z', 'run', null],
    ]);
    expect(await runKeys()).toEqual(['scheduled__2026-11-25T04:00:00.000Z']);
  });

  it('keeps a first due time that was reached while nobody looked', async () => {
    const before = await start();
    await before.register('daily', daily());
    engines.splice(0);
    await before.stop();
    now = at('2026-11-22T04:05:00Z');
    const test = await start(db, false);
    // A new version is read before the timers are looked at.
    await test.register('daily', { ...daily(), sla: 'PT1H' });
    await test.engine.start();
    await tickCount(1);
    expect(await ticks()).toEqual([['2026-11-22T04:00:00.000Z', 'run', null]]);
  });

  it('fires what is due behind many timers that fail', async () => {
    const test = await start();
    await db.knex.batchInsert(
      'timers',
      Array.from({ length: 250 }, (_, i) => ({
        kind: 'nothing',
        ref: String(i),
        due_at: now - 1000,
      })),
      100,
    );
    await test.register('daily', daily());
    now = at('2026-11-22T04:00:00.005Z');
    await tickCount(1);
    expect(await ticks()).toEqual([['2026-11-22T04:00:00.000Z', 'run', null]]);
  });

  it('with catchup runs every due time since the start date', async () => {
    const test = await start();
    await test.register(
      'daily',
      daily({ catchup: true, startDate: '2026-11-19T00:00:00Z' }),
    );
    test.engine.pokeTimers();
    await tickCount(3);
    expect(await runKeys()).toEqual([
      'scheduled__2026-11-19T04:00:00.000Z',
      'scheduled__2026-11-20T04:00:00.000Z',
      'scheduled__2026-11-21T04:00:00.000Z',
    ]);
  });

  it('decides more missed due times than fit in one transaction, each once', async () => {
    const before = await start();
    await before.register('minutely', {
      ...daily(),
      schedule: { cron: '* * * * *' },
    });
    engines.splice(0);
    await before.stop();
    now += 450 * 60_000;
    await start();
    await tickCount(450);
    const all = await ticks();
    expect(all).toHaveLength(450);
    expect(all.filter(([, outcome]) => outcome === 'run')).toHaveLength(1);
  });

  it('while paused creates no run, and records why', async () => {
    const test = await start();
    await test.register('daily', daily());
    await test.engine.commands.setPaused('daily', true, 'user:default/me');
    now = at('2026-11-22T04:00:01Z');
    await tickCount(1);
    expect(await ticks()).toEqual([
      ['2026-11-22T04:00:00.000Z', 'skipped', 'paused'],
    ]);
    await test.engine.commands.setPaused('daily', false, 'user:default/me');
    now = at('2026-11-23T04:00:01Z');
    await tickCount(2);
    expect(await runKeys()).toEqual(['scheduled__2026-11-23T04:00:00.000Z']);
  });

  it('takes back the timer of a schedule that was removed', async () => {
    const test = await start();
    await test.register('daily', daily());
    await test.register('daily', { tasks: daily().tasks });
    expect(await db.table(db.knex, 'timers')).toEqual([]);
  });

  it('two schedulers on one database give every due time one outcome', async () => {
    const first = await start();
    await first.register('minutely', {
      ...daily(),
      schedule: { cron: '* * * * *', catchup: true },
    });
    const second = await start(
      db.dialect === 'postgres'
        ? await databases.reopen({ clock: () => now })
        : db,
    );
    for (let i = 0; i < 10; i++) {
      now += 60_000;
      first.engine.pokeTimers();
      second.engine.pokeTimers();
      await tickCount(i + 1);
    }
    expect(await ticks()).toHaveLength(10);
    await eventually(async () => (await runKeys()).length === 10);
    expect(new Set(await runKeys()).size).toBe(10);
  });

  it('writes the SLA verdict once, the moment it is missed, and no success erases it', async () => {
    const test = await start();
    test.executor.script = () => 'hang';
    await test.register('late', { ...daily(), sla: 'PT30M' });
    now = at('2026-11-22T04:00:01Z');
    await tickCount(1);
    await eventually(async () => test.executor.launched.length === 1);
    now = at('2026-11-22T04:30:00.001Z');
    const sla = async () =>
      (await db.table(db.knex, 'runs').first())!.sla_state;
    await eventually(async () => (await sla()) === 'missed');
    test.executor.end(test.executor.launched[0].attemptId, {
      result: 'success',
      exitCode: 0,
    });
    const { run_id: runId } = (await db.table(db.knex, 'runs').first())!;
    expect(await test.finished(runId)).toMatchObject({
      state: 'success',
      sla_state: 'missed',
    });
  });

  it('writes that a deadline was met when the run ends in time', async () => {
    const test = await start();
    await test.register('punctual', { ...daily(), sla: 'PT30M' });
    now = at('2026-11-22T04:00:01Z');
    await tickCount(1);
    await eventually(async () => (await runKeys()).length === 1);
    const { run_id: runId } = (await db.table(db.knex, 'runs').first())!;
    expect(await test.finished(runId)).toMatchObject({ sla_state: 'met' });
    await eventually(
      async () =>
        (await db.table(db.knex, 'timers').where({ kind: 'sla' })).length === 0,
    );
  });
});
