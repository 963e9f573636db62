import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { eachDatabase } from '../database/testing';
import { applyObservation } from './outcome';
import type { RunDraft } from './RunDraft';
import { createTestEngine, ScriptedExecutor, type TestEngine } from './testing';

eachDatabase((_name, databases) => {
  let test: TestEngine;
  afterEach(() => test?.stop());

  /** A run of tasks that hang, and their attempts by task. */
  async function launched(tasks: Array<{ id: string; produces?: string[] }>) {
    const db = await databases.open();
    const executor = new ScriptedExecutor(() => 'hang');
    test = await createTestEngine(db, {
      logger: mockLogger(),
      executor,
    });
    const run = { command: ['true'] };
    await test.register('p', { tasks: tasks.map(task => ({ ...task, run })) });
    const runId = await test.trigger('p');
    const end = Date.now() + 60_000;
    while (executor.launched.length < tasks.length) {
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
    return { db, id: Number(row.id), attempts };
  }

  const succeed = (draft: RunDraft, attemptId: string) =>
    applyObservation(draft, {
      attemptId,
      phase: 'ended',
      outcome: { result: 'success', exitCode: 0 },
    });

  it('gives assets their events in one order, whichever tasks of a batch made them', async () => {
    const { db, id, attempts } = await launched([
      { id: 'first', produces: ['zebra', 'cat'] },
      { id: 'second', produces: ['ant', 'dog'] },
    ]);
    await test.engine.runs.change(id, async draft => {
      for (const task of ['first', 'second']) {
        await succeed(draft, attempts.get(task)!);
      }
    });
    expect(await db.knex('asset_events').orderBy('id').pluck('asset')).toEqual([
      'ant',
      'cat',
      'dog',
      'zebra',
    ]);
  });

  it('gives the partitions of an asset their events in the order in which the task told them, in few statements', async () => {
    const { db, id, attempts } = await launched([
      { id: 'split', produces: ['zebra'] },
      { id: 'other' },
    ]);
    const keys = Array.from({ length: 1_000 }, (_, n) => `p${n}`);
    const attemptId = attempts.get('split')!;
    await db
      .knex('attempts')
      .where({ attempt_id: attemptId })
      .update({
        follow_up: JSON.stringify({
          declared: 'success',
          assets: keys.map(partition => ({ asset: 'zebra', partition })),
        }),
      });
    // It is read anew, as by a scheduler that takes over.
    await db.knex('runs').where({ id }).increment('revision');
    let statements = 0;
    await test.engine.runs.change(id, async draft => {
      await succeed(draft, attemptId);
      draft.tx.on('query', () => {
        statements += 1;
      });
    });
    expect(
      await db.knex('asset_events').orderBy('id').pluck('partition_key'),
    ).toEqual(keys);
    expect(
      (await db.knex('events').where({ type: 'asset' }).orderBy('seq')).map(
        row => JSON.parse(row.body).partition,
      ),
    ).toEqual(keys);
    expect(statements).toBeGreaterThan(3);
    expect(statements).toBeLessThan(30);
  });
});
