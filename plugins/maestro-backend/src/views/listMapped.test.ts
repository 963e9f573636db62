import { eachDatabase } from '../database/testing';
import { definitionOf, StoreSeed } from './testing/StoreSeed';
import { getRun } from './getRun';
import { getStatus } from './getStatus';
import { listMapped } from './listMapped';
import { whyNotRunning } from './whyNotRunning';

const ENGINE = {
  status: async () => ({
    ok: true,
    executors: [{ name: 'local', ok: true, maxParallel: 16 }],
    defaultExecutor: 'local',
  }),
};

eachDatabase((_name, databases) => {
  describe('the instances of a mapped task', () => {
    let seed: StoreSeed;
    let run: { id: number; runId: string };

    beforeEach(async () => {
      seed = new StoreSeed(await databases.open());
      const definition = definitionOf('train', ['list', 'score']);
      definition.tasks[1].map = {
        over: 'tasks.list.outputs.items',
        maxItems: 1000,
        parallel: 2,
      };
      run = await seed.run(await seed.pipeline(definition), {
        state: 'running',
      });
      await seed.task(run.id, 0, { state: 'success' });
      await seed.task(run.id, 1, { state: 'running', attempt_seq: 0 });
      for (let i = 0; i < 7; i++) {
        await seed.task(run.id, 1, {
          map_index: i,
          state:
            (['success', 'failed', 'running', 'running'] as const)[i] ??
            (i === 6 ? 'removed' : 'scheduled'),
          item: i === 6 ? null : JSON.stringify({ n: i }),
          item_shown: i === 1 ? '"***"' : null,
          attempt_seq: 1,
          ready_at: 1,
        });
      }
    });

    it('are counted in the answer of a run, not listed', async () => {
      const { tasks } = await getRun(seed.views(), run.runId);
      expect(tasks.map(task => [task.taskId, task.mapIndex])).toEqual([
        ['list', -1],
        ['score', -1],
      ]);
      expect(tasks[0].mapped).toBeUndefined();
      expect(tasks[1].mapped).toEqual({
        success: 1,
        failed: 1,
        running: 2,
        scheduled: 2,
      });
    });

    it('are listed page by page, with the item as it may be shown', async () => {
      const ask = (after: number, state?: 'running' | 'removed') =>
        listMapped(seed.views(), {
          runId: run.runId,
          taskId: 'score',
          after,
          limit: 4,
          state,
        });
      const first = await ask(-1);
      expect(first.items.map(({ mapIndex, item }) => [mapIndex, item])).toEqual(
        [
          [0, { n: 0 }],
          [1, '***'],
          [2, { n: 2 }],
          [3, { n: 3 }],
        ],
      );
      expect(first.next).toBe(3);
      const second = await ask(first.next!);
      expect(second.items.map(({ mapIndex }) => mapIndex)).toEqual([4, 5]);
      expect(second.next).toBeUndefined();
      const running = await ask(-1, 'running');
      expect(running.items.map(({ mapIndex }) => mapIndex)).toEqual([2, 3]);
      const removed = await ask(-1, 'removed');
      expect(removed.items.map(({ mapIndex }) => mapIndex)).toEqual([6]);
      expect(removed.counts).toEqual(first.counts);
    });

    it('have the names that tasks of Airflow give them', async () => {
      const pipeline = await seed.pipeline({
        ...definitionOf('dag', ['score']),
        airflow: {
          dagId: 'dag',
          source: 'ml',
          file: 'dag.py',
          environment: 'default',
        },
      });
      const { id, runId } = await seed.run(pipeline);
      const inputs = [
        { renderedMapIndex: 'Oslo', rendered: {} },
        { rendered: { bash_command: '"renderedMapIndex"' } },
        { renderedMapIndex: 3 },
        undefined,
      ];
      for (const [index, given] of inputs.entries()) {
        await seed.task(id, 0, { map_index: index, attempt_seq: 1 });
        await seed.attempt({ id, pipelineId: pipeline.id }, 0, 1, {
          attempt_id: `named-${index}`,
          map_index: index,
          inputs: given ? JSON.stringify(given) : null,
        });
      }
      const { items } = await listMapped(seed.views(), {
        runId,
        taskId: 'score',
        after: -1,
        limit: 10,
      });
      expect(items.map(({ label }) => label)).toEqual([
        'Oslo',
        undefined,
        undefined,
        undefined,
      ]);
    });

    it('are what the status counts, not the task as a whole', async () => {
      const { tasks } = await getStatus(seed.views(), ENGINE as never);
      expect(tasks).toMatchObject({ running: 2, scheduled: 2 });
    });

    it('say what they wait for, together and one by one', async () => {
      const why = async (mapIndex?: number) =>
        (
          await whyNotRunning(seed.views(), ENGINE as never, {
            runId: run.runId,
            taskId: 'score',
            mapIndex,
          })
        ).chain;
      expect(await why()).toMatchObject([
        {
          code: 'running',
          message:
            'Task "score" is mapped: 2 of 6 instances are over, 2 run, 2 are ready.',
        },
        {
          code: 'map_full',
          message:
            'map.parallel of task "score" is 2, and 2 of its instances run in this run.',
        },
      ]);
      expect(await why(4)).toMatchObject([{ code: 'map_full' }]);
      expect(await why(1)).toMatchObject([
        { code: 'finished', message: 'Task "score[1]" is over: failed.' },
      ]);
      await expect(why(77)).rejects.toThrow('no instance 77');
    });
  });
});
