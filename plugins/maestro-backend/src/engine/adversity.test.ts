import { eventually } from '../__testUtils__/eventually';
import { eachDatabase } from '../database/testing';
import { hanging, run, startedEngines } from './__testUtils__/startedEngines';
import { ScriptedExecutor } from './testing';
import { createWaitTest } from './waits/__testUtils__/waitTest';

const MINUTE = 60_000;

eachDatabase((_name, databases) => {
  const { table, start, attemptsOf } = startedEngines(databases);

  it('lets nobody wait behind many tasks whose pool has no slot', async () => {
    const test = await start(undefined, { settings: { pollMs: 20 } });
    const many = Array.from({ length: 70 }, (_, i) =>
      run(`g${i}`, [], { pool: 'gpu', priority: 9 }),
    );
    await test.register('greedy', { tasks: [...many, run('free')] });
    await test.register('modest', { tasks: [run('a'), run('b', ['a'])] });
    const greedy = await test.trigger('greedy');
    const modest = await test.trigger('modest');
    expect(await test.finished(modest)).toMatchObject({ state: 'success' });
    await eventually(
      async () => (await test.states(greedy)).free === 'success',
    );
    expect(await test.states(greedy)).toMatchObject({ g0: 'scheduled' });
  });

  it('lets nobody wait behind many queued runs of a full pipeline', async () => {
    const test = await start(hanging('slow'));
    await test.register('full', { maxActiveRuns: 1, tasks: [run('slow')] });
    await test.register('other', { maxActiveRuns: 1, tasks: [run('quick')] });
    for (let i = 0; i < 70; i++) await test.trigger('full');
    const runIds = [await test.trigger('other'), await test.trigger('other')];
    for (const runId of runIds) {
      expect(await test.finished(runId)).toMatchObject({ state: 'success' });
    }
  });

  it('goes on with other runs when one cannot be changed', async () => {
    const test = await start(undefined, { start: false });
    await test.register('broken', { tasks: [run('a')] });
    await test.register('sound', { tasks: [run('a')] });
    await test.trigger('broken');
    const sound = await test.trigger('sound');
    const broken = await test.run(await test.trigger('broken'));
    await table('runs')
      .where({ pipeline_id: broken.pipeline_id })
      .update({ version_id: 4711, state: 'queued' });
    await table('runs')
      .where({ run_id: sound })
      .update({ state: 'queued', run_after: Date.now() + 1000 });
    await test.engine.start();
    expect(await test.finished(sound)).toMatchObject({ state: 'success' });
  });

  it('starts although an executor does not answer yet, and its tasks wait', async () => {
    const executor = new ScriptedExecutor();
    const begin = executor.start.bind(executor);
    const list = executor.list.bind(executor);
    let away = true;
    executor.start = async options => {
      if (away) throw new Error('connection refused');
      await begin(options);
    };
    let listings = 0;
    executor.list = async () => {
      listings += 1;
      if (listings < 3) throw new Error('connection reset');
      return list();
    };
    const test = await start(undefined, { executor });
    await test.register('early', { tasks: [run('a')] });
    const runId = await test.trigger('early');
    await new Promise(resolve => setTimeout(resolve, 150));
    expect(await test.states(runId)).toEqual({ a: 'scheduled' });
    expect(await attemptsOf(runId)).toHaveLength(0);
    away = false;
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
    await eventually(async () => listings >= 3);
  });

  it('does not launch again what arrived behind a listing that took long', async () => {
    const executor = new ScriptedExecutor(() => 'hang');
    // Only the listing tells of it.
    executor.mute = true;
    const test = await createWaitTest(databases, executor);
    const launch = executor.launch.bind(executor);
    let isLaunching = false;
    let arrive = () => {};
    const mayArrive = new Promise<void>(resolve => {
      arrive = resolve;
    });
    executor.launch = async request => {
      isLaunching = true;
      await mayArrive;
      await launch(request);
    };
    executor.list = async ({ wanted = [] }: { wanted?: unknown[] } = {}) => {
      const listed = [...executor.objects.values()];
      if (isLaunching && wanted.length > 0 && listed.length === 0) {
        // Longer than its lease, and by all clocks.
        test.pass(10 * MINUTE);
        test.passSteady(10 * MINUTE);
        arrive();
      }
      return listed;
    };
    try {
      await test.register('late', { tasks: [run('a')] });
      await test.trigger('late');
      await test.until(
        async () =>
          (
            await test.db.table(test.db.knex, 'attempts')
          ).map(({ state, failure }) => state + (failure ?? '')),
        ['running'],
      );
      expect(executor.launched).toHaveLength(1);
    } finally {
      await test.stop();
    }
  });

  it('does not start what a branch did not follow when a running run is cleared', async () => {
    const test = await start(hanging('slow'));
    await test.register('sides', {
      tasks: [
        {
          id: 'gate',
          branch: {
            if: 'run.trigger == "manual"',
            then: ['yes'],
            else: ['no'],
          },
        },
        run('yes', ['gate']),
        run('no', ['gate']),
        run('slow'),
      ],
    });
    const runId = await test.trigger('sides');
    const wanted = { gate: 'success', yes: 'success', no: 'skipped' };
    await eventually(async () => {
      const { slow, yes } = await test.states(runId);
      return slow === 'running' && yes === 'success';
    });
    await test.engine.commands.clearTasks(
      runId,
      {
        taskIds: ['no', 'yes'],
        downstream: false,
        upstream: false,
        onlyFailed: false,
        dryRun: false,
      },
      'user:default/a',
    );
    await eventually(async () => (await test.states(runId)).yes === 'success');
    expect(await test.states(runId)).toMatchObject(wanted);
    const [slow] = test.executor.launched.filter(
      l => l.labels.taskId === 'slow',
    );
    test.executor.end(slow.attemptId, { result: 'success', exitCode: 0 });
    await test.finished(runId);
    expect(await test.states(runId)).toMatchObject(wanted);
    expect(test.executor.launched.map(l => l.labels.taskId)).not.toContain(
      'no',
    );
  });

  it('starts a task anew that is cleared while its timeout ends it', async () => {
    let first: string | undefined;
    const test = await start(request =>
      request.env.MAESTRO_ATTEMPT_ID === first
        ? 'hang'
        : { result: 'success', exitCode: 0 },
    );
    const launch = test.executor.launch.bind(test.executor);
    test.executor.launch = async request => {
      first ??= request.attemptId;
      await launch(request);
    };
    // It does not listen to TERM.
    test.executor.cancel = async () => {};
    await test.register('stubborn', {
      tasks: [run('a', [], { timeout: 'PT0.05S' })],
    });
    const runId = await test.trigger('stubborn');
    await eventually(async () => {
      const [attempt] = await attemptsOf(runId);
      return first !== undefined && attempt?.cancel_reason === 'timeout';
    });
    await test.engine.commands.clearTasks(
      runId,
      {
        taskIds: ['a'],
        downstream: false,
        upstream: false,
        onlyFailed: false,
        dryRun: false,
      },
      'user:default/a',
    );
    test.executor.end(first!, {
      result: 'failed',
      failure: 'signal',
      message: 'killed',
    });
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
  });

  it('ends a queued run that is cancelled like any other', async () => {
    const test = await start(hanging('a'));
    await test.register('queue', { maxActiveRuns: 1, tasks: [run('a')] });
    await test.trigger('queue');
    const second = await test.trigger('queue');
    await test.engine.commands.cancelRun(second, 'user:default/a');
    const row = await test.run(second);
    expect(row).toMatchObject({ state: 'failed', state_reason: 'cancelled' });
    expect(row.digest).not.toBeNull();
    expect(
      await table('events').where({
        run_id: row.id,
        type: 'run_finished',
      }),
    ).toHaveLength(1);
  });

  it.each([
    ['no JSON', '{"a": '],
    ['no object', 'null'],
    ['a key with NUL', '{"a\\u0000b": 1}'],
    ['a key without an end', `{"${'k'.repeat(3_000)}": 1}`],
  ])('fails a task whose outputs are %s, and names it', async (_, outputs) => {
    const test = await start(() => ({
      result: 'success',
      exitCode: 0,
      outputs,
    }));
    await test.register('outputs', { tasks: [run('a')] });
    const runId = await test.trigger('outputs');
    expect(await test.finished(runId)).toMatchObject({ state: 'failed' });
    expect(await attemptsOf(runId)).toMatchObject([
      { result: 'failed', failure: 'outputs', exit_code: 0 },
    ]);
  });

  it('neither launches nor fires timers in a process that only answers requests', async () => {
    const answers = await start(undefined, { start: false });
    await answers.register('asked', { timeout: 'PT0.01S', tasks: [run('a')] });
    const runId = await answers.trigger('asked');
    await new Promise(resolve => setTimeout(resolve, 150));
    expect(await attemptsOf(runId)).toHaveLength(0);
    expect(await answers.run(runId)).toMatchObject({ state: 'running' });
    await start(hanging('a'));
    expect(await answers.finished(runId)).toMatchObject({
      state_reason: 'run timed out',
    });
  });
});
