import { eventually } from '../__testUtils__/eventually';
import { num } from '../database/conversion';
import { setTimer } from '../database/operations/timers/timers';
import { eachDatabase } from '../database/testing';
import {
  at,
  daily,
  dayOf,
  days,
  ME,
  SUCCESS,
  backfillsOf,
} from './__testUtils__/backfillsOf';

eachDatabase((_name, databases) => {
  const given = backfillsOf(databases);
  const { create, row, over, members, runs, hang, endOne, launched } = given;

  describe('over data intervals', () => {
    /** As a DAG of Airflow with a `CronDataIntervalTimetable` has them. */
    const withIntervals = async (interval: object, more: object = {}) => {
      await given.db.table(given.db.knex, 'pipeline_versions').update({
        definition: given.db.knex.raw('replace(definition, ?, ?)', [
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
      await given.test.register(
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

    describe('where another version runs it than the one that was asked', () => {
      const FORMAT = '%Y-%m-%d';
      /** The version of now, as if its DAG said so. */
      const becomes = async (schedule: object) => {
        const version = (await given.db
          .table(given.db.knex, 'pipeline_versions')
          .orderBy('id', 'desc')
          .first())!;
        const definition = JSON.parse(version.definition);
        definition.partitioned = true;
        Object.assign(definition.schedules[0], schedule);
        await given.db
          .table(given.db.knex, 'pipeline_versions')
          .where({ id: version.id })
          .update({ definition: JSON.stringify(definition) });
        // It is read anew.
        const { executor } = given.test;
        await given.stop();
        await given.start(executor);
        hang();
      };
      /** A new version between the first run and the others. */
      const goesOn = async (id: string, schedule?: object) => {
        await launched(1);
        await given.test.register('daily', daily({}, { maxActiveRuns: 3 }));
        if (schedule) await becomes(schedule);
        given.test.executor.script = () => SUCCESS;
        endOne(0);
        await over(id);
      };
      const keys = async () => (await runs()).map(run => run.partition_key);

      it('leaves out what is not about partitions any more', async () => {
        await becomes({ partition: { offset: 0, format: FORMAT } });
        const id = await create(days(10, 12, { maxActive: 1 }));
        await goesOn(id);
        expect(await keys()).toEqual(['2026-11-10']);
        expect(
          await given.db
            .table(given.db.knex, 'backfill_members')
            .where({ outcome: 'skipped' })
            .pluck('reason'),
        ).toEqual(
          Array(2).fill(
            'its runs are about no partitions since a newer version',
          ),
        );
      });

      it('runs the partitions that were asked for, written as it writes them', async () => {
        await becomes({ partition: { offset: -1, format: FORMAT } });
        const id = await create(days(10, 12, { maxActive: 1 }));
        await goesOn(id, { partition: { offset: 0, format: '%Y%m%d' } });
        expect(await keys()).toEqual(['2026-11-10', '20261111', '20261112']);
      });
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
        await given.test.register('daily', daily({ cron: '0 * * * *' }));
        await withIntervals({ span: { months: 1 } });
      });
      const dueOf = async (id: number) =>
        (
          await given.db
            .table(given.db.knex, 'backfill_members')
            .where({ backfill_id: id })
            .orderBy('due_at')
        ).map(member => num(member.due_at));

      it('previews and runs exactly those whose interval begins in the range', async () => {
        const preview = await given.test.engine.backfills.preview(lastHour);
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
        await given.stop();
        const pipeline = (await given.db
          .table(given.db.knex, 'pipelines')
          .where({ name: 'daily' })
          .first())!;
        const [{ id }] = await given.db
          .table(given.db.knex, 'backfills')
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
            created_at: given.now,
            created_by: ME,
          } as never)
          .returning('id');
        await given.db.transaction(tx =>
          setTimer(given.db, tx, {
            kind: 'backfill',
            ref: String(num(id)),
            dueAt: given.now,
          }),
        );
        await given.start();
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
});
