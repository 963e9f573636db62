import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { eachDatabase } from '../database/testing';
import { createTestEngine, ScriptedExecutor } from './testing';

const logger = mockLogger();
const MINUTE = 60_000;

eachDatabase((_name, databases) => {
  it('retries twice, five minutes after each failure and not a second before, then fails', async () => {
    let now = Date.parse('2026-06-01T02:00:00Z');
    const test = await createTestEngine(
      await databases.open({ clock: () => now }),
      {
        logger,
        executor: new ScriptedExecutor(() => ({
          result: 'failed',
          exitCode: 1,
          failure: 'exit_code',
          message: 'exit code 1',
        })),
        // Heard of again soon after each jump of the clock.
        settings: { pollMs: 10, reconcileMs: 20 },
      },
    );
    const state = async (runId: string) => (await test.instances(runId)).bad;
    const becomes = async (runId: string, wanted: string, tries: number) => {
      const end = Date.now() + 60_000;
      const seen = async () => {
        const { state: is, try_number: done } = await state(runId);
        return `${is} ${done}`;
      };
      while ((await seen()) !== `${wanted} ${tries}` && Date.now() < end) {
        await new Promise(resolve => setTimeout(resolve, 5));
      }
      expect(await seen()).toBe(`${wanted} ${tries}`);
    };
    /** Long enough for several looks at what is due. */
    const looks = () => new Promise(resolve => setTimeout(resolve, 150));
    try {
      await test.register('p', {
        defaults: { retries: 2, retryDelay: 'PT5M' },
        tasks: [
          { id: 'bad', run: { command: ['false'] } },
          { id: 'after', dependsOn: ['bad'], run: { command: ['true'] } },
        ],
      });
      const runId = await test.trigger('p');
      for (const tries of [1, 2]) {
        await becomes(runId, 'up_for_retry', tries);
        expect(Number((await state(runId)).next_try_at)).toBe(now + 5 * MINUTE);
        now += 5 * MINUTE - 1_000;
        await looks();
        await becomes(runId, 'up_for_retry', tries);
        now += 1_000;
      }
      await becomes(runId, 'failed', 3);
      expect((await test.finished(runId)).state).toBe('failed');
      expect(await test.states(runId)).toEqual({
        bad: 'failed',
        after: 'upstream_failed',
      });
      now += 60 * MINUTE;
      await looks();
      expect(test.executor.launched).toHaveLength(3);
    } finally {
      await test.stop();
    }
  });
});
