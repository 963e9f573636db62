import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { eventually } from '../__testUtils__/eventually';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { eachDatabase } from '../database/testing';
import {
  type Script,
  ScriptedExecutor,
  type TestEngine,
  createTestEngine,
} from './testing';

const logger = mockLogger();

const run = (id: string, more: Record<string, unknown> = {}) => ({
  id,
  run: { command: ['true'] },
  ...more,
});

/** create (setup) → work → drop (teardown), then tell (finally). */
const cluster = (more: Record<string, unknown> = {}) => ({
  tasks: [
    run('create', { setup: true }),
    run('work', { dependsOn: ['create'] }),
    run('load', { dependsOn: ['work'] }),
    run('drop', {
      dependsOn: ['load'],
      teardown: { of: ['create'] },
      retries: 1,
      retryDelay: 'PT0.01S',
    }),
  ],
  finally: [
    {
      id: 'tell',
      run: {
        command: ['echo', '${{ run.state }}: ${{ run.failed_tasks }}'],
      },
    },
  ],
  ...more,
});

const does =
  (outcomes: Record<string, 'fails' | 'hangs'>): Script =>
  ({ labels: { taskId } }) => {
    if (outcomes[taskId] === 'hangs') return 'hang';
    return outcomes[taskId] === 'fails'
      ? {
          result: 'failed',
          exitCode: 1,
          failure: 'exit_code',
          message: 'exit code 1',
        }
      : { result: 'success', exitCode: 0 };
  };

