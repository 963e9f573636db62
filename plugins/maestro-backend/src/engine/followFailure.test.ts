import type { FailureClass } from '@maestro/plugin-maestro-common';
import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { eachDatabase } from '../database/testing';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { createTestEngine, ScriptedExecutor, type TestEngine } from './testing';

const logger = mockLogger();

interface Seen {
  failure: string | null;
  counts_as_retry: unknown;
  follow_up: string | null;
}

eachDatabase((_name, databases) => {
  let db: MaestroDatabase;
  let test: TestEngine | undefined;

  beforeEach(async () => {
    db = await databases.open();
  });
  afterEach(async () => {
    await test?.stop();
  });

  /** The attempts of a task whose tries fail as listed, then succeed. */
  async function play(
    policy: Record<string, unknown>,
    failures: Array<[FailureClass, number?]>,
  ) {
    const left = [...failures];
    test = await createTestEngine(db, {
      logger,
      executor: new ScriptedExecutor(() => {
        const next = left.shift();
        return next
          ? {
              result: 'failed',
              failure: next[0],
              exitCode: next[1],
              message: `it failed as ${next[0]}`,
            }
          : { result: 'success', exitCode: 0 };
      }),
      settings: { pollMs: 10, reconcileMs: 100 },
    });
    await test.register('p', {
      tasks: [
        {
          id: 'a',
          run: { command: ['true'] },
          retryDelay: 'PT0.01S',
          ...policy,
        },
      ],
    });
    const runId = await test.trigger('p');
    await test.finished(runId);
    const rows: Seen[] = await db.knex('attempts').orderBy('seq');
    const { state, reason } = (await test.instances(runId)).a;
    return {
      state,
      reason,
      attempts: rows.map(row => {
        const { nextTryAt, ...followUp } = JSON.parse(row.follow_up ?? '{}');
        expect(typeof nextTryAt).toBe(
          followUp.action === 'retry' ? 'number' : 'undefined',
        );
        return [row.failure, Boolean(row.counts_as_retry), followUp];
      }),
    };
  }

  it('keeps on each attempt what followed from it', async () => {
    expect(
      await play({ retries: 1 }, [
        ['evicted'],
        ['exit_code', 1],
        ['exit_code', 1],
      ]),
    ).toEqual({
      state: 'failed',
      reason: 'it failed as exit_code (all 2 tries failed)',
      attempts: [
        ['evicted', true, { action: 'retry', counted: false }],
        ['exit_code', false, { action: 'retry', counted: true }],
        ['exit_code', true, { action: 'fail', reason: 'all 2 tries failed' }],
      ],
    });
  });

  it('fails at once where a list says so', async () => {
    expect(
      await play({ retries: 5, retryOn: ['exit:75', 'oom'] }, [
        ['exit_code', 75],
        ['oom'],
        ['exit_code', 2],
      ]),
    ).toMatchObject({
      state: 'failed',
      reason:
        'it failed as exit_code (retryOn does not name exit:2 or exit_code)',
      attempts: [{ 0: 'exit_code' }, { 0: 'oom' }, { 0: 'exit_code' }],
    });
  });

  it('repeats a missing image only where it is named', async () => {
    expect(
      await play({ retries: 1, retryOn: ['image'] }, [['image']]),
    ).toMatchObject({ state: 'success', attempts: [{}, {}] });
  });

  it('fails a missing image at once otherwise', async () => {
    expect(await play({ retries: 3 }, [['image']])).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('which no retry mends'),
      attempts: [{}],
    });
  });
});
