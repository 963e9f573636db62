import type { LaunchRequest } from '@maestro/plugin-maestro-node';
import { eventually } from '../__testUtils__/eventually';
import { eachDatabase } from '../database/testing';
import { hanging, run, startedEngines } from './__testUtils__/startedEngines';
import type { Script } from './testing';

const failing = (...ids: string[]): Script => {
  return request =>
    ids.includes(request.labels.taskId)
      ? {
          result: 'failed',
          exitCode: 3,
          failure: 'exit_code',
          message: 'exit code 3',
        }
      : { result: 'success', exitCode: 0 };
};

eachDatabase((_name, databases) => {
  const { table, start, stop, attemptsOf } = startedEngines(databases);

  it('runs a chain in order and keeps the history', async () => {
    const test = await start();
    await test.register('chain', {
      tasks: [run('a'), run('b', ['a']), run('c', ['b'])],
    });
    const runId = await test.trigger('chain');
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
    expect(test.executor.launched.map(l => l.labels.taskId)).toEqual([
      'a',
      'b',
      'c',
    ]);
    expect(await test.states(runId)).toEqual({
      a: 'success',
      b: 'success',
      c: 'success',
    });
    const events = await table('events').orderBy('seq');
    expect(events.map(e => Number(e.seq))).toEqual(events.map((_, i) => i + 1));
    expect(events[0].type).toBe('run_created');
    expect(events[events.length - 1].type).toBe('run_finished');
  });

  it('wakes a join exactly once when its upstreams end together', async () => {
    const test = await start();
    const many = Array.from({ length: 12 }, (_, i) => run(`u${i}`));
    await test.register('join', {
      tasks: [
        ...many,
        run(
          'join',
          many.map(task => task.id),
        ),
      ],
    });
    const runId = await test.trigger('join');
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
    expect(
      test.executor.launched.filter(l => l.labels.taskId === 'join'),
    ).toHaveLength(1);
  });

  it('retries as often as the task says, then fails what depends on it', async () => {
    const test = await start(failing('flaky'));
    await test.register('retries', {
      tasks: [
        run('flaky', [], { retries: 2, retryDelay: 'PT0.02S' }),
        run('after', ['flaky']),
      ],
    });
    const runId = await test.trigger('retries');
    expect(await test.finished(runId)).toMatchObject({
      state: 'failed',
      state_reason: 'failed: flaky',
    });
    expect(await test.states(runId)).toEqual({
      flaky: 'failed',
      after: 'upstream_failed',
    });
    const attempts = await attemptsOf(runId);
    expect(attempts.map(a => [a.try_number, a.failure, a.exit_code])).toEqual([
      [1, 'exit_code', 3],
      [2, 'exit_code', 3],
      [3, 'exit_code', 3],
    ]);
  });

  it('follows one side of a branch, by outputs and variables, and skips the other', async () => {
    const test = await start(request =>
      request.labels.taskId === 'evaluate'
        ? { result: 'success', exitCode: 0, outputs: '{"accuracy": 0.9}' }
        : { result: 'success', exitCode: 0 },
    );
    test.variables.threshold = '0.85';
    await test.register('gate', {
      tasks: [
        run('evaluate'),
        {
          id: 'gate',
          dependsOn: ['evaluate'],
          branch: {
            if: 'tasks.evaluate.outputs.accuracy > double(vars.threshold)',
            then: ['register'],
            else: ['skip'],
          },
        },
        run('register', ['gate']),
        run('skip', ['gate']),
        run('after_register', ['register']),
      ],
    });
    const first = await test.trigger('gate');
    expect(await test.finished(first)).toMatchObject({ state: 'success' });
    expect(await test.states(first)).toMatchObject({
      gate: 'success',
      register: 'success',
      after_register: 'success',
      skip: 'skipped',
    });
    test.variables.threshold = '0.999';
    const second = await test.trigger('gate');
    expect(await test.finished(second)).toMatchObject({ state: 'success' });
    expect(await test.states(second)).toMatchObject({
      register: 'skipped',
      after_register: 'skipped',
      skip: 'success',
    });
    // A skipped task that is cleared alone is skipped again by its branch.
    await test.engine.commands.clearTasks(
      second,
      {
        taskIds: ['register'],
        downstream: true,
        upstream: false,
        onlyFailed: false,
        dryRun: false,
      },
      'user:default/test',
    );
    expect(await test.finished(second)).toMatchObject({ state: 'success' });
    expect(await test.states(second)).toMatchObject({ register: 'skipped' });
  });

  it('gives a task its rendered command and the environment of the contract', async () => {
    const test = await start();
    await test.register('render', {
      params: {
        type: 'object',
        properties: { trees: { type: 'integer', default: 200 } },
      },
      tasks: [
        {
          id: 'train',
          run: {
            command: ['train', '--trees', '${{ params.trees }}'],
            env: { KEY: 'run ${{ run.key }}' },
          },
        },
      ],
    });
    const runId = await test.trigger('render', { runKey: 'mine' });
    await test.finished(runId);
    const [launched] = test.executor.launched;
    expect(launched.command).toEqual(['train', '--trees', '200']);
    expect(launched.env).toMatchObject({
      KEY: 'run mine',
      MAESTRO_PIPELINE: 'render',
      MAESTRO_RUN_ID: runId,
      MAESTRO_TASK_ID: 'train',
      MAESTRO_TRY_NUMBER: '1',
      MAESTRO_TRIGGER: 'manual',
      MAESTRO_PARAMS: '{"trees":200}',
    });
  });

  it('refuses params that the schema does not allow, and creates nothing', async () => {
    const test = await start();
    await test.register('params', {
      params: { type: 'object', properties: { n: { type: 'integer' } } },
      tasks: [run('a')],
    });
    await expect(
      test.trigger('params', { params: { n: 'many' } }),
    ).rejects.toThrow(/n/);
    expect(await table('runs')).toEqual([]);
  });

  it('makes one run of one key, however often and at once it is asked for', async () => {
    const test = await start();
    await test.register('keyed', { tasks: [run('a')] });
    const ids = await Promise.all(
      Array.from({ length: 5 }, () =>
        test.trigger('keyed', { runKey: 'same' }),
      ),
    );
    expect(new Set(ids).size).toBe(1);
  });

  it('ends what runs and skips what waits when a run is cancelled', async () => {
    const test = await start(hanging('slow'));
    await test.register('cancel', {
      tasks: [run('slow', [], { retries: 3 }), run('after', ['slow'])],
    });
    const runId = await test.trigger('cancel');
    await eventually(async () => (await test.states(runId)).slow === 'running');
    await test.engine.commands.cancelRun(runId, 'user:default/me');
    await test.engine.commands.cancelRun(runId, 'user:default/me');
    expect(await test.finished(runId)).toMatchObject({
      state: 'failed',
      state_reason: 'cancelled',
    });
    expect(await test.states(runId)).toEqual({
      slow: 'failed',
      after: 'skipped',
    });
    const [attempt] = await attemptsOf(runId);
    expect(attempt).toMatchObject({ failure: 'cancelled', token_hash: null });
  });

  it('clears a running task by ending it first, never with two attempts at once', async () => {
    const test = await start(hanging('slow'));
    await test.register('clear', { tasks: [run('slow')] });
    const runId = await test.trigger('clear');
    await eventually(async () => (await test.states(runId)).slow === 'running');
    test.executor.script = () => ({ result: 'success', exitCode: 0 });
    await test.engine.commands.clearTasks(
      runId,
      { downstream: true, upstream: false, onlyFailed: false, dryRun: false },
      'user:default/me',
    );
    expect(await test.finished(runId)).toMatchObject({
      state: 'success',
      clear_count: 1,
    });
    expect(await attemptsOf(runId)).toHaveLength(2);
  });

  it('previews a clear without changing anything', async () => {
    const test = await start(failing('b'));
    await test.register('preview', {
      tasks: [run('a'), run('b', ['a']), run('c', ['b'])],
    });
    const runId = await test.trigger('preview');
    const before = await test.finished(runId);
    const options = {
      taskIds: ['b'],
      downstream: true,
      upstream: false,
      onlyFailed: false,
    };
    const preview = await test.engine.commands.clearTasks(
      runId,
      { ...options, dryRun: true },
      'user:default/me',
    );
    expect(preview.map(t => [t.taskId, t.state])).toEqual([
      ['b', 'failed'],
      ['c', 'upstream_failed'],
    ]);
    expect(await test.run(runId)).toEqual(before);
    test.executor.script = () => ({ result: 'success', exitCode: 0 });
    await test.engine.commands.clearTasks(
      runId,
      { ...options, dryRun: false },
      'user:default/me',
    );
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
    expect(test.executor.launched.map(l => l.labels.taskId)).toEqual([
      'a',
      'b',
      'b',
      'c',
    ]);
  });

  it('keeps at most maxActiveRuns running and starts the next when one ends', async () => {
    const test = await start(hanging('a'));
    await test.register('queue', { maxActiveRuns: 1, tasks: [run('a')] });
    const first = await test.trigger('queue');
    const second = await test.trigger('queue');
    await eventually(async () => (await test.states(first)).a === 'running');
    expect(await test.run(second)).toMatchObject({ state: 'queued' });
    test.executor.end(test.executor.launched[0].attemptId, {
      result: 'success',
      exitCode: 0,
    });
    await eventually(async () => (await test.states(second)).a === 'running');
    test.executor.end(test.executor.launched[1].attemptId, {
      result: 'success',
      exitCode: 0,
    });
    await test.finished(second);
  });

  it('never has more attempts than slots, and fills them by priority', async () => {
    const test = await start(() => 'hang');
    Object.assign(test.executor.capabilities, { maxParallel: 2 });
    await test.register('slots', {
      tasks: [
        run('low', [], { priority: 1 }),
        run('middle', [], { priority: 5 }),
        run('high', [], { priority: 9 }),
      ],
    });
    const runId = await test.trigger('slots');
    await eventually(async () => test.executor.launched.length === 2);
    expect(test.executor.launched.map(l => l.labels.taskId).sort()).toEqual([
      'high',
      'middle',
    ]);
    expect((await test.states(runId)).low).toBe('scheduled');
    const end = (launch: LaunchRequest) =>
      test.executor.end(launch.attemptId, { result: 'success', exitCode: 0 });
    end(test.executor.launched[0]);
    await eventually(async () => test.executor.launched.length === 3);
    end(test.executor.launched[1]);
    end(test.executor.launched[2]);
    await test.finished(runId);
  });

  it('relaunches a launch that was lost, without eating a retry', async () => {
    const test = await start(undefined, { settings: { leaseMs: 5_000 } });
    const launch = test.executor.launch.bind(test.executor);
    let isLost = false;
    test.executor.launch = async request => {
      if (isLost) {
        await launch(request);
        return;
      }
      isLost = true;
      throw new Error('connection reset');
    };
    await test.register('lost', { tasks: [run('a')] });
    const runId = await test.trigger('lost');
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
    const attempts = await attemptsOf(runId);
    expect(attempts.map(a => [a.seq, a.try_number, a.failure])).toEqual([
      [1, 1, 'launch'],
      [2, 1, null],
    ]);
  });

  it('needs no pushed observation: the listing alone ends the run', async () => {
    const test = await start();
    test.executor.mute = true;
    await test.register('mute', { tasks: [run('a'), run('b', ['a'])] });
    const runId = await test.trigger('mute');
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
  });

  it('refuses observations that are late or doubled', async () => {
    const test = await start();
    await test.register('late', { tasks: [run('a')] });
    const runId = await test.trigger('late');
    await test.finished(runId);
    const before = await test.run(runId);
    const { attemptId } = test.executor.launched[0];
    for (let i = 0; i < 3; i++) {
      test.engine.observe({ attemptId, phase: 'running' });
      test.engine.observe({
        attemptId,
        phase: 'ended',
        outcome: {
          result: 'failed',
          failure: 'exit_code',
          exitCode: 1,
          message: 'late',
        },
      });
    }
    await test.engine.idle();
    expect(await test.run(runId)).toEqual(before);
    expect(await test.states(runId)).toEqual({ a: 'success' });
  });

  it('ends a task that runs longer than its timeout', async () => {
    const test = await start(hanging('a'));
    await test.register('timeout', {
      tasks: [run('a', [], { timeout: 'PT0.1S' })],
    });
    const runId = await test.trigger('timeout');
    expect(await test.finished(runId)).toMatchObject({ state: 'failed' });
    const [attempt] = await attemptsOf(runId);
    expect(attempt.failure).toBe('timeout');
  });

  it('ends a run that takes longer than its timeout, with that reason', async () => {
    const test = await start(hanging('a'));
    await test.register('run_timeout', {
      timeout: 'PT0.1S',
      tasks: [run('a')],
    });
    const runId = await test.trigger('run_timeout');
    expect(await test.finished(runId)).toMatchObject({
      state: 'failed',
      state_reason: 'run timed out',
    });
  });

  it('goes on where a killed scheduler stopped', async () => {
    const first = await start(hanging('b'));
    await first.register('adopt', {
      tasks: [run('a'), run('b', ['a']), run('c', ['b'])],
    });
    const runId = await first.trigger('adopt');
    await eventually(async () => (await first.states(runId)).b === 'running');
    // The process is gone; its executor goes on, and b ends unseen.
    await stop(first);
    first.executor.mute = true;
    first.executor.end(first.executor.launched[1].attemptId, {
      result: 'success',
      exitCode: 0,
    });
    first.executor.mute = false;
    const second = await start(undefined, { executor: first.executor });
    expect(await second.finished(runId)).toMatchObject({ state: 'success' });
    expect(first.executor.launched.map(l => l.labels.taskId)).toEqual([
      'a',
      'b',
      'c',
    ]);
  });

  it('kills what is listed but wanted by nobody', async () => {
    const test = await start(() => 'hang');
    await test.executor.launch({
      attemptId: 'nobody-knows-it',
      labels: { taskId: 'x' },
    } as LaunchRequest);
    await eventually(async () => test.executor.objects.size === 0);
    expect(test.executor.objects.size).toBe(0);
  });

  it('fails a run whose executor does not exist, and says which there are', async () => {
    const test = await start();
    await test.register('where', {
      tasks: [run('a', [], { executor: 'moon' })],
    });
    const runId = await test.trigger('where');
    await test.finished(runId);
    expect((await test.instances(runId)).a.reason).toContain(
      'executor "moon" does not exist; configured are: scripted',
    );
  });

  it('leaves nothing behind: no timer, no live attempt', async () => {
    const test = await start(failing('b'));
    await test.register('clean', {
      timeout: 'PT1H',
      tasks: [run('a', [], { timeout: 'PT1H' }), run('b', ['a'])],
    });
    await test.finished(await test.trigger('clean'));
    await test.engine.idle();
    expect(await table('timers')).toEqual([]);
    expect(await table('attempts').whereNot('state', 'ended')).toEqual([]);
  });
});
