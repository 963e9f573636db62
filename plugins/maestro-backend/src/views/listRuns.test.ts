import { eachDatabase } from '../database/testing';
import { definitionOf, StoreSeed } from './testing/StoreSeed';
import { listRuns } from './listRuns';

eachDatabase((_name, databases) => {
  describe('listRuns', () => {
    let seed: StoreSeed;

    beforeEach(async () => {
      seed = new StoreSeed(await databases.open());
    });

    it('pages through every run once, also through runs of one instant and while new ones start', async () => {
      const a = await seed.pipeline(definitionOf('a', ['x']));
      const expected: string[] = [];
      for (let i = 0; i < 23; i++) {
        const { runId } = await seed.run(a, { run_after: Math.floor(i / 5) });
        expected.unshift(runId);
      }
      const views = seed.views();
      const seen: string[] = [];
      let cursor: string | undefined;
      let pages = 0;
      do {
        const page = await listRuns(views, { limit: 4, cursor });
        seen.push(...page.items.map(run => run.runId));
        cursor = page.nextCursor;
        pages++;
        await seed.run(a, { run_after: 1000 + pages });
      } while (cursor);
      expect(seen).toEqual(expected);
      expect(pages).toBe(6);
    });

    it('filters by pipeline, state and trigger', async () => {
      const a = await seed.pipeline(definitionOf('a', ['x']));
      const b = await seed.pipeline(definitionOf('b', ['x']));
      await seed.run(a, { run_id: 'a1', state: 'failed' });
      await seed.run(a, { run_id: 'a2', trigger: 'api' });
      await seed.run(b, { run_id: 'b1', state: 'failed' });
      const views = seed.views();
      const ids = async (filter: object) =>
        (await listRuns(views, { limit: 50, ...filter })).items.map(
          run => run.runId,
        );
      await expect(ids({})).resolves.toEqual(['b1', 'a2', 'a1']);
      await expect(ids({ pipeline: 'a' })).resolves.toEqual(['a2', 'a1']);
      await expect(ids({ state: 'failed' })).resolves.toEqual(['b1', 'a1']);
      await expect(ids({ pipeline: 'a', trigger: 'api' })).resolves.toEqual([
        'a2',
      ]);
      await expect(ids({ state: 'running' })).resolves.toEqual([]);
    });

    it('filters by backfill, page by page, beside runs of another one and of none', async () => {
      const a = await seed.pipeline(definitionOf('a', ['x']));
      const of = async (backfill_id: string, ids: string[]) => {
        const id = await seed.backfill(a, { backfill_id });
        for (const run_id of ids) {
          await seed.run(a, { run_id, trigger: 'backfill', backfill_id: id });
        }
      };
      await of('first', ['f1', 'f2', 'f3']);
      await of('second', ['s1']);
      await of('empty', []);
      await seed.run(a, { run_id: 'other' });
      const views = seed.views();
      const page = (backfill: string, more: object = {}) =>
        listRuns(views, { limit: 2, backfill, ...more });
      const ids = async (...given: Parameters<typeof page>) =>
        (await page(...given)).items.map(run => run.runId);
      const first = await page('first');
      expect(first.items.map(run => run.runId)).toEqual(['f3', 'f2']);
      expect(first.nextCursor).toBeDefined();
      await expect(ids('first', { cursor: first.nextCursor })).resolves.toEqual(
        ['f1'],
      );
      await expect(ids('second')).resolves.toEqual(['s1']);
      await expect(ids('second', { state: 'failed' })).resolves.toEqual([]);
      await expect(ids('empty')).resolves.toEqual([]);
    });

    it('knows no runs of a backfill that does not exist', async () => {
      await expect(
        listRuns(seed.views(), { limit: 1, backfill: 'nope' }),
      ).rejects.toMatchObject({
        name: 'NotFoundError',
        message: expect.stringContaining('"nope"'),
      });
    });

    it('says what a run is, with numbers as numbers and nothing where there is nothing', async () => {
      const a = await seed.pipeline(definitionOf('a', ['x']));
      await seed.run(a, {
        run_id: 'r',
        run_key: 'k',
        run_after: 5,
        created_at: 6,
        note: 'why',
        revision: 9,
      });
      const { items } = await listRuns(seed.views(), { limit: 1 });
      expect(JSON.parse(JSON.stringify(items[0]))).toEqual({
        runId: 'r',
        pipeline: 'a',
        entityRef: 'pipeline:default/a',
        runKey: 'k',
        trigger: 'manual',
        state: 'success',
        runAfter: 5,
        createdAt: 6,
        note: 'why',
        versionNumber: 1,
        clearCount: 0,
        revision: 9,
        slaState: 'none',
        alertCount: 0,
      });
    });

    it.each(['x', 'MS4y ; drop table runs', 'MS4y\u0000', '%00'])(
      'refuses the cursor %p, which it never gave',
      async cursor => {
        await expect(
          listRuns(seed.views(), { limit: 1, cursor }),
        ).rejects.toMatchObject({
          name: 'InputError',
          message: expect.stringContaining('cursor'),
        });
      },
    );

    it('knows no runs of a pipeline that does not exist', async () => {
      await expect(
        listRuns(seed.views(), { limit: 1, pipeline: 'nope' }),
      ).rejects.toMatchObject({
        name: 'NotFoundError',
        message: expect.stringContaining('"nope"'),
      });
    });
  });
});