eachDatabase((_name, databases) => {
  const engines: TestEngine[] = [];
  let db: MaestroDatabase;

  const start = async (outcomes: Record<string, 'fails' | 'hangs'> = {}) => {
    const test = await createTestEngine(db, {
      logger,
      executor: new ScriptedExecutor(does(outcomes)),
      settings: { pollMs: 50, reconcileMs: 100 },
    });
    engines.push(test);
    return test;
  };
  const launched = (test: TestEngine) =>
    test.executor.launched.map(request => request.labels.taskId);
  const runs = (test: TestEngine, runId: string, task: string) =>
    eventually(async () => (await test.states(runId))[task] === 'running');
  /** Of its time limit; without the wait for it. */
  const timeIsOver = async (runId: string) =>
    db
      .table(db.knex, 'timers')
      .where({ kind: 'run_timeout', ref: runId })
      .update({ due_at: await db.now(db.knex) });
  const endOf = (test: TestEngine, task: string) => {
    const { attemptId } = test.executor.launched
      .filter(request => request.labels.taskId === task)
      .at(-1)!;
    test.executor.end(attemptId, { result: 'success', exitCode: 0 });
  };

  beforeEach(async () => {
    db = await databases.open();
    jest.clearAllMocks();
  });
  afterEach(async () => {
    for (const test of engines.splice(0)) await test.stop();
    // eslint-disable-next-line jest/no-standalone-expect
    expect(logger.error.mock.calls).toEqual([]);
  });

  it('takes down and tells after a failure, and the run is failed', async () => {
    const test = await start({ work: 'fails' });
    await test.register('p', cluster());
    const runId = await test.trigger('p');
    expect(await test.finished(runId)).toMatchObject({
      state: 'failed',
      state_reason: 'failed: work',
    });
    expect(await test.states(runId)).toEqual({
      create: 'success',
      work: 'failed',
      load: 'upstream_failed',
      drop: 'success',
      tell: 'success',
    });
    const tell = test.executor.launched.at(-1)!;
    expect(tell.command).toEqual(['echo', 'failed: ["work"]']);
    expect(tell.env).toMatchObject({
      MAESTRO_RUN_STATE: 'failed',
      MAESTRO_RUN_REASON: 'failed: work',
      MAESTRO_RUN_FAILED_TASKS: 'work',
    });
  });

  it.each<[string, Record<string, 'fails'>, string, string | null]>([
    ['nothing', {}, 'success', null],
    ['the teardown', { drop: 'fails' }, 'success', null],
    ['finally', { tell: 'fails' }, 'failed', 'failed in finally: tell'],
    ['both', { work: 'fails', tell: 'fails' }, 'failed', 'failed: work, tell'],
    ['the setup', { create: 'fails' }, 'failed', 'failed: create'],
  ])(
    'when %s fails, the run says so',
    async (_what, outcomes, state, reason) => {
      const test = await start(outcomes);
      await test.register('p', cluster());
      const runId = await test.trigger('p');
      expect(await test.finished(runId)).toMatchObject({
        state,
        state_reason: reason,
      });
      expect(launched(test).includes('drop')).toBe(!outcomes.create);
      expect(launched(test).at(-1)).toBe('tell');
    },
  );

  it('takes down and tells after a cancel, also a second one by mistake', async () => {
    const outcomes: Record<string, 'fails' | 'hangs'> = {
      work: 'hangs',
      drop: 'hangs',
    };
    const test = await start(outcomes);
    await test.register('p', cluster());
    const runId = await test.trigger('p');
    await runs(test, runId, 'work');
    await test.engine.commands.cancelRun(runId, 'user:default/a');
    await runs(test, runId, 'drop');
    await test.engine.commands.cancelRun(runId, 'user:default/a');
    expect(await test.run(runId)).toMatchObject({
      state: 'running',
      cancel_requested_by: 'user:default/a',
      cancel_forced_at: null,
    });
    endOf(test, 'drop');
    expect(await test.finished(runId)).toMatchObject({
      state: 'failed',
      state_reason: 'cancelled',
    });
    expect(await test.states(runId)).toEqual({
      create: 'success',
      work: 'failed',
      load: 'skipped',
      drop: 'success',
      tell: 'success',
    });
    const tell = test.executor.launched.at(-1)!;
    expect(tell.env).toMatchObject({
      MAESTRO_RUN_STATE: 'failed',
      MAESTRO_RUN_REASON: 'cancelled',
    });
  });

  it('ends the clean-up too when it is told to', async () => {
    const test = await start({ work: 'hangs', drop: 'hangs' });
    await test.register('p', cluster());
    const runId = await test.trigger('p');
    await runs(test, runId, 'work');
    await test.engine.commands.cancelRun(runId, 'user:default/a');
    await runs(test, runId, 'drop');
    await test.engine.commands.cancelRun(runId, 'user:default/b', {
      force: true,
    });
    expect(await test.finished(runId)).toMatchObject({
      state: 'failed',
      state_reason: 'cancelled',
      cancel_requested_by: 'user:default/a',
    });
    expect(await test.states(runId)).toMatchObject({
      drop: 'failed',
      tell: 'skipped',
    });
    expect(launched(test)).toEqual(['create', 'work', 'drop']);
  });

  it('tries a teardown again after a cancel, as often as it may', async () => {
    const test = await start({ work: 'hangs', drop: 'fails' });
    await test.register('p', cluster());
    const runId = await test.trigger('p');
    await runs(test, runId, 'work');
    await test.engine.commands.cancelRun(runId, 'user:default/a');
    await test.finished(runId);
    expect(launched(test)).toEqual(['create', 'work', 'drop', 'drop', 'tell']);
  });

  it('takes down nothing that was not set up', async () => {
    const test = await start({ create: 'hangs' });
    await test.register('p', cluster());
    const runId = await test.trigger('p');
    await runs(test, runId, 'create');
    await test.engine.commands.cancelRun(runId, 'user:default/a');
    await test.finished(runId);
    expect(await test.states(runId)).toMatchObject({
      create: 'failed',
      work: 'skipped',
      drop: 'upstream_failed',
      tell: 'success',
    });
  });

  it('cleans up when the run takes too long', async () => {
    const test = await start({ work: 'hangs' });
    await test.register('p', cluster({ timeout: 'PT1H' }));
    const runId = await test.trigger('p');
    await runs(test, runId, 'work');
    await timeIsOver(runId);
    expect(await test.finished(runId)).toMatchObject({
      state: 'failed',
      state_reason: 'run timed out',
    });
    expect(await test.states(runId)).toMatchObject({
      drop: 'success',
      tell: 'success',
    });
  });

  it('goes on with the clean-up in the next process', async () => {
    const first = await start({ work: 'hangs', drop: 'hangs' });
    await first.register('p', cluster());
    const runId = await first.trigger('p');
    await runs(first, runId, 'work');
    await first.engine.commands.cancelRun(runId, 'user:default/a');
    await runs(first, runId, 'drop');
    await engines.pop()!.stop();
    first.executor.script = does({});
    const next = await createTestEngine(db, {
      logger,
      executor: first.executor,
      settings: { pollMs: 50, reconcileMs: 100 },
    });
    engines.push(next);
    endOf(first, 'drop');
    expect(await next.finished(runId)).toMatchObject({
      state_reason: 'cancelled',
    });
    expect(await next.states(runId)).toMatchObject({ tell: 'success' });
  });

  it('sets up again what a cleared task works with', async () => {
    const test = await start({ work: 'fails' });
    await test.register('p', cluster());
    const runId = await test.trigger('p');
    await test.finished(runId);
    test.executor.script = does({});
    const cleared = await test.engine.commands.clearTasks(
      runId,
      {
        downstream: false,
        upstream: false,
        onlyFailed: true,
        dryRun: false,
      },
      'user:default/a',
    );
    expect(cleared.map(({ taskId }) => taskId)).toEqual([
      'create',
      'work',
      'load',
      'drop',
      'tell',
    ]);
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
    expect(launched(test).slice(-5)).toEqual([
      'create',
      'work',
      'load',
      'drop',
      'tell',
    ]);
  });

  describe('when only finally is run again', () => {
    const ended = async (how: 'cancelled' | 'run timed out') => {
      const test = await start({ work: 'hangs', tell: 'fails' });
      await test.register(
        'p',
        cluster({
          maxActiveRuns: 1,
          ...(how === 'cancelled' ? {} : { timeout: 'PT1H' }),
        }),
      );
      const runId = await test.trigger('p');
      await runs(test, runId, 'work');
      if (how === 'cancelled') {
        await test.engine.commands.cancelRun(runId, 'user:default/a');
      } else {
        await timeIsOver(runId);
      }
      await test.finished(runId);
      test.executor.script = does({});
      return { test, runId };
    };
    const tellAgain = {
      taskIds: ['tell'],
      downstream: false,
      upstream: false,
      onlyFailed: false,
      dryRun: false,
    };

    it.each(['cancelled', 'run timed out'] as const)(
      'a run that ended so stays so: %s',
      async how => {
        const { test, runId } = await ended(how);
        const { commands } = test.engine;
        await commands.clearTasks(runId, tellAgain, 'user:default/b');
        expect(await test.finished(runId)).toMatchObject({
          state: 'failed',
          state_reason: how,
        });
        expect(await test.states(runId)).toMatchObject({
          work: 'failed',
          load: 'skipped',
          tell: 'success',
        });
        expect(launched(test).slice(-2)).toEqual(['tell', 'tell']);
        expect(test.executor.launched.at(-1)!.env).toMatchObject({
          MAESTRO_RUN_STATE: 'failed',
          MAESTRO_RUN_REASON: how,
        });
      },
    );

    it.each(['cancelled', 'run timed out'] as const)(
      'nor does a mark of it make one good: %s',
      async how => {
        const { test, runId } = await ended(how);
        await test.engine.commands.markTasks(
          runId,
          { taskIds: ['tell'], state: 'success', dryRun: false },
          'user:default/b',
        );
        expect(await test.finished(runId)).toMatchObject({
          state: 'failed',
          state_reason: how,
        });
      },
    );

    it('nor does a teardown that is run again', async () => {
      const test = await start({ work: 'hangs', drop: 'fails' });
      await test.register('p', cluster());
      const runId = await test.trigger('p');
      await runs(test, runId, 'work');
      const { commands } = test.engine;
      await commands.cancelRun(runId, 'user:default/a');
      await test.finished(runId);
      expect(await test.states(runId)).toMatchObject({ drop: 'failed' });
      test.executor.script = does({});
      await commands.clearTasks(
        runId,
        { ...tellAgain, taskIds: ['drop'] },
        'user:default/b',
      );
      expect(await test.finished(runId)).toMatchObject({
        state: 'failed',
        state_reason: 'cancelled',
      });
      expect(await test.states(runId)).toMatchObject({
        load: 'skipped',
        drop: 'success',
        tell: 'success',
      });
    });

    it('a cancel by force ends it, and one without does not', async () => {
      const { test, runId } = await ended('cancelled');
      const { commands } = test.engine;
      test.executor.script = does({ tell: 'hangs' });
      await commands.clearTasks(runId, tellAgain, 'user:default/b');
      await runs(test, runId, 'tell');
      await commands.cancelRun(runId, 'user:default/b');
      expect(await test.run(runId)).toMatchObject({ state: 'running' });
      await commands.cancelRun(runId, 'user:default/b', { force: true });
      expect(await test.finished(runId)).toMatchObject({
        state: 'failed',
        state_reason: 'cancelled',
      });
      expect(await test.states(runId)).toMatchObject({ tell: 'failed' });
    });

    it('a cancel ends it at once while it waits in the queue', async () => {
      const { test, runId } = await ended('cancelled');
      test.executor.script = does({ work: 'hangs' });
      const other = await test.trigger('p');
      await runs(test, other, 'work');
      const { commands } = test.engine;
      await commands.clearTasks(runId, tellAgain, 'user:default/b');
      expect(await test.run(runId)).toMatchObject({ state: 'queued' });
      await commands.cancelRun(runId, 'user:default/b');
      expect(await test.run(runId)).toMatchObject({
        state: 'failed',
        state_reason: 'cancelled',
      });
      expect(await test.states(runId)).toMatchObject({ tell: 'skipped' });
      await commands.cancelRun(other, 'user:default/a');
      await test.finished(other);
    });

    it('a run that is good by what is run again before it is good', async () => {
      const { test, runId } = await ended('cancelled');
      await test.engine.commands.clearTasks(
        runId,
        { ...tellAgain, taskIds: ['work'], downstream: true },
        'user:default/b',
      );
      expect(await test.finished(runId)).toMatchObject({
        state: 'success',
        cancel_requested_at: null,
      });
    });
  });

  it('runs nothing of a run that was still in its queue', async () => {
    const test = await start({ work: 'hangs' });
    await test.register('p', cluster({ maxActiveRuns: 1 }));
    const first = await test.trigger('p');
    await runs(test, first, 'work');
    const second = await test.trigger('p');
    await test.engine.commands.cancelRun(second, 'user:default/a');
    expect(await test.run(second)).toMatchObject({
      state: 'failed',
      state_reason: 'cancelled',
    });
    expect(new Set(Object.values(await test.states(second)))).toEqual(
      new Set(['skipped']),
    );
    await test.engine.commands.cancelRun(first, 'user:default/a');
    await test.finished(first);
  });
});
