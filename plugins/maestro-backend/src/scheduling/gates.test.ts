import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { eachDatabase } from '../database/testing';
import {
  ScriptedExecutor,
  type TestEngine,
  createTestEngine,
} from '../engine/testing';

const logger = mockLogger();
const at = (iso: string) => Date.parse(iso);

eachDatabase((_name, databases) => {
  let test: TestEngine;
  let db: MaestroDatabase;
  let now: number;

  beforeEach(async () => {
    now = at('2026-11-22T03:59:00Z');
    db = await databases.open({ clock: () => now });
    test = await createTestEngine(db, {
      logger,
      executor: new ScriptedExecutor(() => 'hang'),
      settings: { pollMs: 20, reconcileMs: 20 },
    });
    jest.clearAllMocks();
  });
  afterEach(() => test.stop());

  const hourly = (schedule: object = {}, more: object = {}) => ({
    schedule: { cron: '0 * * * *', ...schedule },
    tasks: [{ id: 'a', run: { command: ['true'] } }],
    ...more,
  });
  /** What is read once it is what is wanted, or after a minute. */
  const eventually = async <T>(read: () => Promise<T>, wanted: T) => {
    const end = Date.now() + 60_000;
    while (JSON.stringify(await read()) !== JSON.stringify(wanted)) {
      if (Date.now() > end) break;
      await new Promise(resolve => setTimeout(resolve, 10));
    }
    return read();
  };
  const ticks = async () =>
    (await db.knex('ticks').orderBy('due_at')).map(
      tick => tick.reason ?? tick.outcome,
    );
  const runs = async () =>
    (await db.knex('runs').orderBy('run_after')).map(
      ({ state, state_reason: reason }) => [state, reason],
    );
  const endAll = () =>
    test.executor.launched.forEach(({ attemptId }) => {
      if (test.executor.objects.get(attemptId)?.phase === 'running') {
        test.executor.end(attemptId, { result: 'success', exitCode: 0 });
      }
    });

  describe('overlap', () => {
    it('queue: the next run waits', async () => {
      await test.register('p', hourly({}, { maxActiveRuns: 1 }));
      now = at('2026-11-22T04:00:01Z');
      expect(await eventually(ticks, ['run'])).toEqual(['run']);
      now = at('2026-11-22T05:00:01Z');
      expect(await eventually(ticks, ['run', 'run'])).toEqual(['run', 'run']);
      expect(
        await eventually(runs, [
          ['running', null],
          ['queued', null],
        ]),
      ).toEqual([
        ['running', null],
        ['queued', null],
      ]);
    });

    it('skip: the due time starts no run while one is not over', async () => {
      await test.register('p', hourly({}, { overlap: 'skip' }));
      now = at('2026-11-22T04:00:01Z');
      expect(
        await eventually(async () => test.executor.launched.length, 1),
      ).toEqual(1);
      now = at('2026-11-22T05:00:01Z');
      expect(await eventually(ticks, ['run', 'overlap'])).toEqual([
        'run',
        'overlap',
      ]);
      endAll();
      expect(await eventually(runs, [['success', null]])).toEqual([
        ['success', null],
      ]);
      now = at('2026-11-22T06:00:01Z');
      expect(await eventually(ticks, ['run', 'overlap', 'run'])).toEqual([
        'run',
        'overlap',
        'run',
      ]);
    });

    it('skip: of several due times that are caught up one runs', async () => {
      await test.register(
        'p',
        hourly({ catchup: true }, { overlap: 'skip', maxActiveRuns: 5 }),
      );
      now = at('2026-11-22T06:00:01Z');
      expect(await eventually(ticks, ['run', 'overlap', 'overlap'])).toEqual([
        'run',
        'overlap',
        'overlap',
      ]);
    });

    it('cancel_older: what is older ends, the new run goes on', async () => {
      await test.register(
        'p',
        hourly({}, { overlap: 'cancel_older', maxActiveRuns: 1 }),
      );
      now = at('2026-11-22T04:00:01Z');
      expect(
        await eventually(async () => test.executor.launched.length, 1),
      ).toEqual(1);
      now = at('2026-11-22T05:00:01Z');
      expect(
        await eventually(runs, [
          ['failed', 'cancelled'],
          ['running', null],
        ]),
      ).toEqual([
        ['failed', 'cancelled'],
        ['running', null],
      ]);
      const [older] = await db.knex('runs').orderBy('run_after');
      expect(older.cancel_requested_by).toBe('maestro:overlap');
    });

    it('cancel_older leaves alone what a person started', async () => {
      await test.register('p', hourly({}, { overlap: 'cancel_older' }));
      await test.trigger('p');
      expect(
        await eventually(async () => test.executor.launched.length, 1),
      ).toEqual(1);
      now = at('2026-11-22T04:00:01Z');
      expect(
        await eventually(async () => test.executor.launched.length, 2),
      ).toEqual(2);
      expect((await runs()).map(([state]) => state)).toEqual([
        'running',
        'running',
      ]);
    });
  });

  describe('when', () => {
    it('starts runs only where the condition holds, as of the due time', async () => {
      test.variables.enabled = 'no';
      await test.register('p', hourly({ when: "vars.enabled == 'yes'" }));
      now = at('2026-11-22T04:00:01Z');
      expect(await eventually(ticks, ['when'])).toEqual(['when']);
      test.variables.enabled = 'yes';
      now = at('2026-11-22T05:00:01Z');
      expect(await eventually(ticks, ['when', 'run'])).toEqual(['when', 'run']);
    });

    it('knows the due time and its interval', async () => {
      await test.register(
        'p',
        hourly({
          when: "run.logical_date == '2026-11-22T05:00:00.000Z' && run.data_interval_start == '2026-11-22T04:00:00.000Z'",
        }),
      );
      now = at('2026-11-22T04:00:01Z');
      expect(await eventually(ticks, ['when'])).toEqual(['when']);
      now = at('2026-11-22T05:00:01Z');
      expect(await eventually(ticks, ['when', 'run'])).toEqual(['when', 'run']);
    });

    it('that cannot be evaluated starts nothing, says why and goes on', async () => {
      await test.register('p', hourly({ when: "vars.missing == 'yes'" }));
      now = at('2026-11-22T04:00:01Z');
      expect(await eventually(async () => (await ticks()).length, 1)).toEqual(
        1,
      );
      expect((await ticks())[0]).toMatch(/^when: .*missing/);
      expect(logger.warn).toHaveBeenCalledWith(
        expect.stringContaining('schedule "default" of "p"'),
      );
      test.variables.missing = 'yes';
      now = at('2026-11-22T05:00:01Z');
      expect(await eventually(async () => (await ticks())[1], 'run')).toEqual(
        'run',
      );
    });
  });
});
