import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { eachDatabase } from '../database/testing';
import {
  ScriptedExecutor,
  type Script,
  type TestEngine,
  createTestEngine,
} from './testing';

const logger = mockLogger();
const JANE = 'user:default/jane';

const fails =
  (...ids: string[]): Script =>
  ({ labels }) =>
    ids.includes(labels.taskId)
      ? {
          result: 'failed',
          exitCode: 1,
          failure: 'exit_code',
          message: 'exit code 1',
        }
      : { result: 'success', exitCode: 0 };

const hangs =
  (...ids: string[]): Script =>
  ({ labels }) =>
    ids.includes(labels.taskId) ? 'hang' : { result: 'success', exitCode: 0 };

eachDatabase((_name, databases) => {
  let test: TestEngine;

  const start = async (script: Script, spec: object = {}) => {
    test = await createTestEngine(await databases.open(), {
      logger,
      executor: new ScriptedExecutor(script),
      settings: { pollMs: 20, reconcileMs: 100 },
    });
    await test.register('p', {
      tasks: [
        { id: 'a', run: { command: ['true'] } },
        { id: 'b', dependsOn: ['a'], run: { command: ['true'] } },
        { id: 'c', dependsOn: ['b'], run: { command: ['true'] } },
      ],
      ...spec,
    });
    return test.trigger('p');
  };
  const mark = (
    runId: string,
    taskIds: string[],
    state: 'success' | 'failed' | 'skipped',
    dryRun = false,
  ) => test.engine.commands.markTasks(runId, { taskIds, state, dryRun }, JANE);

  const is = async (runId: string, wanted: Record<string, string>) => {
    const end = Date.now() + 60_000;
    const now = () => test.states(runId);
    while (JSON.stringify(await now()) !== JSON.stringify(wanted)) {
      if (Date.now() > end) break;
      await new Promise(resolve => setTimeout(resolve, 10));
    }
    expect(await now()).toEqual(wanted);
  };

  afterEach(() => test.stop());

  it('lets a failed run go on when its failed task is marked success', async () => {
    const runId = await start(fails('a'));
    expect((await test.finished(runId)).state).toBe('failed');
    const touched = await mark(runId, ['a'], 'success');
    expect(touched).toEqual({
      marked: [{ taskId: 'a', mapIndex: -1, state: 'failed' }],
      reset: [
        { taskId: 'b', mapIndex: -1, state: 'upstream_failed' },
        { taskId: 'c', mapIndex: -1, state: 'upstream_failed' },
      ],
    });
    expect((await test.finished(runId)).state).toBe('success');
    await is(runId, { a: 'success', b: 'success', c: 'success' });
    // Nothing of "a" ran again, and its state says who gave it.
    expect(test.executor.launched.map(({ labels }) => labels.taskId)).toEqual([
      'a',
      'b',
      'c',
    ]);
    expect((await test.instances(runId)).a.reason).toBe(
      'marked success by user:default/jane',
    );
  });

  it('only tells what it would do in a dry run', async () => {
    const runId = await start(fails('b'));
    await test.finished(runId);
    const { marked, reset } = await mark(runId, ['b'], 'skipped', true);
    expect([marked.length, reset.length]).toEqual([1, 1]);
    await is(runId, { a: 'success', b: 'failed', c: 'upstream_failed' });
    expect((await test.run(runId)).state).toBe('failed');
  });

  it('ends a live task first, then it has the state', async () => {
    const runId = await start(hangs('b'));
    await is(runId, { a: 'success', b: 'running', c: 'none' });
    await mark(runId, ['b'], 'success');
    expect((await test.finished(runId)).state).toBe('success');
    await is(runId, { a: 'success', b: 'success', c: 'success' });
    expect(test.executor.launched).toHaveLength(3);
  });

  it('fails what waits, and what comes after it cannot run', async () => {
    const runId = await start(hangs('a'));
    await is(runId, { a: 'running', b: 'none', c: 'none' });
    await mark(runId, ['b'], 'failed');
    test.executor.end(test.executor.launched[0].attemptId, {
      result: 'success',
      exitCode: 0,
    });
    expect((await test.finished(runId)).state).toBe('failed');
    await is(runId, { a: 'success', b: 'failed', c: 'upstream_failed' });
  });

  it('skips the rest as the trigger rules say', async () => {
    const runId = await start(fails('a'));
    await test.finished(runId);
    await mark(runId, ['a'], 'skipped');
    expect((await test.finished(runId)).state).toBe('success');
    await is(runId, { a: 'skipped', b: 'skipped', c: 'skipped' });
  });

  it('takes a task out of its wait for a retry', async () => {
    const runId = await start(fails('a'), {
      tasks: [
        {
          id: 'a',
          run: { command: ['true'] },
          retries: 3,
          retryDelay: 'PT1H',
        },
      ],
    });
    await is(runId, { a: 'up_for_retry' });
    await mark(runId, ['a'], 'success');
    expect((await test.finished(runId)).state).toBe('success');
  });

  it('is wanted twice, or of a task that does not exist', async () => {
    const runId = await start(fails('a'));
    await test.finished(runId);
    await Promise.all([
      mark(runId, ['a'], 'success'),
      mark(runId, ['a'], 'success'),
    ]);
    expect((await test.finished(runId)).state).toBe('success');
    expect(test.executor.launched).toHaveLength(3);
    await expect(mark(runId, ['x'], 'failed')).rejects.toThrow('no task "x"');
  });
});
