import type { AttemptOutcome } from '@maestro/plugin-maestro-node';
import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { eachDatabase } from '../database/testing';
import { createTestEngine, ScriptedExecutor } from './testing';

const logger = mockLogger();
const MINUTE = 60_000;
/** The clock of the host that runs it is anybody's. */
const HOST = Date.parse('2031-01-01T00:00:00Z');

const succeeded: AttemptOutcome = { result: 'success', exitCode: 0 };
const failed: AttemptOutcome = {
  result: 'failed',
  exitCode: 1,
  failure: 'exit_code',
  message: 'exit code 1',
};

eachDatabase((_name, databases) => {
  it.each([
    // [what, host times, outcome, end after the start]
    [
      'of one that ended while no scheduler was there',
      { startedAt: HOST, endedAt: HOST + 16_000 },
      succeeded,
      16_000,
    ],
    [
      'of one that failed meanwhile',
      { startedAt: HOST, endedAt: HOST + 16_000 },
      failed,
      16_000,
    ],
    ['without times', {}, succeeded, 10 * MINUTE],
    [
      'never after it was noticed',
      { startedAt: HOST, endedAt: HOST + 11 * MINUTE },
      succeeded,
      10 * MINUTE,
    ],
    [
      'never before it began',
      { startedAt: HOST, endedAt: HOST - 5_000 },
      succeeded,
      0,
    ],
  ] as const)(
    'keeps the end of the process %s',
    async (_, times, outcome, ms) => {
      const begun = Date.parse('2026-06-01T02:00:00Z');
      let now = begun;
      const test = await createTestEngine(
        await databases.open({ clock: () => now }),
        {
          logger,
          executor: new ScriptedExecutor(() => 'hang'),
          settings: { pollMs: 10, reconcileMs: 3_600_000 },
        },
      );
      try {
        await test.register('p', {
          tasks: [{ id: 'a', run: { command: ['true'] } }],
        });
        const runId = await test.trigger('p');
        const until = Date.now() + 60_000;
        while (
          (await test.states(runId)).a !== 'running' &&
          Date.now() < until
        ) {
          await new Promise(resolve => setTimeout(resolve, 5));
        }
        const [{ attemptId }] = test.executor.launched;
        now += 10 * MINUTE;
        test.engine.observe({ attemptId, phase: 'ended', outcome, ...times });
        await test.finished(runId);
        const { a } = await test.instances(runId);
        const attempt = await test.ctx.db
          .table(test.ctx.db.knex, 'attempts')
          .where({ attempt_id: attemptId })
          .first();
        expect(Number(a.started_at)).toBe(begun);
        expect(Number(a.ended_at)).toBe(begun + ms);
        expect(Number(attempt!.ended_at)).toBe(begun + ms);
        // The run itself was over when the scheduler decided so.
        expect(Number((await test.run(runId)).ended_at)).toBe(now);
      } finally {
        await test.stop();
      }
    },
  );

  it.each([0, 1])(
    'keeps the start of one whose end is seen first, with %d retries',
    async retries => {
      const begun = Date.parse('2026-06-01T02:00:00Z');
      const test = await createTestEngine(
        await databases.open({ clock: () => begun + MINUTE }),
        {
          logger,
          executor: new ScriptedExecutor(() => 'hang'),
          settings: { pollMs: 10, reconcileMs: 3_600_000 },
        },
      );
      try {
        test.executor.mute = true;
        await test.register('p', {
          tasks: [{ id: 'a', retries, run: { command: ['true'] } }],
        });
        const runId = await test.trigger('p');
        const until = Date.now() + 60_000;
        while (test.executor.launched.length === 0 && Date.now() < until) {
          await new Promise(resolve => setTimeout(resolve, 5));
        }
        const [{ attemptId }] = test.executor.launched;
        test.engine.observe({
          attemptId,
          phase: 'ended',
          outcome: failed,
          startedAt: begun,
          endedAt: begun + 7,
        });
        const wanted = retries ? 'up_for_retry' : 'failed';
        while ((await test.states(runId)).a !== wanted && Date.now() < until) {
          await new Promise(resolve => setTimeout(resolve, 5));
        }
        const { a } = await test.instances(runId);
        expect(a.state).toBe(wanted);
        expect(Number(a.started_at)).toBe(begun);
        expect(Number(a.ended_at)).toBe(begun + 7);
      } finally {
        await test.stop();
      }
    },
  );
});
