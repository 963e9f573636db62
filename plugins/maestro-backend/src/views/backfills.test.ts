import { eachDatabase } from '../database/testing';
import { definitionOf, StoreSeed } from './testing/StoreSeed';
import { getBackfill, getBackfillSummary, listBackfills } from './backfills';

const NOW = 1_000_000;

eachDatabase((_name, databases) => {
  describe('backfills', () => {
    let seed: StoreSeed;
    let a: { id: number; versionId: number };
    let id: number;

    beforeEach(async () => {
      seed = new StoreSeed(await databases.open({ clock: () => NOW }));
      a = await seed.pipeline(definitionOf('a', ['x']));
      id = await seed.backfill(a);
    });

    const member = (dueAt: number, over: object = {}) =>
      seed.member({ id, pipelineId: a.id }, dueAt, over);
    const run = async (dueAt: number, over: object) => {
      const made = await seed.run(a, { backfill_id: id, ...over });
      await member(dueAt, { outcome: 'run', run_id: made.id });
      return made;
    };

    it('counts each due time once, also those that are no members yet', async () => {
      await run(1_000, { state: 'success', started_at: 0, ended_at: 5_000 });
      await run(2_000, { state: 'failed' });
      const running = await run(3_000, { state: 'running' });
      await run(4_000, { state: 'queued' });
      await member(5_000, { outcome: 'run', run_id: 4711 });
      await member(6_000, { outcome: 'skipped', reason: 'succeeded' });
      await member(7_000);
      const detail = await getBackfill(seed.views(), 'backfill-1');
      expect(detail.counts).toEqual({
        waiting: 4,
        queued: 1,
        running: 1,
        success: 1,
        failed: 1,
        leftOut: 1,
        cancelled: 0,
        deleted: 1,
      });
      // Four wait, two at a time, 5 s each, and half of what goes on.
      expect(detail.etaAt).toBe(NOW + 12_500);
      expect(detail.members.map(({ outcome }) => outcome)).toEqual([
        'success',
        'failed',
        'running',
        'queued',
        'deleted',
        'left_out',
        'waiting',
      ]);
      expect(detail.members[2].runId).toBe(running.runId);
      expect(detail.members[5].reason).toBe('succeeded');
      expect(detail.isCut).toBe(false);
    });

    it('of one that is cancelled what never began counts as cancelled', async () => {
      await member(1_000, { outcome: 'cancelled' });
      await seed.db
        .knex('backfills')
        .where({ id })
        .update({ state: 'cancelled' });
      const { counts, etaAt } = await getBackfillSummary(
        seed.views(),
        'backfill-1',
      );
      expect(counts).toMatchObject({ waiting: 0, cancelled: 10 });
      expect(etaAt).toBeUndefined();
    });

    it('lists newest first, by pipeline, and those that are not over', async () => {
      const b = await seed.pipeline(definitionOf('b', ['x']));
      await seed.backfill(a, {
        backfill_id: 'two',
        ended_at: 5,
        state: 'done',
      });
      await seed.backfill(b, { backfill_id: 'three' });
      const ids = async (options: { pipeline?: string; live?: boolean }) =>
        (
          await listBackfills(seed.views(), {
            live: false,
            limit: 10,
            ...options,
          })
        ).map(({ backfillId }) => backfillId);
      await expect(ids({})).resolves.toEqual(['three', 'two', 'backfill-1']);
      await expect(ids({ pipeline: 'a' })).resolves.toEqual([
        'two',
        'backfill-1',
      ]);
      await expect(ids({ live: true })).resolves.toEqual([
        'three',
        'backfill-1',
      ]);
      await expect(ids({ pipeline: 'none' })).rejects.toThrow(
        'There is no pipeline',
      );
    });

    it('shows the range that was asked for; of one from before, that of due times', async () => {
      await seed.backfill(a, {
        backfill_id: 'asked',
        logical_from: 500,
        logical_to: 9_500,
      });
      const rangeOf = async (name: string) => {
        const { from, to } = await getBackfillSummary(seed.views(), name);
        return [from, to];
      };
      await expect(rangeOf('asked')).resolves.toEqual([500, 9_500]);
      await expect(rangeOf('backfill-1')).resolves.toEqual([0, 10_000]);
    });

    it('says that there is none', async () => {
      await expect(getBackfill(seed.views(), 'x')).rejects.toMatchObject({
        name: 'NotFoundError',
        message: expect.stringContaining('maestro backfill list'),
      });
    });
  });
});
