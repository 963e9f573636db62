import type { AttemptOutcome } from '@maestro/plugin-maestro-node';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { eachDatabase } from '../database/testing';
import {
  command,
  createMapTest,
  failed,
  LIST,
  type MapTest,
  success,
} from './__testUtils__/mapTest';

const inGroup = (id: string, after: string[], more: object = {}) => ({
  id,
  group: 'each',
  dependsOn: after,
  ...command(id, '${{ item }}', '${{ index }}'),
  ...more,
});
const EACH = { id: 'each', map: { over: 'tasks.list.outputs.items' } };

eachDatabase((_, databases) => {
  let db: MaestroDatabase;
  let test: MapTest;

  beforeEach(async () => {
    db = await databases.open();
    test = await createMapTest(db);
  });

  afterEach(() => test.stop());

  const start = (
    items: unknown,
    tasks: object[],
    script: (taskId: string, index: number) => AttemptOutcome | 'hang' = () =>
      success(),
    groups: object[] = [EACH],
  ) =>
    test.start(items, { groups, tasks }, ({ labels: { taskId, mapIndex } }) =>
      script(taskId, mapIndex),
    );
  /** `a: success failed; b: …` of the instances that there are. */
  const lanes = async (runId: string, ...ids: string[]) => {
    const rows = await Promise.all(ids.map(id => test.mapped(runId, id)));
    return Object.fromEntries(
      ids.map((id, i) => [
        id,
        rows[i]
          .filter(row => row.state !== 'removed')
          .map(row => row.state)
          .join(' '),
      ]),
    );
  };
  const clear = (runId: string, options: object) =>
    test.engine.commands.clearTasks(
      runId,
      {
        downstream: false,
        upstream: false,
        onlyFailed: false,
        dryRun: false,
        ...options,
      },
      'user:default/test',
    );

  it('runs all tasks of the group once for each item, each behind that of its own index', async () => {
    const runId = await start(
      ['x', 'y'],
      [
        inGroup('a', ['list']),
        inGroup('b', ['a'], command('b', '${{ tasks.a.outputs.n }}')),
        {
          id: 'after',
          dependsOn: ['b'],
          ...command('after', '${{ tasks.b.outputs.n }}'),
        },
      ],
      (taskId, index) =>
        taskId === 'a' && index === 1 ? 'hang' : success({ n: index + 10 }),
    );
    // The first item is through while the second is at its beginning.
    await test.until(
      async () => (await lanes(runId, 'b')).b === 'success none',
    );
    expect(test.launchesOf('b').map(each => each.command)).toEqual([
      ['b', '10'],
    ]);
    expect(test.launchesOf('after')).toEqual([]);
    const second = test
      .launchesOf('a')
      .find(({ labels }) => labels.mapIndex === 1)!;
    expect(second.command).toEqual(['a', 'y', '1']);
    test.executor.end(second.attemptId, success({ n: 11 }));
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
    expect(test.launchesOf('b')[1].command).toEqual(['b', '11']);
    expect(test.launchesOf('after')[0].command).toEqual(['after', '[10,11]']);
  });

  it('looks at trigger rules at each index alone, and behind the group at all', async () => {
    const runId = await start(
      [1, 2, 3],
      [
        inGroup('a', ['list']),
        inGroup('b', ['a']),
        inGroup('mend', ['a'], { triggerRule: 'one_failed' }),
        inGroup('last', ['b', 'mend'], { triggerRule: 'one_success' }),
        { id: 'all', dependsOn: ['b'], ...command('all') },
        {
          id: 'some',
          dependsOn: ['b'],
          triggerRule: 'one_success',
          ...command('some'),
        },
        {
          id: 'end',
          dependsOn: ['last'],
          triggerRule: 'all_success',
          ...command('end'),
        },
      ],
      (taskId, index) => (taskId === 'a' && index === 1 ? failed : success()),
    );
    await test.finished(runId);
    expect(await lanes(runId, 'a', 'b', 'mend', 'last')).toEqual({
      a: 'success failed success',
      b: 'success upstream_failed success',
      mend: 'skipped success skipped',
      last: 'success success success',
    });
    expect(await test.states(runId)).toMatchObject({
      all: 'upstream_failed',
      some: 'success',
      end: 'success',
    });
  });

  it.each([
    ['failed', failed, 'upstream_failed'],
    ['skipped', { result: 'skipped' } as AttemptOutcome, 'skipped'],
  ])(
    'has no list where what makes it was %s, whatever its trigger rules',
    async (_how, outcome, state) => {
      test.executor.script = ({ labels: { taskId } }) =>
        taskId === 'list' ? outcome : success();
      await test.register('p', {
        groups: [EACH],
        tasks: [
          LIST,
          inGroup('a', ['list'], { triggerRule: 'all_done' }),
          inGroup('b', ['a'], { triggerRule: 'always' }),
          {
            id: 'after',
            dependsOn: ['b'],
            triggerRule: 'all_done',
            ...command('after'),
          },
        ],
      });
      const runId = await test.trigger('p');
      await test.finished(runId);
      expect(await test.states(runId)).toMatchObject({
        a: state,
        b: state,
        after: 'success',
      });
    },
  );

  it.each([
    ['is empty', [], 'skipped', 'its list is empty'],
    ['is none', 5, 'failed', 'its list cannot be used: '],
  ])('ends all its tasks when its list %s', async (_how, items, state, why) => {
    const runId = await start(items, [
      inGroup('a', ['list']),
      inGroup('b', ['a']),
    ]);
    await test.finished(runId);
    expect(await test.instances(runId)).toMatchObject({
      a: { state, reason: expect.stringContaining(why) },
      b: { state, reason: expect.stringContaining(why) },
    });
  });

  it('waits with its instances for what stands outside, not with its list', async () => {
    const runId = await start(
      [],
      [
        { id: 'slow', ...command('slow') },
        inGroup('a', ['slow']),
        inGroup('b', ['a']),
      ],
      taskId => (taskId === 'slow' ? 'hang' : success()),
      [{ id: 'each', map: { over: ['x', 'y'] } }],
    );
    await test.until(() => test.launchesOf('slow').length === 1);
    expect(await lanes(runId, 'a', 'b')).toEqual({
      a: 'none none',
      b: 'none none',
    });
    test.executor.end(test.launchesOf('slow')[0].attemptId, success());
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
  });

  it('clears one index with what is below it there, and all outside', async () => {
    let broken = true;
    const runId = await start(
      [1, 2],
      [
        inGroup('a', ['list']),
        inGroup('b', ['a']),
        { id: 'after', dependsOn: ['b'], ...command('after') },
      ],
      (taskId, index) =>
        broken && taskId === 'b' && index === 1 ? failed : success(),
    );
    await test.finished(runId);
    broken = false;
    const touched = await clear(runId, {
      taskIds: ['a'],
      mapIndices: [1],
      downstream: true,
    });
    expect(
      touched.map(({ taskId, mapIndex }) => `${taskId} ${mapIndex}`).sort(),
    ).toEqual(['a 1', 'after -1', 'b 1']);
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
    expect(
      test
        .launchesOf('a')
        .map(({ labels }) => labels.mapIndex)
        .sort(),
    ).toEqual([0, 1, 1]);
    expect(
      test
        .launchesOf('b')
        .map(({ labels }) => labels.mapIndex)
        .sort(),
    ).toEqual([0, 1, 1]);
    expect(test.launchesOf('list')).toHaveLength(1);
  });

  it('keeps its list when one of its tasks is cleared as a whole', async () => {
    const runId = await start(
      [1, 2],
      [inGroup('a', ['list']), inGroup('b', ['a'])],
    );
    await test.finished(runId);
    await clear(runId, { taskIds: ['b'] });
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
    expect(test.launchesOf('b')).toHaveLength(4);
    expect(test.launchesOf('a')).toHaveLength(2);
    const rows = await test.mapped(runId, 'b');
    expect(rows.map(row => [row.state, row.item])).toEqual([
      ['success', '1'],
      ['success', '2'],
    ]);
  });

  it('makes its list anew with the whole group, once nothing of the old one runs', async () => {
    let items: unknown[] = ['a', 'b', 'c'];
    test.executor.script = ({ labels: { taskId, mapIndex } }) => {
      if (taskId === 'list') return success({ items });
      return taskId === 'b' && mapIndex === 2 && items.length === 3
        ? 'hang'
        : success();
    };
    await test.register('p', {
      groups: [EACH],
      tasks: [LIST, inGroup('a', ['list']), inGroup('b', ['a'])],
    });
    const runId = await test.trigger('p');
    await test.until(() => test.launchesOf('b').length === 3);
    // It takes its time to end.
    jest.spyOn(test.executor, 'cancel').mockResolvedValue();
    const hanging = test
      .launchesOf('b')
      .find(({ labels }) => labels.mapIndex === 2)!;
    items = ['x'];
    await clear(runId, { taskIds: ['list'], downstream: true });
    await test.until(async () => (await test.states(runId)).list === 'success');
    expect(await lanes(runId, 'a')).toEqual({ a: '' });
    test.executor.end(hanging.attemptId, success());
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
    expect(await lanes(runId, 'a', 'b')).toEqual({
      a: 'success',
      b: 'success',
    });
    expect(test.launchesOf('a').at(-1)!.command).toEqual(['a', 'x', '0']);
  });

  it('is run again from what failed, index by index', async () => {
    let broken = true;
    const runId = await start(
      [1, 2, 3],
      [
        inGroup('a', ['list']),
        inGroup('b', ['a']),
        { id: 'after', dependsOn: ['b'], ...command('after') },
      ],
      (taskId, index) =>
        broken &&
        ((taskId === 'a' && index === 0) || (taskId === 'b' && index === 2))
          ? failed
          : success(),
    );
    await test.finished(runId);
    broken = false;
    const touched = await clear(runId, { fromFailed: true });
    expect(
      touched.map(({ taskId, mapIndex }) => `${taskId} ${mapIndex}`).sort(),
    ).toEqual(['a 0', 'after -1', 'b 0', 'b 2']);
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
  });

  it('sets up and takes down at each index', async () => {
    const runId = await start(
      [1, 2],
      [
        inGroup('make', ['list'], { setup: true }),
        inGroup('use', ['make']),
        inGroup('drop', ['use'], { teardown: { of: ['make'] } }),
      ],
      (taskId, index) =>
        (taskId === 'make' && index === 0) || (taskId === 'use' && index === 1)
          ? failed
          : success(),
    );
    await test.finished(runId);
    expect(await lanes(runId, 'make', 'use', 'drop')).toEqual({
      make: 'failed success',
      use: 'upstream_failed failed',
      drop: 'upstream_failed success',
    });
  });

  it('is cancelled with everything that runs and waits', async () => {
    const runId = await start(
      [1, 2],
      [inGroup('a', ['list']), inGroup('b', ['a'])],
      () => 'hang',
    );
    await test.until(() => test.launchesOf('a').length === 2);
    await test.engine.commands.cancelRun(runId, 'user:default/test');
    test.launchesOf('a').forEach(({ attemptId }) =>
      test.executor.end(attemptId, {
        result: 'failed',
        failure: 'cancelled',
        message: 'cancelled',
      }),
    );
    expect(await test.finished(runId)).toMatchObject({
      state: 'failed',
      state_reason: 'cancelled',
    });
    expect(await lanes(runId, 'b')).toEqual({ b: 'skipped skipped' });
  });
});
