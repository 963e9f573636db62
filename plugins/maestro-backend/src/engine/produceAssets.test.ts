import { mockServices } from '@backstage/backend-test-utils';
import { eachDatabase } from '../database/testing';
import { applyObservation } from './outcome';
import { createTestEngine, ScriptedExecutor } from './testing';

eachDatabase((_name, databases) => {
  it('gives assets their events in one order, whichever tasks of a batch made them', async () => {
    const db = await databases.open();
    const executor = new ScriptedExecutor(() => 'hang');
    const test = await createTestEngine(db, {
      logger: mockServices.logger.mock(),
      executor,
    });
    try {
      const run = { command: ['true'] };
      await test.register('p', {
        tasks: [
          { id: 'first', run, produces: ['zebra', 'cat'] },
          { id: 'second', run, produces: ['ant', 'dog'] },
        ],
      });
      const runId = await test.trigger('p');
      const end = Date.now() + 30_000;
      while (executor.launched.length < 2) {
        if (Date.now() > end) throw new Error('they were not launched');
        await new Promise(resolve => setTimeout(resolve, 10));
      }
      const row = await db.knex('runs').where({ run_id: runId }).first('id');
      const attempts = new Map(
        executor.launched.map(({ labels, attemptId }) => [
          labels.taskId,
          attemptId,
        ]),
      );
      await test.engine.runs.change(Number(row.id), async draft => {
        for (const id of ['first', 'second']) {
          await applyObservation(draft, {
            attemptId: attempts.get(id)!,
            phase: 'ended',
            outcome: { result: 'success', exitCode: 0 },
          });
        }
      });
      expect(
        await db.knex('asset_events').orderBy('id').pluck('asset'),
      ).toEqual(['ant', 'cat', 'dog', 'zebra']);
    } finally {
      await test.engine.stop();
    }
  });
});
