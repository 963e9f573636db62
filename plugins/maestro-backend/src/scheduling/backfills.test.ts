import { mockServices } from '@backstage/backend-test-utils';
import { eventually } from '../__testUtils__/eventually';
import { num } from '../database/conversion';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { setTimer } from '../database/operations/timers/timers';
import { eachDatabase } from '../database/testing';
import type { BackfillRequest } from '../engine/BackfillCommands';
import {
  createTestEngine,
  ScriptedExecutor,
  type TestEngine,
} from '../engine/testing';

const logger = mockServices.logger.mock();
const at = (iso: string) => Date.parse(iso);
const SUCCESS = { result: 'success', exitCode: 0 } as const;
const FAILED = {
  result: 'failed',
  failure: 'exit_code',
  exitCode: 1,
  message: 'no',
} as const;
const ME = 'user:default/me';

eachDatabase((dialect, databases) => {
  const NOW = at('2026-11-22T12:00:00Z');
  let now: number;
  let db: MaestroDatabase;
  let test: TestEngine;
  const engines: TestEngine[] = [];

  const daily = (schedule: object = {}, more: object = {}) => ({
    schedule: { cron: '0 4 * * *', ...schedule },
    tasks: [{ id: 'a', run: { command: ['true'] } }],
    ...more,
  });
  const start = async (
    on: MaestroDatabase = db,
    executor = new ScriptedExecutor(() => SUCCESS),
  ) => {
    const engine = await createTestEngine(on, {
      logger,
      executor,
      // So that a range takes several pages.
      settings: { pollMs: 20, reconcileMs: 50, backfillPage: 10 },
    });
    engines.push(engine);
    return engine;
  };
  beforeEach(async () => {
    now = NOW;
    db = await databases.open({ clock: () => now });
    test = await start();
    await test.register('daily', daily());
    jest.clearAllMocks();
  });
  afterEach(async () => {
    for (const engine of engines.splice(0)) await engine.stop();
  });

  const days = (
    from: number,
    to: number,
    more: Partial<BackfillRequest> = {},
  ) => ({
    pipeline: 'daily',
    from: at(`2026-11-${from}T00:00:00Z`),
    to: at(`2026-11-${to}T23:59:00Z`),
    params: {},
    maxActive: 2,
    order: 'oldest' as const,
    only: 'missing' as const,
    ...more,
  });
  const create = (request: BackfillRequest, on = test) =>
    on.engine.backfills.create(request, ME);
  const row = async (backfillId: string) =>
    (await db
      .table(db.knex, 'backfills')
      .where({ backfill_id: backfillId })
      .first())!;
  const over = (backfillId: string) =>
    eventually(async () => (await row(backfillId)).ended_at !== null);
  /** Day of the month and what became of it. */
  const members = async (backfillId: string) => {
    const { id } = await row(backfillId);
    const all = await db
      .table(db.knex, 'backfill_members')
      .where({ backfill_id: id })
      .orderBy('due_at');
    return all.map(member => [
      new Date(num(member.due_at)).getUTCDate(),
      member.reason ?? member.outcome,
    ]);
  };
  const runs = async () => db.table(db.knex, 'runs').orderBy('id');
  const dayOf = (run: { logical_date: unknown }) =>
    new Date(num(run.logical_date as number)).getUTCDate();
  const hang = () => {
    test.executor.script = () => 'hang';
  };
  const endOne = (
    no: number,
    outcome: typeof SUCCESS | typeof FAILED = SUCCESS,
  ) => test.executor.end(test.executor.launched[no].attemptId, outcome);
  const launched = (count: number) =>
    eventually(async () => test.executor.launched.length === count);

  it('runs each missing due time of the range once, as the schedule would have', async () => {
    const id = await create(days(10, 13));
    await over(id);
    expect(await row(id)).toMatchObject({ state: 'done', total: 4 });
    expect(await members(id)).toEqual([
      [10, 'run'],
      [11, 'run'],
      [12, 'run'],
      [13, 'run'],
    ]);
    const [first] = await runs();
    expect(first).toMatchObject({
      trigger: 'backfill',
      state: 'success',
      run_key: `backfill__${id}__2026-11-10T04:00:00.000Z`,
      sla_state: 'none',
      created_by: ME,
    });
    expect(num(first.logical_date!)).toBe(at('2026-11-10T04:00:00Z'));
    expect(num(first.data_interval_start!)).toBe(at('2026-11-09T04:00:00Z'));
    expect(num(first.data_interval_end!)).toBe(at('2026-11-10T04:00:00Z'));
    expect(
      await db.table(db.knex, 'timers').where({ kind: 'backfill' }),
    ).toEqual([]);
  });

  it('follows the calendar of the schedule, not its condition and not its overlap', async () => {
    await test.register(
      'daily',
      daily(
        { when: 'false', startDate: '2026-11-11' },
        { overlap: 'skip', sla: 'PT1H' },
      ),
    );
    const id = await create(days(10, 13));
    await over(id);
    expect(await members(id)).toEqual([
      [11, 'run'],
      [12, 'run'],
      [13, 'run'],
    ]);
    expect((await runs()).map(run => [run.state, run.sla_state])).toEqual(
      Array(3).fill(['success', 'none']),
    );
  });

  describe('over data intervals', () => {
    /** As a DAG of Airflow with a `CronDataIntervalTimetable` has them. */
    const withIntervals = async (interval: object, more: object = {}) => {
      await db.table(db.knex, 'pipeline_versions').update({
        definition: db.knex.raw('replace(definition, ?, ?)', [
          '"catchup":false',
          `"catchup":false,${JSON.stringify({ interval, ...more }).slice(
            1,
            -1,
          )}`,
        ]),
      });
    };
    const logicalDays = async () => (await runs()).map(dayOf);

    it.each([
      ['whole ones', {}],
      ['ones of a fixed length', { lengthMs: 24 * 3_600_000 }],
    ])(
      '%s: the range is one of logical dates, as with Airflow',
      async (_, interval) => {
        await withIntervals(interval);
        const id = await create(days(10, 13));
        await over(id);
        expect(await row(id)).toMatchObject({ state: 'done', total: 4 });
        expect(await logicalDays()).toEqual([10, 11, 12, 13]);
        expect(await members(id)).toEqual([
          [11, 'run'],
          [12, 'run'],
          [13, 'run'],
          [14, 'run'],
        ]);
      },
    );

    it('a due time without an interval after it begins none', async () => {
      await test.register(
        'dates',
        daily({
          cron: undefined,
          dates: ['2026-11-10T00:00:00Z', '2026-11-11T00:00:00Z'],
        }),
      );
      await withIntervals({});
      const pipeline = 'dates';
      await expect(create({ ...days(11, 13), pipeline })).rejects.toThrow(
        'has no data interval that began between 2026-11-11T00:00:00.000Z and',
      );
      await over(await create({ ...days(10, 13), pipeline }));
      expect(await logicalDays()).toEqual([10]);
    });

    it('where runs are about partitions, it is one of these', async () => {
      await withIntervals(
        { lengthMs: 0 },
        { partition: { offset: 0, format: '%Y-%m-%d' } },
      );
      await over(await create(days(10, 11)));
      expect((await runs()).map(run => run.partition_key)).toEqual([
        '2026-11-10',
        '2026-11-11',
      ]);
      const between = {
        from: at('2026-11-12T05:00:00Z'),
        to: at('2026-11-12T06:00:00Z'),
      };
      await expect(create({ ...days(12, 12), ...between })).rejects.toThrow(
        'has no partition that begins between 2026-11-12T05:00:00.000Z and 2026-11-12T06:00:00.000Z and is due',
      );
    });

    it('leaves out what is about a partition for the version that it was asked of only', async () => {
      const version = (await db
        .table(db.knex, 'pipeline_versions')
        .orderBy('id', 'desc')
        .first())!;
      const definition = JSON.parse(version.definition);
      definition.partitioned = true;
      definition.schedules[0].partition = { offset: 0, format: '%Y-%m-%d' };
      await db
        .table(db.knex, 'pipeline_versions')
        .where({ id: version.id })
        .update({ definition: JSON.stringify(definition) });
      await test.stop();
      engines.splice(0);
      test = await start();
      hang();
      const id = await create(days(10, 12, { maxActive: 1 }));
      await launched(1);
      // Plain again.
      await test.register('daily', daily({}, { maxActiveRuns: 3 }));
      endOne(0);
      await over(id);
      expect((await runs()).map(run => run.partition_key)).toEqual([
        '2026-11-10',
      ]);
      expect(
        await db
          .table(db.knex, 'backfill_members')
          .where({ outcome: 'skipped' })
          .pluck('reason'),
      ).toEqual(
        Array(2).fill('its runs are about no partitions since a newer version'),
      );
    });

    describe('of a month, where several due times a day have one end of a month', () => {
      const HOURS = 3 * 24 + 1;
      /** The last hour of February; it begins the month of four due times. */
      const lastHour = {
        ...days(1, 1),
        from: at('2026-02-28T22:30:00Z'),
        to: at('2026-02-28T23:30:00Z'),
      };
      const OF_LAST_HOUR = [28, 29, 30, 31].map(day =>
        at(`2026-03-${day}T23:00:00Z`),
      );
      beforeEach(async () => {
        await test.register('daily', daily({ cron: '0 * * * *' }));
        await withIntervals({ span: { months: 1 } });
      });
      const dueOf = async (id: number) =>
        (
          await db
            .table(db.knex, 'backfill_members')
            .where({ backfill_id: id })
            .orderBy('due_at')
        ).map(member => num(member.due_at));

      it('previews and runs exactly those whose interval begins in the range', async () => {
        const preview = await test.engine.backfills.preview(lastHour);
        expect(preview.due).toEqual(OF_LAST_HOUR.map(due => ({ at: due })));
        const id = await create(lastHour);
        await over(id);
        const backfill = await row(id);
        expect(backfill).toMatchObject({ state: 'done', total: 4 });
        expect(num(backfill.logical_from!)).toBe(lastHour.from);
        expect(num(backfill.logical_to!)).toBe(lastHour.to);
        expect(await dueOf(num(backfill.id))).toEqual(OF_LAST_HOUR);
        expect(
          (await runs()).map(run => num(run.data_interval_start!)),
        ).toEqual(Array(4).fill(at('2026-02-28T23:00:00Z')));
      });

      it('goes on with one from before that was known as it began', async () => {
        await test.stop();
        engines.splice(0);
        const pipeline = (await db
          .table(db.knex, 'pipelines')
          .where({ name: 'daily' })
          .first())!;
        const [{ id }] = await db
          .table(db.knex, 'backfills')
          .insert({
            backfill_id: 'before',
            pipeline_id: pipeline.id,
            version_id: pipeline.current_version_id!,
            schedule_id: 'default',
            range_from: OF_LAST_HOUR[0],
            range_to: OF_LAST_HOUR[3],
            only_which: 'missing',
            run_order: 'oldest',
            max_active: 20,
            params: '{}',
            state: 'running',
            total: HOURS,
            created_at: now,
            created_by: ME,
          } as never)
          .returning('id');
        await db.transaction(tx =>
          setTimer(db, tx, {
            kind: 'backfill',
            ref: String(num(id)),
            dueAt: now,
          }),
        );
        test = await start();
        await eventually(async () => (await row('before')).planned_at !== null);
        expect(await dueOf(num(id))).toHaveLength(HOURS);
      });
    });

    it('does not run what is not over yet', async () => {
      await withIntervals({});
      await over(await create(days(20, 29)));
      // That of the 22nd goes on until the 23rd.
      expect(await logicalDays()).toEqual([20, 21]);
      await expect(create(days(22, 29))).rejects.toThrow(
        'has no data interval that began between 2026-11-22T00:00:00.000Z and 2026-11-22T12:00:00.000Z and is over',
      );
    });
  });

  it('does not reach into the future', async () => {
    const id = await create(days(21, 28));
    await over(id);
    expect((await members(id)).map(([day]) => day)).toEqual([21, 22]);
    // What was asked for is known all the same.
    expect(num((await row(id)).logical_to!)).toBe(days(21, 28).to);
  });

  describe('order and limit', () => {
    it.each`
      order       | first
      ${'oldest'} | ${[10, 11]}
      ${'newest'} | ${[14, 13]}
    `(
      '$order first, never more at once than it may',
      async ({ order, first }) => {
        hang();
        await create(days(10, 14, { order }));
        await launched(2);
        expect((await runs()).map(dayOf)).toEqual(first);
        endOne(0);
        await launched(3);
        expect((await runs()).map(run => run.state)).toEqual([
          'success',
          'running',
          'running',
        ]);
      },
    );

    it('is its own: scheduled runs and a backfill do not wait for each other', async () => {
      await test.register(
        'daily',
        daily({}, { maxActiveRuns: 1, overlap: 'skip' }),
      );
      hang();
      await create(days(10, 14));
      await launched(2);
      now = at('2026-11-23T04:00:01Z');
      test.engine.pokeTimers();
      await launched(3);
      expect((await runs()).map(run => [run.trigger, run.state])).toEqual([
        ['backfill', 'running'],
        ['backfill', 'running'],
        ['scheduled', 'running'],
      ]);
      // And the other way round: the one scheduled run that may be active is.
      endOne(0);
      await launched(4);
      // A queued run of the pipeline does not keep the backfill from starting.
      await test.trigger('daily');
      endOne(1);
      await launched(5);
    });
  });

  describe('which due times', () => {
    beforeEach(async () => {
      // 10: success, 11: failed, 12: nothing, 13: deleted, 14: running.
      const outcomes = [SUCCESS, FAILED, SUCCESS, 'hang'] as const;
      test.executor.script = () =>
        outcomes[test.executor.launched.length - 1] ?? SUCCESS;
      const begun = async (day: number) => {
        const run = (await runs()).find(one => dayOf(one) === day);
        return day === 14
          ? run?.state === 'running'
          : run?.state === 'success' || run?.state === 'failed';
      };
      for (const day of [10, 11, 13, 14]) {
        await create(days(day, day));
        await eventually(() => begun(day));
      }
      await eventually(async () => test.executor.launched.length === 4);
      const gone = (await runs()).find(run => dayOf(run) === 13)!;
      await db.table(db.knex, 'runs').where({ id: gone.id }).delete();
    });

    it.each`
      only                   | plan
      ${'missing'}           | ${['succeeded', 'failed', 'runs', 'deleted', 'in_flight']}
      ${'failed'}            | ${['succeeded', 'runs', 'never_ran', 'deleted', 'in_flight']}
      ${'missing-or-failed'} | ${['succeeded', 'runs', 'runs', 'deleted', 'in_flight']}
      ${'all'}               | ${['runs', 'runs', 'runs', 'runs', 'in_flight']}
    `('$only: $plan', async ({ only, plan }) => {
      const request = days(10, 14, { only });
      const preview = await test.engine.backfills.preview(request);
      expect(preview.due.map(({ reason }) => reason ?? 'runs')).toEqual(plan);
      expect(preview.toRun).toBe(
        plan.filter((p: string) => p === 'runs').length,
      );
      // What was said is what is done.
      const id = await create(request);
      await over(id);
      expect((await members(id)).map(([, outcome]) => outcome)).toEqual(
        plan.map((p: string) => (p === 'runs' ? 'run' : p)),
      );
    });
  });

  it('counts the runs of the schedule too', async () => {
    now = at('2026-11-23T04:00:01Z');
    test.engine.pokeTimers();
    await eventually(async () => (await runs())[0]?.state === 'success');
    await expect(create(days(23, 23))).rejects.toThrow(
      'Nothing of it is to run: 1 have succeeded already',
    );
    await over(await create(days(23, 23, { only: 'all' })));
    expect((await runs()).map(run => run.trigger)).toEqual([
      'scheduled',
      'backfill',
    ]);
  });

  it('two over the same range make no two runs of a due time at once', async () => {
    hang();
    const other = await start(
      dialect === 'postgres'
        ? await databases.reopen({ clock: () => now })
        : db,
      test.executor,
    );
    const [one, two] = await Promise.all([
      create(days(10, 17, { only: 'all', maxActive: 4 })),
      create(days(10, 17, { only: 'all', maxActive: 4 }), other),
    ]);
    await eventually(async () => {
      const live = (await runs()).filter(
        run => run.state === 'queued' || run.state === 'running',
      );
      expect(new Set(live.map(dayOf)).size).toBe(live.length);
      for (const { attemptId } of test.executor.launched) {
        if (test.executor.objects.get(attemptId)?.phase === 'running') {
          test.executor.end(attemptId, SUCCESS);
        }
      }
      return (
        (await row(one)).ended_at !== null && (await row(two)).ended_at !== null
      );
    });
    for (const id of [one, two]) {
      const all = await members(id);
      expect(all).toHaveLength(8);
      expect(
        all.every(
          ([, outcome]) => outcome === 'run' || outcome === 'in_flight',
        ),
      ).toBe(true);
    }
  });

  it('does not start what succeeded since it was planned', async () => {
    hang();
    const slow = await create(days(10, 11, { maxActive: 1 }));
    await launched(1);
    test.executor.script = () => SUCCESS;
    await over(await create(days(11, 11)));
    endOne(0);
    await over(slow);
    expect(await members(slow)).toEqual([
      [10, 'run'],
      [11, 'succeeded'],
    ]);
  });

  it('a run that is cleared waits for another run of its due time', async () => {
    await over(await create(days(10, 10)));
    const [first] = await runs();
    hang();
    await create(days(10, 10, { only: 'all' }));
    await launched(2);
    await test.engine.commands.clearTasks(
      first.run_id,
      { downstream: true, upstream: false, onlyFailed: false, dryRun: false },
      ME,
    );
    await test.engine.idle();
    expect((await runs()).map(run => run.state)).toEqual(['queued', 'running']);
    endOne(1);
    await launched(3);
    expect((await runs()).map(run => run.state)).toEqual([
      'running',
      'success',
    ]);
  });

  describe('pause, unpause, cancel', () => {
    it('paused it starts nothing more; what runs goes on', async () => {
      hang();
      const id = await create(days(10, 14));
      await launched(2);
      await test.engine.backfills.pause(id, ME);
      endOne(0);
      await eventually(async () => (await runs())[0].state === 'success');
      await test.engine.idle();
      expect(test.executor.launched).toHaveLength(2);
      test.executor.script = () => SUCCESS;
      await test.engine.backfills.unpause(id, ME);
      endOne(1);
      await over(id);
      expect(await row(id)).toMatchObject({ state: 'done', changed_by: ME });
      expect((await members(id)).map(([, outcome]) => outcome)).toEqual(
        Array(5).fill('run'),
      );
    });

    it('cancelled it ends what runs, and every due time has its outcome', async () => {
      hang();
      const id = await create(days(10, 14));
      await launched(2);
      await test.engine.backfills.cancel(id, ME);
      await over(id);
      expect((await runs()).map(run => [run.state, run.state_reason])).toEqual([
        ['failed', 'cancelled'],
        ['failed', 'cancelled'],
      ]);
      expect((await members(id)).map(([, outcome]) => outcome)).toEqual([
        'run',
        'run',
        'cancelled',
        'cancelled',
        'cancelled',
      ]);
      // Twice is once; and it does not come back.
      await test.engine.backfills.cancel(id, ME);
      await expect(test.engine.backfills.unpause(id, ME)).rejects.toThrow(
        'is cancelled; you cannot unpause it any more',
      );
    });

    it('ends when its pipeline is removed, and says so', async () => {
      hang();
      const id = await create(days(10, 14));
      await launched(2);
      await db
        .table(db.knex, 'pipelines')
        .where({ name: 'daily' })
        .update({ removed_at: now });
      endOne(0);
      await over(id);
      expect(await row(id)).toMatchObject({
        state: 'cancelled',
        state_reason: 'the pipeline was removed from the catalog',
      });
    });
  });

  describe('a crash', () => {
    it('between two pages or two runs goes on with the next process', async () => {
      await test.register('minutely', daily({ cron: '* * * * *' }));
      hang();
      const id = await create({
        ...days(22, 22, { maxActive: 3 }),
        pipeline: 'minutely',
        from: at('2026-11-22T11:25:00Z'),
      });
      // Whichever page was the last one.
      await eventually(async () => (await members(id)).length >= 10);
      await test.stop();
      engines.splice(0);
      const executor = new ScriptedExecutor(() => SUCCESS);
      test.executor.objects.forEach((object, key) =>
        executor.objects.set(key, object),
      );
      test = await start(db, executor);
      await eventually(async () => (await members(id)).length === 36);
      // What hung when the process died ends now.
      await eventually(async () => {
        executor.objects.forEach(({ phase, attemptId }) => {
          if (phase === 'running') executor.end(attemptId, SUCCESS);
        });
        return (await row(id)).ended_at !== null;
      }, 50_000);
      const all = await members(id);
      expect(all).toHaveLength(36);
      expect(all.every(([, outcome]) => outcome === 'run')).toBe(true);
      expect(await runs()).toHaveLength(36);
    });
  });

  describe('refuses, and says what to do', () => {
    it.each`
      what                       | change                                  | message
      ${'an unknown pipeline'}   | ${{ pipeline: 'none' }}                 | ${'Pipeline "none" does not exist'}
      ${'an unknown schedule'}   | ${{ schedule: 'x' }}                    | ${'has no schedule "x"; it has: default'}
      ${'an empty range'}        | ${{ to: at('2026-11-10T01:00:00Z') }}   | ${'was never due between 2026-11-10T00:00:00.000Z and 2026-11-10T01:00:00.000Z'}
      ${'a range turned around'} | ${{ to: at('2026-11-01T00:00:00Z') }}   | ${'was never due between'}
      ${'only the future'}       | ${{ from: at('2027-01-01T00:00:00Z') }} | ${'was never due between'}
      ${'wrong params'}          | ${{ params: { n: 1 } }}                 | ${'The params of "daily" are wrong'}
      ${'failed ones of none'}   | ${{ only: 'failed' }}                   | ${'never ran, and only failed ones are wanted'}
    `('$what', async ({ change, message }) => {
      await expect(create(days(10, 13, change))).rejects.toThrow(message);
      expect(await db.table(db.knex, 'backfills')).toEqual([]);
    });

    it('a pipeline without a schedule, or with several and none named', async () => {
      await test.register('none', { tasks: daily().tasks });
      await expect(
        create({ ...days(10, 13), pipeline: 'none' }),
      ).rejects.toThrow('has no schedule, so no due times');
      await test.register('two', {
        ...daily(),
        schedule: [
          { id: 'a', cron: '0 4 * * *' },
          { id: 'b', cron: '0 5 * * *' },
        ],
      });
      await expect(
        create({ ...days(10, 13), pipeline: 'two' }),
      ).rejects.toThrow('several schedules; say which one: a, b');
      const id = await create({
        ...days(10, 10),
        pipeline: 'two',
        schedule: 'b',
      });
      await over(id);
      expect(num((await runs())[0].logical_date!)).toBe(
        at('2026-11-10T05:00:00Z'),
      );
    });

    it('too many due times', async () => {
      await test.register('minutely', daily({ cron: '* * * * *' }));
      await expect(
        create({
          ...days(10, 13),
          pipeline: 'minutely',
          from: at('2026-10-01T00:00:00Z'),
          to: at('2026-10-20T00:00:00Z'),
        }),
      ).rejects.toThrow('more than 20000 due times');
    });
  });

  it('leaves out, with the reason, what a newer version does not take the params of', async () => {
    const params = (type: string) => ({
      params: { type: 'object', properties: { n: { type } } },
    });
    await test.register('daily', daily({}, params('integer')));
    hang();
    const id = await create(days(10, 12, { maxActive: 1, params: { n: 5 } }));
    await launched(1);
    expect(JSON.parse((await runs())[0].params)).toEqual({ n: 5 });
    await test.register('daily', daily({}, params('boolean')));
    endOne(0);
    await over(id);
    const [, second] = await members(id);
    expect(second[1]).toMatch(/^params: .*n/);
  });
});
