import { clearSelection } from '@maestro/plugin-maestro-common';
import { num } from '../database/conversion';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { eachDatabase } from '../database/testing';
import { clearSlots } from './clearSlots';
import {
  command,
  createMapTest,
  failed,
  LIST,
  type MapTest,
  success,
} from './__testUtils__/mapTest';
import type { Script } from './testing';

/** Of an event, beside the instances that took the step. */
type ToldChange = Record<'task' | 'from' | 'to' | 'reason', string>;

const score = (map: object = {}, more: object = {}) => ({
  id: 'score',
  dependsOn: ['list'],
  map: { over: 'tasks.list.outputs.items', ...map },
  ...command('score', '${{ item }}', '${{ index }}'),
  ...more,
});

eachDatabase((_, databases) => {
  let db: MaestroDatabase;
  let test: MapTest;

  beforeEach(async () => {
    db = await databases.open();
    test = await createMapTest(db);
  });

  afterEach(() => test.stop());

  const start = (items: unknown, tasks: object[], script?: Script) =>
    test.start(items, { tasks }, script);
  const statesOf = async (runId: string) =>
    (await test.mapped(runId, 'score')).map(row => row.state);

  it('runs once for each item, which command and environment get', async () => {
    const runId = await start([{ name: 'a' }, 'b', 3, null], [score()]);
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
    const launches = test
      .launchesOf('score')
      .sort((a, b) => a.labels.mapIndex - b.labels.mapIndex);
    expect(launches.map(({ command: argv }) => argv)).toEqual([
      ['score', '{"name":"a"}', '0'],
      ['score', 'b', '1'],
      ['score', '3', '2'],
      ['score', 'null', '3'],
    ]);
    expect(
      launches.map(({ env }) => [env.MAESTRO_MAP_INDEX, env.MAESTRO_MAP_ITEM]),
    ).toEqual([
      ['0', '{"name":"a"}'],
      ['1', '"b"'],
      ['2', '3'],
      ['3', 'null'],
    ]);
    expect(await test.instances(runId)).toMatchObject({
      score: { state: 'success', attempt_seq: 0, map_index: -1 },
    });
  });

  it('hands on its outputs as a list by map index, null where none was written', async () => {
    const runId = await start(
      [1, 2, 3],
      [
        score(),
        {
          id: 'sum',
          dependsOn: ['score'],
          ...command(
            'sum',
            '${{ tasks.score.outputs.n }}',
            '${{ tasks.score.outputs.n.filter(n, n != null).size() }}',
            '${{ tasks.score.outputs.other }}',
          ),
        },
      ],
      ({ labels }) =>
        success(labels.mapIndex === 1 ? {} : { n: labels.mapIndex * 10 }),
    );
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
    expect(test.launchesOf('sum')[0].command).toEqual([
      'sum',
      '[0,null,20]',
      '2',
      '[null,null,null]',
    ]);
  });

  const BAD_LISTS: Array<
    [what: string, items: unknown, map: object, reason: RegExp]
  > = [
    ['no list', 5, {}, /cannot be used.*double, expected a list/s],
    ['longer than maxItems', [1, 2, 3], { maxItems: 2 }, /3 items, at most 2/],
    [
      'of items that are too large',
      ['x'.repeat(70_000)],
      {},
      /item 0 has 70002 bytes/,
    ],
    [
      'of an output that is not there',
      [],
      { over: 'tasks.list.outputs.nothing' },
      /cannot be used/,
    ],
  ];
  it.each(BAD_LISTS)(
    'fails with a list that is %s',
    async (_what, items, map, reason) => {
      const runId = await start(items, [score(map)]);
      expect(await test.finished(runId)).toMatchObject({
        state: 'failed',
        state_reason: 'failed: score',
      });
      const { score: summary } = await test.instances(runId);
      expect(summary.state).toBe('failed');
      expect(summary.reason).toMatch(reason);
      expect(await test.mapped(runId, 'score')).toEqual([]);
    },
  );

  it('is skipped with an empty list, and counts as one skipped upstream', async () => {
    const runId = await start(
      [],
      [
        score(),
        { id: 'next', dependsOn: ['score'], ...command('next') },
        {
          id: 'anyway',
          dependsOn: ['score'],
          triggerRule: 'none_failed',
          ...command('anyway'),
        },
      ],
    );
    await test.finished(runId);
    expect(await test.states(runId)).toEqual({
      list: 'success',
      score: 'skipped',
      next: 'skipped',
      anyway: 'success',
    });
  });

  it('takes a list that stands in the pipeline', async () => {
    const runId = await start([], [score({ over: ['x', { y: 1 }] })]);
    await test.finished(runId);
    expect((await test.mapped(runId, 'score')).map(({ item }) => item)).toEqual(
      ['"x"', '{"y":1}'],
    );
  });

  it('starts what waits for one failure at the first failed instance', async () => {
    const runId = await start(
      [0, 1],
      [
        score(),
        {
          id: 'alarm',
          dependsOn: ['score'],
          triggerRule: 'one_failed',
          ...command('alarm'),
        },
        { id: 'next', dependsOn: ['score'], ...command('next') },
      ],
      ({ labels }) => {
        if (labels.mapIndex === 0) return failed;
        return labels.taskId === 'score' ? 'hang' : success();
      },
    );
    await test.until(() => test.launchesOf('alarm').length === 1);
    expect(await test.states(runId)).toMatchObject({
      score: 'running',
      next: 'upstream_failed',
    });
    test.executor.end(
      test.launchesOf('score').find(({ labels }) => labels.mapIndex === 1)!
        .attemptId,
      success(),
    );
    expect(await test.finished(runId)).toMatchObject({ state: 'failed' });
    expect(await test.instances(runId)).toMatchObject({
      score: { state: 'failed', reason: '2 of 2 are over, 1 failed' },
      alarm: { state: 'success' },
    });
  });

  it('runs as many at a time as it may', async () => {
    const runId = await start(
      [0, 1, 2, 3, 4],
      [
        score({ parallel: 2 }),
        { id: 'other', dependsOn: ['list'], ...command('other') },
      ],
      ({ labels }) => (labels.taskId === 'score' ? 'hang' : success()),
    );
    const launches = () => test.launchesOf('score');
    for (let ended = 0; ended < 5; ended += 1) {
      const most = Math.min(5, ended + 2);
      await test.until(() => launches().length >= most);
      await test.engine.idle();
      expect(launches()).toHaveLength(most);
      test.executor.end(launches()[ended].attemptId, success());
    }
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
  });

  it('retries an instance by itself', async () => {
    const runId = await start(
      [0, 1, 2],
      [score({}, { retries: 1, retryDelay: 'PT0.01S' })],
      ({ labels, env }) =>
        labels.mapIndex === 1 && env.MAESTRO_TRY_NUMBER === '1'
          ? failed
          : success(),
    );
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
    expect(
      (await test.mapped(runId, 'score')).map(row => row.try_number),
    ).toEqual([1, 2, 1]);
  });

  it('clears one instance, which keeps its item', async () => {
    const broken = new Set([1]);
    const runId = await start(
      ['a', 'b', 'c'],
      [score(), { id: 'next', dependsOn: ['score'], ...command('next') }],
      ({ labels }) =>
        labels.taskId === 'score' && broken.has(labels.mapIndex)
          ? failed
          : success(),
    );
    await test.finished(runId);
    expect(await statesOf(runId)).toEqual(['success', 'failed', 'success']);
    broken.clear();
    const touched = await test.engine.commands.clearTasks(
      runId,
      {
        taskIds: ['score'],
        mapIndices: [1],
        downstream: true,
        upstream: false,
        onlyFailed: false,
        dryRun: false,
      },
      'user:default/test',
    );
    expect(touched).toEqual([
      { taskId: 'next', mapIndex: -1, state: 'upstream_failed' },
      { taskId: 'score', mapIndex: 1, state: 'failed' },
    ]);
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
    const { score: summary } = await test.instances(runId);
    expect(summary.started_at).not.toBeNull();
    expect(num(summary.ended_at!)).toBeGreaterThanOrEqual(
      num(summary.started_at!),
    );
    expect(
      test
        .launchesOf('score')
        .map(({ command: argv }) => argv[1])
        .sort(),
    ).toEqual(['a', 'b', 'b', 'c']);
  });

  it('makes its list anew when all of it is cleared, and leaves no orphan', async () => {
    const runId = await start([0, 1, 2, 3], [score()]);
    await test.finished(runId);
    const { script } = test.executor;
    test.executor.script = request =>
      request.labels.taskId === 'list'
        ? success({ items: ['x', 'y'] })
        : script(request);
    await test.engine.commands.clearTasks(
      runId,
      { downstream: false, upstream: false, onlyFailed: false, dryRun: false },
      'user:default/test',
    );
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
    expect(
      (await test.mapped(runId, 'score')).map(
        ({ state, item, attempt_seq: seq }) => [state, item, seq],
      ),
    ).toEqual([
      ['success', '"x"', 2],
      ['success', '"y"', 2],
      ['removed', null, 1],
      ['removed', null, 1],
    ]);
  });

  it('waits for what runs of the old list before it makes a new one', async () => {
    let items: unknown[] = [0, 1, 2];
    let hang = true;
    test.executor.script = ({ labels }) => {
      if (labels.taskId === 'list') return success({ items });
      return hang ? 'hang' : success();
    };
    test.executor.cancel = async () => {};
    await test.register('p', { tasks: [LIST, score()] });
    const runId = await test.trigger('p');
    await test.until(() => test.launchesOf('score').length === 3);
    const old = test.launchesOf('score').map(({ attemptId }) => attemptId);
    items = ['x'];
    hang = false;
    await test.engine.commands.clearTasks(
      runId,
      { downstream: false, upstream: false, onlyFailed: false, dryRun: false },
      'user:default/test',
    );
    await test.until(async () => (await test.states(runId)).list === 'success');
    expect((await test.states(runId)).score).toBe('running');
    old.forEach(id => test.executor.end(id, success()));
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
    expect(await statesOf(runId)).toEqual(['success', 'removed', 'removed']);
    expect(test.launchesOf('score')).toHaveLength(4);
  });

  it('starts a cleared instance only behind the set-up that was cleared with it', async () => {
    const order: string[] = [];
    let broken = true;
    test.executor.script = ({ labels: { taskId, mapIndex } }) => {
      order.push(`${taskId} ${mapIndex}`);
      if (taskId === 'make') return success({ place: 'x' });
      if (mapIndex === 0) return broken ? 'hang' : success();
      return broken ? failed : success();
    };
    await test.register('p', {
      tasks: [
        { id: 'make', setup: true, ...command('make') },
        {
          id: 'score',
          dependsOn: ['make'],
          map: { over: '[1, 2]' },
          ...command('score', '${{ tasks.make.outputs.place }}'),
        },
      ],
    });
    const runId = await test.trigger('p');
    await test.until(async () => (await statesOf(runId))[1] === 'failed');
    broken = false;
    order.length = 0;
    await test.engine.commands.clearTasks(
      runId,
      {
        taskIds: ['score'],
        mapIndices: [1],
        downstream: false,
        upstream: false,
        onlyFailed: false,
        dryRun: false,
      },
      'user:default/test',
    );
    const [{ attemptId }] = test.launchesOf('score');
    test.executor.end(attemptId, success());
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
    expect(order).toEqual(['make -1', 'score 1']);
  });

  it('is marked as a whole or by instance', async () => {
    const runId = await start([0, 1, 2], [score()], () => failed);
    await test.finished(runId);
    const mark = (mapIndices?: number[]) =>
      test.engine.commands.markTasks(
        runId,
        { taskIds: ['score'], mapIndices, state: 'success', dryRun: false },
        'user:default/test',
      );
    await mark([1]);
    await test.finished(runId);
    expect(await statesOf(runId)).toEqual(['failed', 'success', 'failed']);
    expect((await test.states(runId)).score).toBe('failed');
    await mark();
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
    expect((await test.states(runId)).score).toBe('success');
    await expect(mark([7])).rejects.toThrow('has no instance 7');
  });

  it('is cancelled with everything that runs and waits', async () => {
    const runId = await start(
      [0, 1, 2, 3],
      [score({ parallel: 2 })],
      () => 'hang',
    );
    await test.until(() => test.launchesOf('score').length === 2);
    await test.engine.commands.cancelRun(runId, 'user:default/test');
    expect(await test.finished(runId)).toMatchObject({
      state: 'failed',
      state_reason: 'cancelled',
    });
    expect(await statesOf(runId)).toEqual([
      'failed',
      'failed',
      'skipped',
      'skipped',
    ]);
    expect((await test.states(runId)).score).toBe('failed');
  });

  it('goes on after a crash with the items that were pinned', async () => {
    await test.stop();
    test = await createMapTest(db, { settings: { leaseMs: 500 } });
    test.executor.loseLaunches = true;
    const runId = await start(['a', 'b', 'c'], [score()]);
    // The launch of "list" is lost with the process.
    await test.stop();
    test.executor.loseLaunches = false;
    const { script } = test.executor;
    test = await createMapTest(db, {
      executor: test.executor,
      settings: { reconcileMs: 50 },
    });
    test.executor.script = script;
    expect(await test.finished(runId)).toMatchObject({
      state: 'success',
    });
    expect(await statesOf(runId)).toEqual(['success', 'success', 'success']);
  });

  it('writes one entry of an event for many instances', async () => {
    const items = Array.from({ length: 500 }, (_item, i) => i);
    const runId = await start(items, [score()]);
    expect(await test.finished(runId)).toMatchObject({
      state: 'success',
    });
    const { id } = await test.run(runId);
    const events = await db
      .table(db.knex, 'events')
      .where({ run_id: id, type: 'tasks' })
      .orderBy('seq');
    const told = events.map(({ body }) => JSON.parse(body).changes);
    expect(told.flat()).toContainEqual({
      task: 'score',
      indices: '0-499',
      from: 'none',
      to: 'scheduled',
    });
    // However many were launched and ended in each transaction.
    for (const changes of told) {
      const steps = changes.map(({ task, from, to, reason }: ToldChange) =>
        [task, from, to, reason].join(),
      );
      steps.slice(1).forEach((step: string, i: number) => {
        expect(step).not.toBe(steps[i]);
      });
    }
  });

  it('ends a cleared instance as its task ends when that cannot start again', async () => {
    let listFails = false;
    const runId = await start([0, 1, 2], [score()]);
    await test.finished(runId);
    const { script } = test.executor;
    test.executor.script = request =>
      request.labels.taskId === 'list' && listFails ? failed : script(request);
    listFails = true;
    const { id } = await test.run(runId);
    const clear = (taskIds: string[], mapIndices?: number[]) =>
      test.engine.runs.change(num(id), draft =>
        clearSlots(
          draft,
          clearSelection(
            draft.definition,
            draft.states,
            { taskIds, mapIndices },
            draft.children,
          ),
          'cleared by user:default/test',
        ),
      );
    // Both before the run goes on.
    await clear(['score'], [1]);
    await test.engine.commands.clearTasks(
      runId,
      {
        taskIds: ['list'],
        downstream: false,
        upstream: false,
        onlyFailed: false,
        dryRun: false,
      },
      'user:default/test',
    );
    expect(await test.finished(runId)).toMatchObject({ state: 'failed' });
    expect(await statesOf(runId)).toEqual([
      'success',
      'upstream_failed',
      'success',
    ]);
    expect((await test.states(runId)).score).toBe('upstream_failed');
  });

  it('hides a secret in an item wherever it is handed on', async () => {
    test.ctx.inputs.resolveForTask = async () => ({
      env: {},
      secrets: ['s3cret'],
      inputs: {},
    });
    test.executor.script = ({ labels }) =>
      labels.taskId === 'list'
        ? success({ items: ['pg://u:s3cret@db', 'plain'] })
        : success();
    await test.register('p', {
      tasks: [{ ...LIST, connections: ['pg'] }, score()],
    });
    const runId = await test.trigger('p');
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
    const [first, second] = await test.mapped(runId, 'score');
    expect(first.item).toContain('s3cret');
    expect(first.item_shown).not.toContain('s3cret');
    expect(second.item_shown).toBeNull();
    expect(test.launchesOf('score')[0].command[1]).toContain('s3cret');
    const { id } = await test.run(runId);
    const attempts = await db
      .table(db.knex, 'attempts')
      .where({ run_id: id, map_index: 0 });
    expect(attempts).toHaveLength(1);
    for (const column of ['command', 'env'] as const) {
      expect(attempts[0][column]).not.toContain('s3cret');
    }
    const events = await db.table(db.knex, 'events').where({ run_id: id });
    expect(JSON.stringify(events)).not.toContain('s3cret');
  });

  it('tells the limit when a fan-in does not fit into one argument', async () => {
    const runId = await start(
      Array.from({ length: 20 }, (_item, i) => i),
      [
        score(),
        {
          id: 'sum',
          dependsOn: ['score'],
          ...command('sum', '${{ tasks.score.outputs.text }}'),
        },
      ],
      () => success({ text: 'x'.repeat(8_000) }),
    );
    expect(await test.finished(runId)).toMatchObject({
      state: 'failed',
    });
    const { sum } = await test.instances(runId);
    expect(sum.reason).toMatch(
      /Argument 1 of the command has \d+ bytes.*131071/,
    );
  });

  it('judges the deadline of each instance', async () => {
    const runId = await start(
      [0, 1],
      [score({}, { sla: 'PT1H' })],
      ({ labels }) => (labels.mapIndex === 1 ? 'hang' : success()),
    );
    await test.until(
      async () => (await statesOf(runId)).join() === 'success,running',
    );
    // That of the other one comes.
    await db
      .table(db.knex, 'timers')
      .where({ kind: 'task_sla' })
      .update({ due_at: await db.now() });
    await test.until(
      async () =>
        (await test.mapped(runId, 'score'))[1]?.sla_state === 'missed',
    );
    test.executor.end(
      test.launchesOf('score').find(({ labels }) => labels.mapIndex === 1)!
        .attemptId,
      success(),
    );
    await test.finished(runId);
    expect(
      (await test.mapped(runId, 'score')).map(row => row.sla_state),
    ).toEqual(['met', 'missed']);
    expect((await test.instances(runId)).score.sla_state).toBe('none');
  });
});
