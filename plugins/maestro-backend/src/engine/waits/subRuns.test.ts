import { eachDatabase } from '../../database/testing';
import type { RunRow } from '../../database/tables';
import { ScriptedExecutor } from '../testing';
import { createWaitTest, type WaitTest } from './__testUtils__/waitTest';

const work = { id: 'work', run: { command: ['true'] } };
const ALL = {
  downstream: false,
  upstream: false,
  onlyFailed: false,
  dryRun: false,
};

eachDatabase((_name, databases) => {
  let test: WaitTest;
  afterEach(() => test.stop());
  const start = async (executor?: ScriptedExecutor) => {
    test = await createWaitTest(databases, executor);
  };
  const parentOf = (
    name: string,
    pipeline: object = {},
    more: object = {},
  ) => ({
    tasks: [
      { id: 'sub', pipeline: { name, ...pipeline }, ...more },
      { id: 'after', dependsOn: ['sub'], run: { command: ['true'] } },
    ],
  });
  const childrenOf = async (runId: string): Promise<RunRow[]> => {
    const { id } = await test.run(runId);
    return (await test.db
      .table(test.db.knex, 'runs')
      .where({ parent_run: id } as never)
      .orderBy('id')) as RunRow[];
  };
  const states = (runId: string) => async () =>
    (await childrenOf(runId)).map(({ state, state_reason }) =>
      state_reason ? `${state} ${state_reason}` : state,
    );

  it('starts a run, gives it params with their types, and lasts as long as it', async () => {
    await start();
    await test.register('child', {
      params: {
        properties: { n: { type: 'integer' }, name: { type: 'string' } },
      },
      tasks: [work],
    });
    await test.register('parent', {
      params: { properties: { n: { type: 'integer', default: 3 } } },
      ...parentOf('child', {
        params: { n: '${{ params.n }}', name: 'of ${{ run.pipeline }}' },
      }),
    });
    const runId = await test.trigger('parent');
    const parent = await test.finished(runId);
    expect(parent.state).toBe('success');
    const [child] = await childrenOf(runId);
    expect(child).toMatchObject({
      state: 'success',
      trigger: 'api',
      created_by: `run:${runId}`,
      parent_task_no: 0,
      sub_depth: 1,
    });
    expect(JSON.parse(child.params)).toEqual({ n: 3, name: 'of parent' });
    expect(String(child.logical_date)).toBe(String(parent.logical_date));
    const rows = await test.db
      .table(test.db.knex, 'outputs')
      .where({ task_id: 'sub' });
    expect(
      Object.fromEntries(rows.map(row => [row.key, JSON.parse(row.value!)])),
    ).toEqual({
      run_id: child.run_id,
      state: 'success',
    });
    expect(await test.waits()).toEqual([]);
    expect(await test.timers('sub_run')).toEqual([]);
  });

  it('fails with it, and each try is a run of its own', async () => {
    await start(
      new ScriptedExecutor(() => ({
        result: 'failed',
        exitCode: 1,
        failure: 'exit_code',
        message: 'exit code 1',
      })),
    );
    await test.register('child', { tasks: [work] });
    await test.register(
      'parent',
      parentOf('child', {}, { retries: 1, retryDelay: 'PT10S' }),
    );
    const runId = await test.trigger('parent');
    await test.until(
      async () => (await test.states(runId)).sub,
      'up_for_retry',
    );
    test.pass(10_000);
    expect((await test.finished(runId)).state).toBe('failed');
    expect(await states(runId)()).toEqual([
      'failed failed: work',
      'failed failed: work',
    ]);
    const { sub } = await test.instances(runId);
    expect(sub.reason).toContain('of pipeline "child" failed: failed: work');
  });

  it('is cancelled with the run that started it, and by a clear, which starts another', async () => {
    await start(new ScriptedExecutor(() => 'hang'));
    await test.register('child', { tasks: [work] });
    await test.register('parent', parentOf('child'));
    const runId = await test.trigger('parent');
    await test.until(states(runId), ['running']);
    await test.engine.commands.clearTasks(
      runId,
      { ...ALL, taskIds: ['sub'] },
      'user:default/ada',
    );
    await test.until(states(runId), ['failed cancelled', 'running']);
    await test.engine.commands.cancelRun(runId, 'user:default/ada');
    expect((await test.finished(runId)).state_reason).toBe('cancelled');
    await test.until(states(runId), ['failed cancelled', 'failed cancelled']);
    const [child] = await childrenOf(runId);
    expect(child.cancel_requested_by).toBe('maestro:parent_run');
    expect(await test.timers('sub_run')).toEqual([]);
  });

  it('is left alone when nobody waits for it', async () => {
    await start(
      new ScriptedExecutor(({ labels }) =>
        labels.taskId === 'work' ? 'hang' : { result: 'success', exitCode: 0 },
      ),
    );
    await test.register('child', { tasks: [work] });
    await test.register('parent', parentOf('child', { wait: false }));
    const runId = await test.trigger('parent');
    expect((await test.finished(runId)).state).toBe('success');
    await test.until(states(runId), ['running']);
  });

  it('is not there where it cannot be, and says why', async () => {
    await start();
    await test.register('strict', {
      params: { required: ['n'], properties: { n: { type: 'integer' } } },
      tasks: [work],
    });
    await test.register('unknown', parentOf('nowhere'));
    await test.register('wrong', parentOf('strict', { params: { n: 'many' } }));
    for (const [name, reason] of [
      ['unknown', 'Pipeline "nowhere" does not exist'],
      [
        'wrong',
        'The params for "strict" are wrong: params.n: The value is "many"',
      ],
    ]) {
      const runId = await test.trigger(name);
      expect((await test.finished(runId)).state).toBe('failed');
      expect((await test.instances(runId)).sub.reason).toContain(reason);
      expect(await childrenOf(runId)).toEqual([]);
    }
  });

  it.each<[string, object, unknown]>([
    ['in a text', {}, '${{ tasks.one.outputs.dsn }}'],
    ['as a number', {}, '${{ tasks.one.outputs.pin }}'],
    ['with quotes, deep inside', {}, ['${{ tasks.one.outputs.quoted }}']],
    ['of a wrong type', { type: 'integer' }, '${{ tasks.one.outputs.dsn }}'],
  ])('hands no secret on as a param: %s', async (_, schema, x) => {
    await start(
      new ScriptedExecutor(() => ({
        result: 'success',
        exitCode: 0,
        outputs: JSON.stringify({
          dsn: 'pg://u:s3cret@db',
          pin: 4711471,
          quoted: 'say "s3cret"',
          rows: 10,
        }),
      })),
    );
    test.ctx.inputs.resolveForTask = async () => ({
      env: { DSN: 's3cret' },
      secrets: ['s3cret', '4711471', 'say "s3cret"'],
      inputs: {},
    });
    await test.register('child', {
      params: { properties: { x: schema, rows: {} } },
      tasks: [work],
    });
    const one = { id: 'one', connections: ['pg'], run: { command: ['true'] } };
    const give = (params: object) => ({
      tasks: [
        one,
        {
          id: 'sub',
          dependsOn: ['one'],
          pipeline: { name: 'child', params },
        },
      ],
    });
    await test.register('parent', give({ x }));
    const runId = await test.trigger('parent');
    expect((await test.finished(runId)).state).toBe('failed');
    expect(await childrenOf(runId)).toEqual([]);
    const { sub } = await test.instances(runId);
    expect(sub.reason).toContain('Param "x" for "child" holds a secret');
    expect(sub.reason).not.toMatch(/s3cret|4711471/);
    // What stands beside a secret is none.
    await test.register(
      'parent',
      give({ rows: '${{ tasks.one.outputs.rows }}' }),
    );
    const other = await test.trigger('parent');
    expect((await test.finished(other)).state).toBe('success');
    expect(JSON.parse((await childrenOf(other))[0].params)).toEqual({
      rows: 10,
    });
  });

  it('ends a circle of pipelines by name', async () => {
    await start();
    await test.register('a', parentOf('b'));
    await test.register('b', parentOf('c'));
    await test.register('c', parentOf('a'));
    const waits = await test.trigger('a');
    expect((await test.finished(waits)).state).toBe('failed');
    // Before it begins: both could wait for a place that the other one has.
    expect((await test.instances(waits)).sub.reason).toContain(
      'Pipeline "a" would start itself: a → b → c → a',
    );
    expect(await childrenOf(waits)).toEqual([]);

    await test.register('b', parentOf('a', { wait: false }));
    const runId = await test.trigger('a');
    expect((await test.finished(runId)).state).toBe('failed');
    const [b] = await childrenOf(runId);
    expect((await test.instances(b.run_id)).sub.reason).toContain(
      'Pipeline "a" would start itself: a → b → a',
    );
    expect(await childrenOf(b.run_id)).toEqual([]);
  });

  it('ends a chain of pipelines that is too deep', async () => {
    await start();
    for (let i = 0; i < 12; i++)
      await test.register(`p${i}`, parentOf(`p${i + 1}`));
    await test.register('p12', { tasks: [work] });
    const runId = await test.trigger('p0');
    expect((await test.finished(runId)).state).toBe('failed');
    const runs = await test.db.table(test.db.knex, 'runs').orderBy('id');
    expect(runs).toHaveLength(11);
    const deepest = await test.instances(runs[10].run_id);
    expect(deepest.sub.reason).toContain('Runs are nested 10 deep (p0 → p1');
  });

  it('waits for the run of another pipeline with the same logical date, and is woken by its end', async () => {
    await start(
      new ScriptedExecutor(({ labels }) =>
        labels.pipeline === 'other'
          ? 'hang'
          : { result: 'success', exitCode: 0 },
      ),
    );
    await test.register('other', { tasks: [work] });
    await test.register('p', {
      tasks: [{ id: 'w', wait: { run: { pipeline: 'other' }, every: 'PT1H' } }],
    });
    const runId = await test.trigger('p');
    const answers = async () => (await test.waits()).map(wait => wait.answer);
    await test.until(answers, ['no run has this logical date yet']);
    // Of the same logical date, because the clock stands still.
    const other = await test.trigger('other');
    await test.until(async () => test.executor.objects.size, 1);
    const [attemptId] = [...test.executor.objects.keys()];
    test.executor.end(attemptId, { result: 'success', exitCode: 0 });
    await test.finished(other);
    expect((await test.finished(runId)).state).toBe('success');
    expect(await test.waits()).toEqual([]);
  });

  it('takes a run that ended lately, not an older one', async () => {
    await start();
    await test.register('other', { tasks: [work] });
    await test.finished(await test.trigger('other'));
    test.pass(3_600_001);
    await test.register('p', {
      tasks: [
        { id: 'w', wait: { run: { pipeline: 'other', within: 'PT1H' } } },
      ],
    });
    const runId = await test.trigger('p');
    await test.until(
      async () => (await test.waits()).map(wait => wait.answer),
      ['no such run has ended since then'],
    );
    await test.finished(await test.trigger('other'));
    expect((await test.finished(runId)).state).toBe('success');
  });
});
