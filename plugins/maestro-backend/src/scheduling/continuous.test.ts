import { CONTINUOUS_LOOK_MS } from '@maestro/plugin-maestro-common';
import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { num, optionalNum } from '../database/conversion';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { setTimer, takeTimer } from '../database/operations/timers/timers';
import { eachDatabase } from '../database/testing';
import {
  createTestEngine,
  ScriptedExecutor,
  type TestEngine,
} from '../engine/testing';
import { readShownDefinition } from '../pipelines/storedDefinition';
import { decideContinuous } from './continuous';

const logger = mockLogger();
const START = Date.parse('2026-11-22T04:00:00Z');
const SECOND = 1000;

eachDatabase((dialect, databases) => {
  let test: TestEngine;
  let db: MaestroDatabase;
  let now: number;

  const engine = () =>
    createTestEngine(db, {
      logger,
      executor: new ScriptedExecutor(() => 'hang'),
      settings: { pollMs: 20, reconcileMs: 20 },
    });

  beforeEach(async () => {
    now = START;
    db = await databases.open({ clock: () => now });
    test = await engine();
  });
  afterEach(() => test.stop());

  const follows = (schedule: object = {}, more: object = {}) => ({
    schedule: { continuous: true, ...schedule },
    tasks: [{ id: 'a', run: { command: ['true'] } }],
    ...more,
  });
  const eventually = async (isSo: () => Promise<boolean>) => {
    const end = Date.now() + 60_000;
    while (!(await isSo())) {
      if (Date.now() > end) throw new Error('It did not come to that');
      await new Promise(resolve => setTimeout(resolve, 10));
    }
  };
  /** Milliseconds from the start: due time, begin and end of its interval. */
  const runs = async () =>
    (await db.knex('runs').orderBy('id')).map(run => ({
      state: run.state as string,
      trigger: run.trigger as string,
      due: num(run.run_after) - START,
      from: optionalNum(run.data_interval_start)! - START,
      to: optionalNum(run.data_interval_end)! - START,
    }));
  const running = async (count: number) =>
    eventually(async () => {
      const all = await runs();
      return all.length === count && all[count - 1].state === 'running';
    });
  const nextLook = async () => {
    const timer = await db.knex('timers').where({ kind: 'tick' }).first();
    return timer && num(timer.due_at) - START;
  };
  const endRun = async (count: number, exitCode = 0) => {
    await eventually(async () => test.executor.launched.length === count);
    const { attemptId } = test.executor.launched[count - 1];
    test.executor.end(
      attemptId,
      exitCode === 0
        ? { result: 'success', exitCode }
        : { result: 'failed', failure: 'exit_code', exitCode, message: 'x' },
    );
    const isOver = ({ state }: { state: string }) =>
      state === 'success' || state === 'failed';
    await eventually(
      async () => (await runs()).filter(isOver).length === count,
    );
  };
  /** Long enough for every loop to have looked. */
  const looked = async () => {
    test.engine.pokeTimers();
    await new Promise(resolve => setTimeout(resolve, 100));
    await test.engine.idle();
  };

  it('starts a run at once, and the next one a pause after its end', async () => {
    await test.register('p', follows({ pause: 'PT5S' }));
    await running(1);
    now += 90 * SECOND;
    await looked();
    expect(await runs()).toHaveLength(1);
    await endRun(1);
    expect(await nextLook()).toBe(95 * SECOND);
    now += 4 * SECOND;
    await looked();
    expect(await runs()).toHaveLength(1);
    now += SECOND;
    await running(2);
    expect(await runs()).toEqual([
      { state: 'success', trigger: 'scheduled', due: 0, from: 0, to: 0 },
      {
        state: 'running',
        trigger: 'scheduled',
        due: 95 * SECOND,
        from: 0,
        to: 95 * SECOND,
      },
    ]);
    const ticks = await db.knex('ticks').orderBy('due_at');
    expect(ticks.map(tick => [tick.outcome, num(tick.due_at) - START])).toEqual(
      [
        ['run', 0],
        ['run', 95 * SECOND],
      ],
    );
  });

  it('waits longer after a run that failed', async () => {
    await test.register('p', follows());
    await running(1);
    await endRun(1, 1);
    expect(await nextLook()).toBe(10 * SECOND);
    now += 9_999;
    await looked();
    expect(await runs()).toHaveLength(1);
    now += 1;
    await running(2);
  });

  it('waits for a run that somebody started', async () => {
    await test.register('p', follows());
    await running(1);
    await test.trigger('p');
    await endRun(1);
    now += SECOND;
    await running(2);
    await looked();
    expect((await runs()).map(({ trigger }) => trigger)).toEqual([
      'scheduled',
      'manual',
    ]);
    await endRun(2);
    now += SECOND;
    await running(3);
    expect((await runs())[2].trigger).toBe('scheduled');
  });

  it('goes on after a stop between the end of a run and the next one', async () => {
    await test.register('p', follows({ pause: 'PT1M' }));
    await running(1);
    await endRun(1);
    await test.stop();
    now += 3_600 * SECOND;
    test = await engine();
    await running(2);
    await looked();
    // It was due when the pause was over, whoever was there.
    expect((await runs()).map(({ due }) => due)).toEqual([0, 60 * SECOND]);
  });

  it('finds the end of a run that told it nothing', async () => {
    await test.register('p', follows());
    await running(1);
    // As a version of the pipeline without such a schedule leaves it.
    const look = await nextLook();
    expect(look).toBe(CONTINUOUS_LOOK_MS);
    await endRun(1);
    await db
      .knex('timers')
      .where({ kind: 'tick' })
      .update({ due_at: START + look });
    now += CONTINUOUS_LOOK_MS;
    await running(2);
  });

  // SQLite has one writer: there one of the two sees the other.
  if (dialect === 'postgres') {
    it('knows of the end of a run that it does not see while it looks', async () => {
      await test.register('p', follows());
      await running(1);
      const ref = { pipelineId: 1, scheduleId: 'default' };
      const pipeline = (await db.knex('pipelines').first())!;
      const { definition } = (await db.knex('pipeline_versions').first())!;
      const { schedules } = readShownDefinition(definition);
      const timer = await db.knex('timers').where({ kind: 'tick' }).first();
      now += CONTINUOUS_LOOK_MS - 1;
      let ended = Promise.resolve();
      await db.transaction(async tx => {
        const due = { id: num(timer.id), dueAt: num(timer.due_at) };
        expect(await takeTimer(db, tx, due)).toBe(true);
        ended = endRun(1);
        await eventually(async () => {
          const { rows } = await db.knex.raw(
            "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
          );
          return rows.length > 0;
        });
        const look = await decideContinuous(
          test.ctx,
          tx,
          { ref, pipeline, schedule: schedules[0] },
          { asked: due.dueAt, now: due.dueAt },
        );
        expect(look.next!.dueAt).toBe(due.dueAt + CONTINUOUS_LOOK_MS);
        await setTimer(db, tx, look.next!);
      });
      await ended;
      expect(await nextLook()).toBe(now + SECOND - START);
    });
  }

  it('starts nothing while it is paused, and goes on at once', async () => {
    await test.register('p', follows());
    await running(1);
    await test.engine.commands.setPaused('p', true, 'user:default/ann');
    await endRun(1);
    now += 600 * SECOND;
    await looked();
    expect(await runs()).toHaveLength(1);
    await test.engine.commands.setPaused('p', false, 'user:default/ann');
    await running(2);
    expect((await runs())[1]).toMatchObject({
      due: 600 * SECOND,
      from: 0,
      to: 600 * SECOND,
    });
  });

  it('keeps its start and end date', async () => {
    await test.register(
      'p',
      follows({
        startDate: new Date(START + 60 * SECOND).toISOString(),
        endDate: new Date(START + 65 * SECOND).toISOString(),
      }),
    );
    now += 59 * SECOND;
    await looked();
    expect(await runs()).toEqual([]);
    now += SECOND;
    await running(1);
    now += SECOND;
    await endRun(1);
    now += SECOND;
    await running(2);
    expect((await runs()).map(({ due, from }) => [due, from])).toEqual([
      [60 * SECOND, 60 * SECOND],
      [62 * SECOND, 60 * SECOND],
    ]);
    now += 60 * SECOND;
    await endRun(2);
    now += 60 * SECOND;
    await eventually(async () => (await nextLook()) === undefined);
    await looked();
    expect(await runs()).toHaveLength(2);
  });

  it('keeps its place when a new version comes while a run goes on', async () => {
    await test.register('p', follows());
    await running(1);
    await test.register('p', follows({ pause: 'PT30S' }));
    await looked();
    expect(await runs()).toHaveLength(1);
    await endRun(1);
    now += 29 * SECOND;
    await looked();
    expect(await runs()).toHaveLength(1);
    now += SECOND;
    await running(2);
  });

  it('stops when the schedule is taken out', async () => {
    await test.register('p', follows());
    await running(1);
    await test.register('p', follows({}, { schedule: undefined }));
    await endRun(1);
    now += 600 * SECOND;
    await eventually(async () => (await nextLook()) === undefined);
    await looked();
    expect(await runs()).toHaveLength(1);
  });

  it('leaves the due times of the schedule that came after it alone', async () => {
    await test.register('p', follows({ pause: 'PT10M' }));
    await running(1);
    await test.register(
      'p',
      follows({}, { schedule: { cron: '*/5 * * * *', timezone: 'UTC' } }),
    );
    const first = await nextLook();
    expect(first).toBe(300 * SECOND);
    now += 299 * SECOND;
    await endRun(1);
    expect(await nextLook()).toBe(first);
    now += SECOND;
    await running(2);
    expect((await runs())[1].due).toBe(300 * SECOND);
  });

  it('follows a shorter pause of a version that came while a run went on', async () => {
    await test.register('p', follows({ pause: 'PT6H' }));
    await running(1);
    await test.register('p', follows({ pause: 'PT1S' }));
    await endRun(1);
    now += CONTINUOUS_LOOK_MS;
    await running(2);
    expect((await runs())[1].due).toBeLessThanOrEqual(CONTINUOUS_LOOK_MS);
  });

  it('is not begun by a run of a pipeline that has no timer', async () => {
    await test.register('p', follows());
    await running(1);
    // As where a pipeline is only tried.
    await db.knex('timers').where({ kind: 'tick' }).delete();
    await endRun(1);
    expect(await nextLook()).toBeUndefined();
  });

  it('is no schedule of which a range could be backfilled', async () => {
    await test.register('p', follows());
    await expect(
      test.engine.backfills.preview({
        pipeline: 'p',
        from: START - 1,
        to: START,
        only: 'all',
        order: 'oldest-first',
        maxActive: 1,
      } as never),
    ).rejects.toThrow(
      'Schedule "default" of "p" is continuous, so it has no due times',
    );
  });
});
