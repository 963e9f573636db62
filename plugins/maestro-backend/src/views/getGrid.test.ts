import { eachDatabase } from '../database/testing';
import { definitionOf, StoreSeed } from './testing/StoreSeed';
import { getGrid } from './getGrid';
import { packDigest } from './gridDigest';

eachDatabase((_name, databases) => {
  describe('getGrid', () => {
    let seed: StoreSeed;

    beforeEach(async () => {
      seed = new StoreSeed(await databases.open({ clock: () => 1_000 }));
    });

    it('reads ended runs from their digest and live ones task by task', async () => {
      const a = await seed.pipeline(definitionOf('a', ['x', 'y', 'z']));
      await seed.run(a, {
        run_id: 'ended',
        logical_date: 86_400_000,
        digest: packDigest([
          { no: 0, mapIndex: -1, state: 'success', durationMs: 12, tries: 1 },
          { no: 1, mapIndex: -1, state: 'failed', durationMs: 3, tries: 3 },
          { no: 2, mapIndex: -1, state: 'upstream_failed', tries: 0 },
        ]),
      });
      const live = await seed.run(a, { run_id: 'live', state: 'running' });
      await seed.task(live.id, 0, { started_at: 100, ended_at: 150 });
      await seed.task(live.id, 1, { state: 'running', started_at: 400 });
      await seed.task(live.id, 2, { state: 'none', try_number: 0 });
      const grid = await getGrid(seed.views(), 'a', { limit: 50 });
      expect(grid.tasks).toEqual(['x', 'y', 'z']);
      expect(grid.runs.map(run => run.logicalDate)).toEqual([
        undefined,
        86_400_000,
      ]);
      expect(grid.runs.map(run => [run.runId, run.cells])).toEqual([
        [
          'live',
          {
            x: { state: 'success', durationMs: 50, tries: 1 },
            y: { state: 'running', durationMs: 600, tries: 1 },
            z: { state: 'none', durationMs: undefined, tries: 0 },
          },
        ],
        [
          'ended',
          {
            x: { state: 'success', durationMs: 12, tries: 1 },
            y: { state: 'failed', durationMs: 3, tries: 3 },
            z: { state: 'upstream_failed', durationMs: undefined, tries: 0 },
          },
        ],
      ]);
    });

    it('names the groups of the current version, outer ones first', async () => {
      const definition = definitionOf('a', ['x', 'y', 'z'], {
        groups: [
          { no: 0, id: 'in', parent: 1, retries: 0, retryDelayMs: 0 },
          { no: 1, id: 'out', title: 'Out', retries: 0, retryDelayMs: 0 },
        ],
      });
      definition.tasks[1].group = 0;
      definition.tasks[2].group = 1;
      await seed.pipeline(definition);
      await seed.pipeline(definitionOf('b', ['x']));
      expect((await getGrid(seed.views(), 'a', { limit: 50 })).groups).toEqual([
        { id: 'out', title: 'Out', parent: undefined, taskIds: ['y', 'z'] },
        { id: 'in', title: undefined, parent: 'out', taskIds: ['y'] },
      ]);
      expect(
        (await getGrid(seed.views(), 'b', { limit: 50 })).groups,
      ).toBeUndefined();
    });

    it('reads the tasks of an ended run that has no digest, or one of another format', async () => {
      const a = await seed.pipeline(definitionOf('a', ['x']));
      for (const digest of [null, '9:new']) {
        const run = await seed.run(a, { digest });
        await seed.task(run.id, 0, { state: 'skipped' });
      }
      const { runs } = await getGrid(seed.views(), 'a', { limit: 50 });
      expect(runs.map(run => run.cells.x.state)).toEqual([
        'skipped',
        'skipped',
      ]);
    });

    it('shows a mapped task as one cell', async () => {
      const a = await seed.pipeline(definitionOf('a', ['x']));
      const run = await seed.run(a, { state: 'running' });
      await seed.task(run.id, 0, { state: 'running' });
      for (let i = 0; i < 3; i++) {
        await seed.task(run.id, 0, {
          map_index: i,
          state: i === 1 ? 'running' : 'success',
        });
      }
      const { runs } = await getGrid(seed.views(), 'a', { limit: 1 });
      expect(runs[0].cells.x).toMatchObject({
        state: 'running',
        instances: 3,
        counts: { success: 2, running: 1 },
      });
    });

    it('keeps the rows of tasks that only older versions have, under their own ids', async () => {
      const a = await seed.pipeline(definitionOf('a', ['old', 'x']));
      const digest = packDigest([
        { no: 0, mapIndex: -1, state: 'failed', tries: 1 },
        { no: 1, mapIndex: -1, state: 'success', tries: 1 },
      ]);
      await seed.run(a, { digest });
      const versionId = await seed.version(
        a.id,
        2,
        definitionOf('a', ['x', 'new']),
      );
      await seed.run({ id: a.id, versionId }, { digest });
      const grid = await getGrid(seed.views(), 'a', { limit: 50 });
      expect(grid.tasks).toEqual(['x', 'new', 'old']);
      expect(
        grid.runs.map(({ versionNumber, cells }) => [
          versionNumber,
          cells.x.state,
          cells.new?.state,
          cells.old?.state,
        ]),
      ).toEqual([
        [2, 'failed', 'success', undefined],
        [1, 'success', undefined, 'failed'],
      ]);
    });

    it('pages', async () => {
      const a = await seed.pipeline(definitionOf('a', ['x']));
      for (let i = 1; i <= 5; i++) await seed.run(a, { run_id: `r${i}` });
      const views = seed.views();
      const first = await getGrid(views, 'a', { limit: 3 });
      const second = await getGrid(views, 'a', {
        limit: 3,
        cursor: first.nextCursor,
      });
      expect([...first.runs, ...second.runs].map(run => run.runId)).toEqual([
        'r5',
        'r4',
        'r3',
        'r2',
        'r1',
      ]);
      expect(second.nextCursor).toBeUndefined();
    });
  });
});
