import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { UsageIndex } from '../connections/usage';
import { eachDatabase, type TestDatabases } from '../database/testing';
import { createTestEngine } from '../engine/testing';
import { definitionOf, StoreSeed } from '../views/testing/StoreSeed';
import { PoolStore } from './PoolStore';

const NOW = 1_000_000;

/** Pipeline `train`, whose task `fit` names pool `gpu`. */
async function open(databases: TestDatabases) {
  const db = await databases.open({ clock: () => NOW });
  const onRoom = jest.fn();
  const pools = new PoolStore({ db, usage: new UsageIndex(db), onRoom });
  const seed = new StoreSeed(db);
  const definition = definitionOf('train', ['load', 'fit']);
  definition.tasks[1].pool = 'gpu';
  const pipeline = await seed.pipeline(definition);
  return { db, pools, seed, pipeline, onRoom };
}

eachDatabase((_name, databases) => {
  describe('pools', () => {
    it('are made, changed and listed by name', async () => {
      const { pools, onRoom } = await open(databases);
      await expect(pools.list()).resolves.toEqual([]);
      await pools.set('tpu', { slots: 1, description: 'the small one' });
      await expect(pools.set('gpu', { slots: 2 })).resolves.toEqual({
        name: 'gpu',
        slots: 2,
        used: 0,
        waiting: 0,
        description: undefined,
        updatedAt: NOW,
        usedBy: ['train'],
      });
      // What is absent stays, what is empty goes.
      await pools.set('tpu', { slots: 3 });
      expect(await pools.list()).toMatchObject([
        { name: 'gpu', slots: 2 },
        { name: 'tpu', slots: 3, description: 'the small one', usedBy: [] },
      ]);
      expect(
        await pools.set('tpu', { slots: 0, description: '' }),
      ).toMatchObject({ slots: 0, description: undefined });
      expect(onRoom).toHaveBeenCalledTimes(4);
    });

    it.each<[string, number]>([
      ['-x', 1],
      ['', 1],
      ['a b', 1],
      ['x'.repeat(201), 1],
      ['gpu', -1],
      ['gpu', 1.5],
      ['gpu', 1_000_001],
      ['gpu', NaN],
    ])('refuses "%s" with %d slots', async (name, slots) => {
      const { pools, onRoom } = await open(databases);
      await expect(pools.set(name, { slots })).rejects.toMatchObject({
        name: 'InputError',
      });
      await expect(pools.list()).resolves.toEqual([]);
      expect(onRoom).not.toHaveBeenCalled();
    });

    it('are made once by two who do it at the same time', async () => {
      const { pools } = await open(databases);
      await Promise.all([1, 2, 3].map(slots => pools.set('gpu', { slots })));
      const found = await pools.list();
      expect(found).toHaveLength(1);
      expect([1, 2, 3]).toContain(found[0].slots);
    });

    it('count who has a slot and who waits for one', async () => {
      const { pools, seed, pipeline } = await open(databases);
      await pools.set('gpu', { slots: 1 });
      for (const [state, attempt] of [
        ['running', 'running'],
        ['queued', 'claimed'],
        ['success', 'ended'],
        ['scheduled', undefined],
        ['none', undefined],
      ] as const) {
        const run = await seed.run(pipeline, { state: 'running' });
        await seed.task(run.id, 1, { state, pool: 'gpu' });
        await seed.task(run.id, 0, { state });
        if (!attempt) continue;
        const of = { id: run.id, pipelineId: pipeline.id };
        await seed.attempt(of, 1, 1, { state: attempt, pool: 'gpu' });
      }
      expect(await pools.list()).toMatchObject([
        { name: 'gpu', used: 2, waiting: 1 },
      ]);
    });

    it('are not deleted while tasks name them, unless that is forced', async () => {
      const { pools, db } = await open(databases);
      await pools.set('gpu', { slots: 1 });
      await expect(pools.delete('gpu')).rejects.toMatchObject({
        name: 'ConflictError',
        message: expect.stringContaining(
          '"gpu" is named by "train/fit" (0 running, 0 waiting)',
        ),
      });
      await expect(pools.list()).resolves.toHaveLength(1);
      await pools.delete('gpu', { force: true });
      await expect(db.table(db.knex, 'pools')).resolves.toEqual([]);
      for (const force of [true, false]) {
        await expect(pools.delete('gpu', { force })).rejects.toMatchObject({
          name: 'NotFoundError',
        });
      }
    });

    it('are not deleted while a task of an earlier version waits', async () => {
      const { pools, seed, pipeline } = await open(databases);
      await pools.set('gpu', { slots: 1 });
      const run = await seed.run(pipeline, { state: 'running' });
      await seed.task(run.id, 1, { state: 'scheduled', pool: 'gpu' });
      const later = definitionOf('train', ['load', 'fit']);
      await seed.version(pipeline.id, 2, later);
      await expect(pools.delete('gpu')).rejects.toMatchObject({
        name: 'ConflictError',
        message: expect.stringContaining(
          'tasks of earlier versions (0 running, 1 waiting)',
        ),
      });
      await seed.db
        .knex('task_instances')
        .where({ run_id: run.id })
        .update({ state: 'success' });
      await pools.delete('gpu');
      await expect(pools.list()).resolves.toEqual([]);
    });

    it('let waiting tasks start as soon as there is room', async () => {
      const db = await databases.open();
      const test = await createTestEngine(db, {
        logger: mockLogger(),
        // Nobody looks by itself in the time of this test.
        settings: { pollMs: 600_000 },
      });
      const pools = new PoolStore({
        db,
        usage: new UsageIndex(db),
        onRoom: () => test.engine.claimSoon(),
      });
      try {
        await test.engine.start();
        await test.register('p', {
          tasks: [{ id: 'a', run: { command: ['true'] }, pool: 'gpu' }],
        });
        const runId = await test.trigger('p');
        await test.engine.idle();
        await pools.set('gpu', { slots: 0 });
        await test.engine.idle();
        expect(await test.states(runId)).toEqual({ a: 'scheduled' });
        expect(await pools.list()).toMatchObject([{ used: 0, waiting: 1 }]);
        await pools.set('gpu', { slots: 1 });
        expect(await test.finished(runId)).toMatchObject({ state: 'success' });
        expect(await pools.list()).toMatchObject([{ used: 0, waiting: 0 }]);
      } finally {
        await test.stop();
      }
    });
  });
});
