/* Callbacks of a DAG: tasks that are called when all is over, and change nothing of it. */
import { eventually } from '../__testUtils__/eventually';
import { eachDatabase } from '../database/testing';
import { run, startedEngines } from './__testUtils__/startedEngines';
import type { Script, TestEngine } from './testing';

/** first → last, with both callbacks. */
const dag = (more: Record<string, unknown> = {}) => ({
  tasks: [run('first'), run('last', ['first'])],
  finally: [run('succeeded'), run('failed')],
  callbacks: { succeeded: 'success', failed: 'failed' },
  ...more,
});

/** The callback that hangs is given up after a second. */
const IMPATIENT = {
  finally: [run('succeeded', [], { timeout: 'PT1S' }), run('failed')],
};

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
  const engines = startedEngines(databases, { logsNoErrors: true });
  const { table, now } = engines;

  const start = async (
    outcomes: Record<string, 'fails' | 'hangs'>,
    spec: Record<string, unknown> = {},
  ) => {
    const test = await engines.start(does(outcomes));
    await test.register('d', dag(spec));
    return test;
  };
  const launched = (test: TestEngine) =>
    test.executor.launched.map(request => request.labels.taskId);
  const runs = (test: TestEngine, runId: string, id: string) =>
    eventually(async () => (await test.states(runId))[id] === 'running');
  /** Of its time limit; without the wait for it. */
  const timeIsOver = async (runId: string) => {
    const over = await now();
    await table('timers')
      .where({ kind: 'run_timeout', ref: runId })
      .update({ due_at: over });
    return over;
  };
  const clear = (test: TestEngine, runId: string, taskIds: string[]) =>
    test.engine.commands.clearTasks(
      runId,
      {
        taskIds,
        dryRun: false,
        downstream: false,
        upstream: false,
        onlyFailed: false,
      },
      'user:default/a',
    );
  const mark = (
    test: TestEngine,
    runId: string,
    taskIds: string[],
    state: 'success' | 'failed',
  ) =>
    test.engine.commands.markTasks(
      runId,
      { taskIds, state, dryRun: false },
      'user:default/a',
    );
  const calledWith = (test: TestEngine) =>
    JSON.parse(test.executor.launched.at(-1)!.env.MAESTRO_AIRFLOW_CALLBACK);
  const task = (id: string) => ({
    task_id: id,
    map_index: -1,
    try_number: 1,
  });

  it.each<
    [
      string,
      Record<string, 'fails' | 'hangs'>,
      { state: string; state_reason: string | null },
      Record<string, string>,
      object,
    ]
  >([
    [
      'a success',
      {},
      { state: 'success', state_reason: null },
      { succeeded: 'success', failed: 'skipped' },
      { kind: 'success', reason: 'success', lastTask: task('last') },
    ],
    [
      'a failure',
      { first: 'fails' },
      { state: 'failed', state_reason: 'failed: first' },
      { succeeded: 'skipped', failed: 'success' },
      { kind: 'failure', reason: 'task_failure', lastTask: task('first') },
    ],
    [
      'a success, and fails',
      { succeeded: 'fails' },
      { state: 'success', state_reason: null },
      { succeeded: 'failed', failed: 'skipped' },
      { kind: 'success', reason: 'success', lastTask: task('last') },
    ],
    [
      'a success, and hangs',
      { succeeded: 'hangs' },
      { state: 'success', state_reason: null },
      { succeeded: 'failed', failed: 'skipped' },
      { kind: 'success', reason: 'success', lastTask: task('last') },
    ],
    [
      'a failure, and fails',
      { last: 'fails', failed: 'fails' },
      { state: 'failed', state_reason: 'failed: last' },
      { succeeded: 'skipped', failed: 'failed' },
      { kind: 'failure', reason: 'task_failure', lastTask: task('last') },
    ],
  ])('one is called after %s', async (_what, outcomes, row, states, called) => {
    const test = await start(
      outcomes,
      outcomes.succeeded === 'hangs' ? IMPATIENT : {},
    );
    const runId = await test.trigger('d');
    expect(await test.finished(runId)).toMatchObject(row);
    expect(await test.states(runId)).toMatchObject(states);
    expect(calledWith(test)).toEqual(called);
    expect(launched(test).filter(id => states[id])).toHaveLength(1);
  });

  it('that of a failure is called when the time of the run is over', async () => {
    const test = await start({ last: 'hangs' }, { timeout: 'PT1H' });
    const runId = await test.trigger('d');
    await runs(test, runId, 'last');
    await timeIsOver(runId);
    expect(await test.finished(runId)).toMatchObject({
      state: 'failed',
      state_reason: 'run timed out',
    });
    expect(await test.states(runId)).toMatchObject({
      succeeded: 'skipped',
      failed: 'success',
    });
    expect(calledWith(test)).toEqual({
      kind: 'failure',
      reason: 'timed_out',
      lastTask: task('last'),
    });
  });

  it('none is called when somebody cancels the run', async () => {
    const test = await start({ last: 'hangs' });
    const runId = await test.trigger('d');
    await runs(test, runId, 'last');
    await test.engine.commands.cancelRun(runId, 'user:default/a');
    expect(await test.finished(runId)).toMatchObject({
      state: 'failed',
      state_reason: 'cancelled',
    });
    expect(await test.states(runId)).toMatchObject({
      succeeded: 'skipped',
      failed: 'skipped',
    });
    expect(launched(test)).toEqual(['first', 'last']);
  });

  it.each<[string, { by?: string }, string[], string[]]>([
    [
      'the time of the run was over',
      {},
      ['drop', 'failed', 'succeeded'],
      ['drop', 'failed'],
    ],
    ['somebody cancelled it', { by: 'user:default/a' }, ['drop'], ['drop']],
  ])(
    'a teardown that is run again leaves its end to a run: %s',
    async (_what, { by }, touched, again) => {
      const test = await start(
        { work: 'hangs', drop: 'fails' },
        {
          tasks: [
            run('create'),
            run('work', ['create']),
            run('load', ['work']),
            { ...run('drop', ['load']), teardown: { of: ['create'] } },
          ],
          timeout: 'PT1H',
        },
      );
      const runId = await test.trigger('d');
      await runs(test, runId, 'work');
      if (by) await test.engine.commands.cancelRun(runId, by);
      else await timeIsOver(runId);
      const { state_reason } = await test.finished(runId);
      const before = launched(test).length;
      test.executor.script = does({});
      const cleared = await clear(test, runId, ['drop']);
      expect(cleared.map(({ taskId }) => taskId).sort()).toEqual(touched);
      expect(await test.finished(runId)).toMatchObject({
        state: 'failed',
        state_reason,
      });
      expect(launched(test).slice(before)).toEqual(again);
      expect(await test.states(runId)).toMatchObject({
        load: 'skipped',
        drop: 'success',
        succeeded: 'skipped',
        failed: by ? 'skipped' : 'success',
      });
    },
  );

  it('neither the time of the run nor its deadline count while one is called', async () => {
    const test = await start(
      { first: 'hangs', succeeded: 'hangs' },
      { timeout: 'PT1H' },
    );
    const runId = await test.trigger('d');
    await runs(test, runId, 'first');
    await table('runs')
      .where({ run_id: runId })
      .update({ sla_state: 'pending', sla_deadline: (await now()) + 60_000 });
    const { attemptId } = test.executor.launched[0];
    test.executor.end(attemptId, { result: 'success', exitCode: 0 });
    await runs(test, runId, 'succeeded');
    expect(await test.run(runId)).toMatchObject({ sla_state: 'met' });
    const over = await timeIsOver(runId);
    await eventually(async () => {
      const timer = await table('timers')
        .where({ kind: 'run_timeout', ref: runId })
        .first();
      return Number(timer?.due_at) > over + 30_000;
    });
    const callback = test.executor.launched.at(-1)!;
    test.executor.end(callback.attemptId, { result: 'success', exitCode: 0 });
    expect(await test.finished(runId)).toMatchObject({
      state: 'success',
      cancel_requested_at: null,
    });
    expect(await table('timers').where({ ref: runId }).first()).toBeUndefined();
  });

  it('a cancel ends the one that is called, and the outcome stands', async () => {
    const test = await start({ succeeded: 'hangs' });
    const runId = await test.trigger('d');
    await runs(test, runId, 'succeeded');
    await test.engine.commands.cancelRun(runId, 'maestro:overlap');
    expect((await test.states(runId)).succeeded).toBe('running');
    await test.engine.commands.cancelRun(runId, 'user:default/a');
    expect(await test.finished(runId)).toMatchObject({
      state: 'success',
      state_reason: null,
      cancel_requested_at: null,
    });
    expect((await test.states(runId)).succeeded).toBe('failed');
  });

  it('is called again when the run ends again, also by itself', async () => {
    const test = await start({ last: 'fails' });
    const runId = await test.trigger('d');
    await test.finished(runId);
    await clear(test, runId, ['failed']);
    expect(await test.finished(runId)).toMatchObject({ state: 'failed' });
    test.executor.script = does({});
    await clear(test, runId, ['last']);
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
    expect(launched(test)).toEqual([
      'first',
      'last',
      'failed',
      'failed',
      'last',
      'succeeded',
    ]);
    expect(await test.states(runId)).toMatchObject({
      succeeded: 'success',
      failed: 'skipped',
    });
  });

  it('is called again for a run whose time was over, which has failed as before', async () => {
    const test = await start({ first: 'hangs' }, { timeout: 'PT1H' });
    const runId = await test.trigger('d');
    await runs(test, runId, 'first');
    await timeIsOver(runId);
    // "last" is skipped then, so no leaf is a bad one.
    const timedOut = { state: 'failed', state_reason: 'run timed out' };
    expect(await test.finished(runId)).toMatchObject(timedOut);
    const first = calledWith(test);

    await clear(test, runId, ['succeeded', 'failed']);
    expect(await test.finished(runId)).toMatchObject(timedOut);
    expect(await test.states(runId)).toMatchObject({
      succeeded: 'skipped',
      failed: 'success',
    });
    expect(launched(test)).toEqual(['first', 'failed', 'failed']);
    expect(calledWith(test)).toEqual(first);

    await mark(test, runId, ['failed'], 'failed');
    expect(await test.finished(runId)).toMatchObject(timedOut);

    test.executor.script = does({ failed: 'hangs' });
    await clear(test, runId, ['failed']);
    await runs(test, runId, 'failed');
    await test.engine.commands.cancelRun(runId, 'user:default/a', {
      force: true,
    });
    expect(await test.finished(runId)).toMatchObject(timedOut);
    test.executor.script = does({});
    await clear(test, runId, ['failed']);
    expect(await test.finished(runId)).toMatchObject(timedOut);
    expect((await test.states(runId)).failed).toBe('success');

    // Its work is a new one.
    await clear(test, runId, ['first', 'last']);
    expect(await test.finished(runId)).toMatchObject({
      state: 'success',
      cancel_requested_at: null,
    });
  });

  it('is not called again for a run that somebody has cancelled', async () => {
    const test = await start({ first: 'hangs' });
    const runId = await test.trigger('d');
    await runs(test, runId, 'first');
    await test.engine.commands.cancelRun(runId, 'user:default/a');
    await test.finished(runId);
    const refused = 'its callbacks are not called after a cancel';
    await expect(clear(test, runId, ['failed'])).rejects.toThrow(refused);
    await expect(mark(test, runId, ['failed'], 'success')).rejects.toThrow(
      refused,
    );
    // It has that state.
    await mark(test, runId, ['first'], 'failed');
    expect(await test.run(runId)).toMatchObject({
      state: 'failed',
      state_reason: 'cancelled',
    });
  });

  it('a cancel of a run that waits in its queue for nothing but callbacks leaves its outcome', async () => {
    const test = await start({}, { maxActiveRuns: 1, timeout: 'PT1H' });
    const succeeded = await test.trigger('d');
    await test.finished(succeeded);
    test.executor.script = does({ first: 'fails' });
    const failed = await test.trigger('d');
    await test.finished(failed);
    test.executor.script = does({ first: 'hangs' });
    const late = await test.trigger('d');
    await runs(test, late, 'first');
    await timeIsOver(late);
    await test.finished(late);
    const blocking = await test.trigger('d');
    await runs(test, blocking, 'first');

    const before = launched(test).length;
    for (const [runId, callback, row] of [
      [succeeded, 'succeeded', { state: 'success', state_reason: null }],
      [failed, 'failed', { state: 'failed', state_reason: 'failed: first' }],
      [late, 'failed', { state: 'failed', state_reason: 'run timed out' }],
    ] as const) {
      await clear(test, runId, [callback]);
      expect(await test.run(runId)).toMatchObject({ state: 'queued' });
      await test.engine.commands.cancelRun(runId, 'user:default/a');
      expect(await test.run(runId)).toMatchObject(row);
      expect((await test.states(runId))[callback]).toBe('skipped');
    }
    // One of which a task is cleared too has that to lose.
    await clear(test, succeeded, ['last']);
    await test.engine.commands.cancelRun(succeeded, 'user:default/a');
    expect(await test.run(succeeded)).toMatchObject({
      state: 'failed',
      state_reason: 'cancelled',
    });
    expect(launched(test)).toHaveLength(before);
  });

  it('is called again for an end that comes while it is called', async () => {
    const test = await start({
      first: 'fails',
      last: 'fails',
      failed: 'hangs',
    });
    const runId = await test.trigger('d');
    await runs(test, runId, 'failed');
    test.executor.script = does({ last: 'fails' });
    const { reset } = await mark(test, runId, ['first'], 'success');
    expect(reset.map(({ taskId }) => taskId)).toEqual([
      'last',
      'succeeded',
      'failed',
    ]);
    expect(await test.finished(runId)).toMatchObject({
      state: 'failed',
      state_reason: 'failed: last',
    });
    expect(launched(test)).toEqual(['first', 'failed', 'last', 'failed']);
    expect(await test.states(runId)).toMatchObject({
      succeeded: 'skipped',
      failed: 'success',
    });
    expect(calledWith(test).lastTask).toEqual(task('last'));
  });

  it('takes no slot of the tasks, and waits for none', async () => {
    const test = await start(
      { last: 'hangs', failed: 'hangs' },
      { maxActiveTasks: 1 },
    );
    test.executor.script = does({ first: 'fails', failed: 'hangs' });
    const failing = await test.trigger('d');
    await runs(test, failing, 'failed');
    test.executor.script = does({ last: 'hangs', succeeded: 'hangs' });
    const second = await test.trigger('d');
    await runs(test, second, 'last');
    // All slots are taken.
    test.executor.script = does({ first: 'fails' });
    await test.engine.commands.cancelRun(failing, 'user:default/a');
    await test.finished(failing);
    await clear(test, failing, ['failed']);
    expect(await test.finished(failing)).toMatchObject({ state: 'failed' });
    expect((await test.states(failing)).failed).toBe('success');
    expect((await test.states(second)).last).toBe('running');
  });

  it('of instances of a mapped task the one that ended last is told', async () => {
    const test = await start(
      {},
      {
        tasks: [
          {
            id: 'each',
            map: { over: '["a", "b"]', parallel: 1 },
            run: { command: ['echo', '${{ item }}'] },
          },
        ],
      },
    );
    const runId = await test.trigger('d');
    await test.finished(runId);
    expect(calledWith(test).lastTask).toEqual({
      task_id: 'each',
      map_index: 1,
      try_number: 1,
    });
  });
});
