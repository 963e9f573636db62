import { eachDatabase } from '../database/testing';
import { definitionOf, StoreSeed } from './testing/StoreSeed';
import { listPipelines } from './listPipelines';

const HOUR = 3_600_000;

eachDatabase((_name, databases) => {
  describe('listPipelines', () => {
    let now = 0;
    let seed: StoreSeed;

    beforeEach(async () => {
      now = Date.UTC(2026, 0, 1, 12);
      seed = new StoreSeed(await databases.open({ clock: () => now }));
    });

    it('is empty without pipelines', async () => {
      await expect(listPipelines(seed.views())).resolves.toEqual([]);
    });

    it('shows a pipeline that never ran, by name, with its schedule in words', async () => {
      await seed.pipeline(definitionOf('b', ['x']));
      await seed.pipeline(
        definitionOf('a', ['x', 'y'], {
          slaMs: 2 * HOUR,
          schedules: [
            {
              id: 'default',
              cron: '0 4 * * 0',
              timezone: 'UTC',
              catchup: false,
            },
          ],
        }),
      );
      const [a, b] = await listPipelines(seed.views());
      expect(a).toMatchObject({
        name: 'a',
        taskCount: 2,
        scheduleText: expect.stringContaining('04:00'),
        nextDueAt: Date.UTC(2026, 0, 4, 4),
        slaMs: 2 * HOUR,
        slaState: 'none',
        lastRuns: [],
        activeRuns: 0,
        tags: ['ml'],
        versionNumber: 1,
      });
      expect(b).toMatchObject({ name: 'b', scheduleText: undefined });
    });

    it('promises a deadline only where runs start that have one', async () => {
      const slaMs = 2 * HOUR;
      const at = { timezone: 'UTC', catchup: false };
      await seed.pipeline(definitionOf('by_hand', ['x'], { slaMs }));
      await seed.pipeline(
        definitionOf('by_schedule', ['x'], {
          slaMs,
          schedules: [{ ...at, id: 'default', everyMs: HOUR }],
        }),
      );
      await seed.pipeline(
        definitionOf('on_assets', ['x'], {
          slaMs,
          schedules: [
            { ...at, id: 'default', assets: { mode: 'any', names: ['y'] } },
          ],
        }),
      );
      const found = await listPipelines(seed.views());
      expect(found.map(one => [one.name, one.slaMs])).toEqual([
        ['by_hand', undefined],
        ['by_schedule', slaMs],
        ['on_assets', slaMs],
      ]);
    });

    it('keeps a due time until it passes, then shows the next', async () => {
      await seed.pipeline(
        definitionOf('a', ['x'], {
          schedules: [
            { id: 'default', everyMs: HOUR, timezone: 'UTC', catchup: false },
          ],
        }),
      );
      const views = seed.views();
      const due = async () => (await listPipelines(views))[0].nextDueAt! / HOUR;
      const first = await due();
      now += HOUR / 2;
      await expect(due()).resolves.toBe(first);
      now += HOUR / 2;
      await expect(due()).resolves.toBe(first + 1);
    });

    it.each([
      ['paused', { paused: true }],
      ['removed', { removed_at: 5 }],
    ] as const)('shows no next run while %s', async (_, over) => {
      await seed.pipeline(
        definitionOf('a', ['x'], {
          schedules: [
            { id: 'default', everyMs: HOUR, timezone: 'UTC', catchup: false },
          ],
        }),
        over,
      );
      const [pipeline] = await listPipelines(seed.views());
      expect(pipeline.nextDueAt).toBeUndefined();
      expect(pipeline.paused || pipeline.removed).toBe(true);
    });

    it('gives each pipeline its own last 14 runs, newest first, and its live count', async () => {
      const a = await seed.pipeline(definitionOf('a', ['x']));
      const b = await seed.pipeline(definitionOf('b', ['x']));
      for (let i = 1; i <= 20; i++) {
        await seed.run(a, { run_after: i, run_id: `a${i}` });
      }
      await seed.run(b, { run_after: 5, run_id: 'b1', state: 'running' });
      await seed.run(b, { run_after: 6, run_id: 'b2', state: 'queued' });
      const [first, second] = await listPipelines(seed.views());
      expect(first.lastRuns.map(run => run.runId)).toEqual(
        Array.from({ length: 14 }, (_, i) => `a${20 - i}`),
      );
      expect(first.activeRuns).toBe(0);
      expect(second.lastRuns.map(run => run.runId)).toEqual(['b2', 'b1']);
      expect(second.activeRuns).toBe(2);
    });

    it('orders runs of one instant by which came first', async () => {
      const a = await seed.pipeline(definitionOf('a', ['x']));
      for (const id of ['one', 'two', 'three']) {
        await seed.run(a, { run_after: 7, run_id: id });
      }
      const [{ lastRuns }] = await listPipelines(seed.views());
      expect(lastRuns.map(run => run.runId)).toEqual(['three', 'two', 'one']);
    });

    it('says that a run is at risk when such runs take longer than is left', async () => {
      const a = await seed.pipeline(
        definitionOf('a', ['x'], { slaMs: 2 * HOUR }),
      );
      await seed.run(a, { started_at: 0, ended_at: 90 * 60_000 });
      await seed.run(a, {
        state: 'running',
        trigger: 'scheduled',
        started_at: now,
        run_after: now,
        sla_state: 'pending',
        sla_deadline: now + HOUR,
      });
      const [pipeline] = await listPipelines(seed.views());
      expect(pipeline).toMatchObject({
        slaState: 'at_risk',
        slaDeadline: now + HOUR,
        lastDurationMs: 90 * 60_000,
      });
      now += 2 * HOUR;
      const [late] = await listPipelines(seed.views());
      expect(late.slaState).toBe('missed');
    });

    it('does not judge a verdict that was written', async () => {
      const a = await seed.pipeline(definitionOf('a', ['x']));
      await seed.run(a, { sla_state: 'missed', sla_deadline: 1 });
      await seed.run(a, { sla_state: 'none' });
      const [pipeline] = await listPipelines(seed.views());
      expect(pipeline.slaState).toBe('missed');
      expect(pipeline.lastRuns.map(run => run.slaState)).toEqual([
        'none',
        'missed',
      ]);
    });

    it('names the first problem of an entity that is invalid now', async () => {
      await seed.pipeline(definitionOf('a', ['x']));
      await seed.db.knex('pipeline_problems').insert({
        entity_ref: 'pipeline:default/a',
        name: 'a',
        problems: JSON.stringify([
          {
            path: 'spec.tasks[0].timeout',
            message: 'is "5m"',
            expected: 'a duration such as PT5M',
            file: '/p/a/catalog-info.yaml',
            line: 12,
            column: 16,
          },
          { path: 'spec.sla', message: 'is "2h"' },
        ]),
        since: 1,
        seen_at: 1,
      });
      const [pipeline] = await listPipelines(seed.views());
      expect(pipeline.problem).toBe(
        'line 12: spec.tasks[0].timeout: is "5m" (expected a duration such as PT5M), and 1 more',
      );
    });

    it('asks as many questions for 30 pipelines as for one', async () => {
      const views = seed.views();
      const count = async () => {
        let queries = 0;
        const listen = () => {
          queries++;
        };
        seed.db.knex.on('query', listen);
        await listPipelines(views);
        seed.db.knex.removeListener('query', listen);
        return queries;
      };
      await seed.run(await seed.pipeline(definitionOf('p0', ['x'])));
      await listPipelines(views);
      const one = await count();
      for (let i = 1; i < 30; i++) {
        await seed.run(await seed.pipeline(definitionOf(`p${i}`, ['x'])));
      }
      await listPipelines(views);
      await expect(count()).resolves.toBe(one);
    });
  });
});
