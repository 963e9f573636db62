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

/** before → [fetch → train] → after; the group is run again. */
const pipeline = (group: Record<string, unknown> = {}) => ({
  groups: [{ id: 'model', retries: 1, retryDelay: 'PT0.05S', ...group }],
  tasks: [
    run('before'),
    run('fetch', { dependsOn: ['before'], group: 'model' }),
    run('train', { dependsOn: ['fetch'], group: 'model' }),
    run('after', { dependsOn: ['fetch'] }),
    run('rescue', { dependsOn: ['train'], triggerRule: 'one_failed' }),
  ],
});

/** Fails as often as is said. */
const failing = (times: Record<string, number>): Script => {
  const left = { ...times };
  return ({ labels: { taskId } }) => {
    if (!left[taskId]) return { result: 'success', exitCode: 0 };
    left[taskId]--;
    return {
      result: 'failed',
      exitCode: 1,
      failure: 'exit_code',
      message: 'exit code 1',
    };
  };
};

eachDatabase((_name, databases) => {
  const engines: TestEngine[] = [];
  let db: MaestroDatabase;

  const start = async (script?: Script, executor?: ScriptedExecutor) => {
    const test = await createTestEngine(db, {
      logger,
      executor: executor ?? new ScriptedExecutor(script),
      settings: { pollMs: 50, reconcileMs: 100 },
    });
    engines.push(test);
    return test;
  };
  const launched = (test: TestEngine) =>
    test.executor.launched.map(request => request.labels.taskId).join(' ');
  const groupRows = () => db.table(db.knex, 'group_retries');
  const waits = async () =>
    (await groupRows()).some(row => row.next_at !== null);

  beforeEach(async () => {
    db = await databases.open();
    jest.clearAllMocks();
  });
  afterEach(async () => {
    for (const test of engines.splice(0)) await test.stop();
    // eslint-disable-next-line jest/no-standalone-expect
    expect(logger.error.mock.calls).toEqual([]);
  });

  it('runs all its tasks again, and only then what is below', async () => {
    const test = await start(failing({ train: 1 }));
    await test.register('p', pipeline());
    const runId = await test.trigger('p');
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
    expect(launched(test)).toBe('before fetch train fetch train after');
    expect(await test.states(runId)).toMatchObject({ rescue: 'skipped' });
    const events = await db
      .table(db.knex, 'events')
      .whereIn('type', ['group_up_for_retry', 'group_retry'])
      .orderBy('seq');
    expect(events.map(({ type, body }) => [type, JSON.parse(body)])).toEqual([
      ['group_up_for_retry', { group: 'model', nextAt: expect.any(Number) }],
      ['group_retry', { group: 'model', retry: 1, of: 1 }],
    ]);
    // A task's own tries begin anew.
    expect((await test.instances(runId)).fetch).toMatchObject({
      try_number: 1,
      attempt_seq: 2,
    });
  });

  it('fails when all its retries failed', async () => {
    const test = await start(failing({ train: 9 }));
    await test.register('p', pipeline());
    const runId = await test.trigger('p');
    await test.finished(runId);
    expect(await test.states(runId)).toMatchObject({ train: 'failed' });
    expect(launched(test)).toBe('before fetch train fetch train after rescue');
  });

  it('does not wait for a retry when nothing of it failed itself', async () => {
    const test = await start(failing({ before: 9 }));
    await test.register('p', pipeline({ retryDelay: 'PT1H' }));
    const runId = await test.trigger('p');
    expect(await test.finished(runId)).toMatchObject({
      state: 'failed',
      state_reason: 'failed: before',
    });
  });

  it('goes on in the next process', async () => {
    const first = await start(failing({ train: 1 }));
    await first.register('p', pipeline({ retryDelay: 'PT3S' }));
    const runId = await first.trigger('p');
    await eventually(waits);
    await engines.pop()!.stop();
    const next = await start(undefined, first.executor);
    expect(await next.finished(runId)).toMatchObject({ state: 'success' });
    expect(launched(next)).toBe('before fetch train fetch train after');
  });

  it('is cancelled while it waits', async () => {
    const test = await start(failing({ train: 1 }));
    await test.register('p', {
      ...pipeline({ retryDelay: 'PT1H' }),
      finally: [run('tell')],
    });
    const runId = await test.trigger('p');
    await eventually(waits);
    await test.engine.commands.cancelRun(runId, 'user:default/a');
    expect(await test.finished(runId)).toMatchObject({
      state_reason: 'cancelled',
    });
    expect(await test.states(runId)).toMatchObject({ tell: 'success' });
    expect(
      await db.table(db.knex, 'timers').where({ kind: 'group_retry' }),
    ).toEqual([]);
  });

  it.each<['success' | 'failed', string, string]>([
    ['success', 'train', 'before fetch train after'],
    ['failed', 'fetch', 'before fetch train rescue'],
  ])('stops waiting when a task is marked %s', async (state, task, order) => {
    const test = await start(failing({ train: 1 }));
    await test.register('p', pipeline({ retryDelay: 'PT1H' }));
    const runId = await test.trigger('p');
    await eventually(waits);
    await test.engine.commands.markTasks(
      runId,
      { taskIds: [task], state, dryRun: false },
      'user:default/a',
    );
    await test.finished(runId);
    expect(launched(test)).toBe(order);
    expect(await waits()).toBe(false);
  });

  it('is not run again by itself when a cancel ended it and another task is cleared', async () => {
    const test = await start(({ labels: { taskId } }) =>
      taskId === 'train' ? 'hang' : { result: 'success', exitCode: 0 },
    );
    await test.register('p', pipeline());
    const runId = await test.trigger('p');
    await eventually(
      async () => (await test.states(runId)).train === 'running',
    );
    await test.engine.commands.cancelRun(runId, 'user:default/test');
    await test.finished(runId);
    await test.engine.commands.clearTasks(
      runId,
      {
        taskIds: ['before'],
        downstream: false,
        upstream: false,
        onlyFailed: false,
        dryRun: false,
      },
      'user:default/test',
    );
    await test.finished(runId);
    expect(launched(test)).toBe('before fetch train before');
    expect(await test.states(runId)).toMatchObject({
      before: 'success',
      train: 'failed',
    });
  });

  it('has all its retries again after a clear of the group', async () => {
    const test = await start(failing({ train: 3 }));
    await test.register('p', pipeline());
    const runId = await test.trigger('p');
    await test.finished(runId);
    const cleared = await test.engine.commands.clearTasks(
      runId,
      {
        groupIds: ['model'],
        downstream: true,
        upstream: false,
        onlyFailed: false,
        dryRun: false,
      },
      'user:default/a',
    );
    expect(cleared.map(({ taskId }) => taskId)).toEqual([
      'fetch',
      'train',
      'after',
      'rescue',
    ]);
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
    expect(await groupRows()).toMatchObject([{ used: 1, next_at: null }]);
  });

  it('an inner group first, then the one around it, which renews it', async () => {
    const test = await start(failing({ train: 3 }));
    await test.register('p', {
      groups: [
        { id: 'outer', retries: 1, retryDelay: 'PT0.01S' },
        { id: 'inner', parent: 'outer', retries: 1, retryDelay: 'PT0.01S' },
      ],
      tasks: [
        run('fetch', { group: 'outer' }),
        run('train', { dependsOn: ['fetch'], group: 'inner' }),
        run('after', { dependsOn: ['train'] }),
      ],
    });
    const runId = await test.trigger('p');
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
    expect(launched(test)).toBe('fetch train train fetch train train after');
  });

  it('takes down what it set up before it is run again', async () => {
    const test = await start(failing({ work: 1 }));
    await test.register('p', {
      groups: [{ id: 'g', retries: 1, retryDelay: 'PT0.01S' }],
      tasks: [
        run('create', { group: 'g', setup: true }),
        run('work', { group: 'g', dependsOn: ['create'] }),
        run('drop', {
          group: 'g',
          dependsOn: ['work'],
          teardown: { of: ['create'] },
        }),
      ],
    });
    const runId = await test.trigger('p');
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
    expect(launched(test)).toBe('create work drop create work drop');
  });
});
