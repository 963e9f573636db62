import { eventually } from '../__testUtils__/eventually';
import { num } from '../database/conversion';
import { eachDatabase } from '../database/testing';
import { ScriptedExecutor } from '../engine/testing';
import {
  at,
  daily,
  dayOf,
  days,
  FAILED,
  ME,
  SUCCESS,
  backfillsOf,
} from './__testUtils__/backfillsOf';

eachDatabase((dialect, databases) => {
  const given = backfillsOf(databases);
  const { create, row, over, members, runs, hang, endOne, launched } = given;

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
      await given.db.table(given.db.knex, 'timers').where({ kind: 'backfill' }),
    ).toEqual([]);
  });

  it('follows the calendar of the schedule, not its condition and not its overlap', async () => {
    await given.test.register(
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
      await given.test.register(
        'daily',
        daily({}, { maxActiveRuns: 1, overlap: 'skip' }),
      );
      hang();
      await create(days(10, 14));
      await launched(2);
      given.now = at('2026-11-23T04:00:01Z');
      given.test.engine.pokeTimers();
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
      await given.test.trigger('daily');
      endOne(1);
      await launched(5);
    });
  });

  describe('which due times', () => {
    beforeEach(async () => {
      // 10: success, 11: failed, 12: nothing, 13: deleted, 14: running.
      const outcomes = [SUCCESS, FAILED, SUCCESS, 'hang'] as const;
      given.test.executor.script = () =>
        outcomes[given.test.executor.launched.length - 1] ?? SUCCESS;
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
      await eventually(async () => given.test.executor.launched.length === 4);
      const gone = (await runs()).find(run => dayOf(run) === 13)!;
      await given.db
        .table(given.db.knex, 'runs')
        .where({ id: gone.id })
        .delete();
    });

    it.each`
      only                   | plan
      ${'missing'}           | ${['succeeded', 'failed', 'runs', 'deleted', 'in_flight']}
      ${'failed'}            | ${['succeeded', 'runs', 'never_ran', 'deleted', 'in_flight']}
      ${'missing-or-failed'} | ${['succeeded', 'runs', 'runs', 'deleted', 'in_flight']}
      ${'all'}               | ${['runs', 'runs', 'runs', 'runs', 'in_flight']}
    `('$only: $plan', async ({ only, plan }) => {
      const request = days(10, 14, { only });
      const preview = await given.test.engine.backfills.preview(request);
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
    given.now = at('2026-11-23T04:00:01Z');
    given.test.engine.pokeTimers();
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
    const other = await given.startOn(
      dialect === 'postgres'
        ? await databases.reopen({ clock: () => given.now })
        : given.db,
      given.test.executor,
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
      for (const { attemptId } of given.test.executor.launched) {
        if (given.test.executor.objects.get(attemptId)?.phase === 'running') {
          given.test.executor.end(attemptId, SUCCESS);
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
    given.test.executor.script = () => SUCCESS;
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
    await given.test.engine.commands.clearTasks(
      first.run_id,
      { downstream: true, upstream: false, onlyFailed: false, dryRun: false },
      ME,
    );
    await given.test.engine.idle();
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
      await given.test.engine.backfills.pause(id, ME);
      endOne(0);
      await eventually(async () => (await runs())[0].state === 'success');
      await given.test.engine.idle();
      expect(given.test.executor.launched).toHaveLength(2);
      given.test.executor.script = () => SUCCESS;
      await given.test.engine.backfills.unpause(id, ME);
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
      await given.test.engine.backfills.cancel(id, ME);
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
      await given.test.engine.backfills.cancel(id, ME);
      await expect(given.test.engine.backfills.unpause(id, ME)).rejects.toThrow(
        'is cancelled; you cannot unpause it any more',
      );
    });

    it('ends when its pipeline is removed, and says so', async () => {
      hang();
      const id = await create(days(10, 14));
      await launched(2);
      await given.db
        .table(given.db.knex, 'pipelines')
        .where({ name: 'daily' })
        .update({ removed_at: given.now });
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
      await given.test.register('minutely', daily({ cron: '* * * * *' }));
      hang();
      const id = await create({
        ...days(22, 22, { maxActive: 3 }),
        pipeline: 'minutely',
        from: at('2026-11-22T11:25:00Z'),
      });
      // Whichever page was the last one.
      await eventually(async () => (await members(id)).length >= 10);
      await given.stop();
      const executor = new ScriptedExecutor(() => SUCCESS);
      given.test.executor.objects.forEach((object, key) =>
        executor.objects.set(key, object),
      );
      await given.start(executor);
      await eventually(async () => (await members(id)).length === 36);
      // What hung when the process died ends now.
      await eventually(async () => {
        executor.objects.forEach(({ phase, attemptId }) => {
          if (phase === 'running') executor.end(attemptId, SUCCESS);
        });
        return (await row(id)).ended_at !== null;
      });
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
      expect(await given.db.table(given.db.knex, 'backfills')).toEqual([]);
    });

    it('a pipeline without a schedule, or with several and none named', async () => {
      await given.test.register('none', { tasks: daily().tasks });
      await expect(
        create({ ...days(10, 13), pipeline: 'none' }),
      ).rejects.toThrow('has no schedule, so no due times');
      await given.test.register('two', {
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
      await given.test.register('minutely', daily({ cron: '* * * * *' }));
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
    await given.test.register('daily', daily({}, params('integer')));
    hang();
    const id = await create(days(10, 12, { maxActive: 1, params: { n: 5 } }));
    await launched(1);
    expect(JSON.parse((await runs())[0].params)).toEqual({ n: 5 });
    await given.test.register('daily', daily({}, params('boolean')));
    endOne(0);
    await over(id);
    const [, second] = await members(id);
    expect(second[1]).toMatch(/^params: .*n/);
  });
});
