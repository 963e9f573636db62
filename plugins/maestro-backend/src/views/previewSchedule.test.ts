import { jitterOf } from '@maestro/plugin-maestro-common';
import { eachDatabase } from '../database/testing';
import { definitionOf, StoreSeed } from './testing/StoreSeed';
import { previewSchedule } from './previewSchedule';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

eachDatabase((_name, databases) => {
  describe('previewSchedule', () => {
    const now = Date.UTC(2026, 2, 1, 12);
    let seed: StoreSeed;

    beforeEach(async () => {
      seed = new StoreSeed(await databases.open({ clock: () => now }));
    });

    const scheduled = (cron: string, over = {}) => ({
      schedules: [{ id: 'default', cron, timezone: 'UTC', catchup: false }],
      ...over,
    });

    it('is empty without schedules', async () => {
      await seed.pipeline(definitionOf('on_demand', ['x']));
      await expect(
        previewSchedule(seed.views(), { days: 90 }),
      ).resolves.toEqual({
        from: now,
        until: now + 90 * 24 * HOUR,
        stepMs: 24 * HOUR,
        isCut: false,
        pipelines: [],
        collisions: [],
        peaks: [],
        load: [],
        paused: [],
      });
    });

    it('counts runs, finds who meets, and leaves out who is paused or gone', async () => {
      await seed.pipeline(
        definitionOf('hourly', ['x'], scheduled('0 * * * *')),
      );
      await seed.pipeline(definitionOf('daily', ['x'], scheduled('0 4 * * *')));
      await seed.pipeline(
        definitionOf('asleep', ['x'], scheduled('0 4 * * *')),
        {
          paused: true,
        },
      );
      await seed.pipeline(definitionOf('gone', ['x'], scheduled('0 4 * * *')), {
        removed_at: 1,
      });
      const answer = await previewSchedule(seed.views(), { days: 90 });
      expect(answer.pipelines).toMatchObject([
        {
          name: 'daily',
          runs: 90,
          starts: expect.arrayContaining([
            { at: Date.UTC(2026, 2, 2), runs: 1 },
          ]),
          next: expect.arrayContaining([now + 16 * HOUR]),
        },
        { name: 'hourly', runs: 90 * 24 },
      ]);
      expect(answer.collisions).toEqual([
        {
          kind: 'same_instant',
          pipelines: ['daily', 'hourly'],
          times: 90,
          at: [16, 40, 64].map(hours => now + hours * HOUR),
          wanted: 2,
        },
      ]);
      expect(answer.paused).toEqual(['asleep']);
    });

    it('takes durations and slots from what ran last', async () => {
      const { db } = seed;
      await db.table(db.knex, 'pools').insert({
        name: 'gpu',
        slots: 1,
        updated_at: now,
      } as never);
      const tasks = definitionOf('a', ['load', 'fit']).tasks.map(task => ({
        ...task,
        pool: task.id === 'fit' ? 'gpu' : undefined,
      }));
      for (const [name, cron] of [
        ['a', '0 * * * *'],
        ['b', '10 * * * *'],
      ]) {
        const pipeline = await seed.pipeline(
          definitionOf(name, [], scheduled(cron, { tasks, maxActiveRuns: 1 })),
        );
        const run = await seed.run(pipeline, {
          started_at: 0,
          ended_at: 25 * MINUTE,
        });
        await seed.task(run.id, 0, { started_at: 0, ended_at: 5 * MINUTE });
        await seed.task(run.id, 1, {
          started_at: 5 * MINUTE,
          ended_at: 25 * MINUTE,
          pool: 'gpu',
        });
      }
      const answer = await previewSchedule(seed.views(), { days: 1 });
      expect(answer.pipelines[0].expectedMs).toBe(25 * MINUTE);
      expect(answer.collisions).toEqual([
        {
          kind: 'pool',
          pool: 'gpu',
          pipelines: ['a', 'b'],
          // The first of a is one hour away, behind the first of b.
          times: 23,
          at: [75, 135, 195].map(minutes => now + minutes * MINUTE),
          wanted: 2,
          limit: 1,
        },
      ]);
      expect(answer.peaks[0]).toMatchObject({ runs: 2, pipelines: ['a', 'b'] });
    });

    it('shows when runs start where a schedule spreads them', async () => {
      const spread = {
        schedules: [
          {
            id: 'default',
            cron: '0 4 * * *',
            timezone: 'UTC',
            catchup: false,
            jitterMs: 30 * MINUTE,
          },
        ],
      };
      await seed.pipeline(definitionOf('a', ['x'], spread));
      await seed.pipeline(definitionOf('b', ['x'], spread));
      const answer = await previewSchedule(seed.views(), { days: 30 });
      expect(answer.collisions).toEqual([]);
      answer.pipelines.forEach(({ name, runs, next }) => {
        expect(runs).toBe(30);
        next.forEach((at, i) => {
          const due = now + (16 + 24 * i) * HOUR;
          expect(at).toBe(due + jitterOf(name, spread.schedules[0], due));
        });
      });
    });

    it('tells of one pipeline what concerns it', async () => {
      await seed.pipeline(definitionOf('a', ['x'], scheduled('0 4 * * *')));
      await seed.pipeline(definitionOf('b', ['x'], scheduled('0 4 * * *')));
      await seed.pipeline(definitionOf('c', ['x'], scheduled('0 5 * * *')));
      const ofA = await previewSchedule(seed.views(), {
        days: 2,
        pipeline: 'a',
      });
      expect(ofA.pipelines.map(({ name }) => name)).toEqual(['a']);
      expect(ofA.collisions).toMatchObject([{ pipelines: ['a', 'b'] }]);
      const ofC = await previewSchedule(seed.views(), {
        days: 2,
        pipeline: 'c',
      });
      expect(ofC.collisions).toEqual([]);
      await expect(
        previewSchedule(seed.views(), { days: 2, pipeline: 'd' }),
      ).rejects.toThrow('Pipeline "d" does not exist');
    });

    it('looks less far where there is too much, and says how far', async () => {
      for (const name of ['a', 'b', 'c']) {
        await seed.pipeline(definitionOf(name, ['x'], scheduled('* * * * *')));
      }
      const answer = await previewSchedule(seed.views(), { days: 90 });
      expect(answer.isCut).toBe(true);
      expect(answer.until).toBe(now + 5 * 24 * HOUR);
      expect(answer.pipelines.map(({ runs }) => runs)).toEqual([
        7200, 7200, 7200,
      ]);
    });
  });
});
