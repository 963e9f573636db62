import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { eventually } from '../__testUtils__/eventually';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { eachDatabase } from '../database/testing';
import {
  createTestEngine,
  ScriptedExecutor,
  type Script,
  type TestEngine,
} from './testing';

const logger = mockLogger();
const SUCCESS = { result: 'success', exitCode: 0 } as const;
const ME = 'user:default/me';
const at = (day: number) => Date.UTC(2026, 10, day, 4);

eachDatabase((_name, databases) => {
  let db: MaestroDatabase;
  let test: TestEngine;

  const task = (id: string, more: object = {}) => ({
    id,
    run: { command: ['true'] },
    ...more,
  });
  const spec = (...more: object[]) => ({
    maxActiveRuns: 20,
    tasks: [task('a'), task('b', { dependsOn: ['a'] }), ...more],
  });
  beforeEach(async () => {
    db = await databases.open();
    test = await createTestEngine(db, {
      logger,
      executor: new ScriptedExecutor(() => SUCCESS),
      settings: { pollMs: 20, reconcileMs: 100 },
    });
    await test.register('p', spec());
  });
  afterEach(() => test.stop());

  /** A finished run of a day. */
  const runOf = async (day: number, pipeline = 'p') => {
    const { runId } = await test.engine.commands.triggerRun({
      pipeline,
      trigger: 'manual',
      params: {},
      logicalDate: at(day),
      actor: ME,
    });
    await test.finished(runId);
    return runId;
  };
  const options = (more: object = {}) => ({
    downstream: true,
    upstream: false,
    onlyFailed: false,
    dryRun: false,
    future: false,
    past: false,
    ...more,
  });
  /** What becomes of the other runs. */
  const clear = async (runId: string, more: object) =>
    (await test.engine.commands.clearRange(runId, options(more), ME)).others;
  const clearCounts = async () =>
    (await db.table(db.knex, 'runs').orderBy('logical_date')).map(
      run => run.clear_count,
    );
  const byName =
    (script: Record<string, () => ReturnType<Script>>): Script =>
    request =>
      script[request.labels.taskId]?.() ?? SUCCESS;

  it.each`
    future   | past     | days
    ${true}  | ${false} | ${[3, 4]}
    ${false} | ${true}  | ${[1]}
    ${true}  | ${true}  | ${[1, 3, 4]}
    ${false} | ${false} | ${[]}
  `(
    'future $future, past $past: runs of days $days, by logical date',
    async ({ future, past, days }) => {
      // Not in the order of their ids.
      const ids: Record<number, string> = {};
      for (const day of [3, 1, 2, 4]) ids[day] = await runOf(day);
      const preview = await clear(ids[2], {
        future,
        past,
        taskIds: ['b'],
        dryRun: true,
      });
      expect(await clearCounts()).toEqual([0, 0, 0, 0]);
      expect(preview.map(({ tasks }) => tasks)).toEqual(days.map(() => 1));
      const done = await clear(ids[2], { future, past, taskIds: ['b'] });
      expect(done).toEqual(preview);
      expect(new Set(done.map(({ runId }) => runId))).toEqual(
        new Set(days.map((day: number) => ids[day])),
      );
      for (const { runId } of done) {
        expect((await test.finished(runId)).state).toBe('success');
      }
      expect(await clearCounts()).toEqual(
        // The run itself is cleared in any case.
        [1, 2, 3, 4].map(day => (day === 2 || days.includes(day) ? 1 : 0)),
      );
    },
  );

  it('takes downstream, upstream and what failed as in the run itself', async () => {
    const first = await runOf(1);
    const second = await runOf(2);
    const of = async (more: object) =>
      (await clear(first, { future: true, dryRun: true, ...more })).map(
        ({ tasks }) => tasks,
      );
    await expect(of({ taskIds: ['a'] })).resolves.toEqual([2]);
    await expect(of({ taskIds: ['a'], downstream: false })).resolves.toEqual([
      1,
    ]);
    await expect(of({ taskIds: ['b'], upstream: true })).resolves.toEqual([2]);
    await expect(of({})).resolves.toEqual([2]);
    // Nothing failed there.
    await expect(of({ onlyFailed: true })).resolves.toEqual([]);
    expect((await test.run(second)).clear_count).toBe(0);
  });

  it('leaves alone other pipelines, and versions that do not have the task', async () => {
    await runOf(1);
    await test.register('p', spec(task('new')));
    const second = await runOf(2);
    await test.register('q', spec());
    await runOf(3, 'q');
    expect(await clear(second, { past: true, taskIds: ['new'] })).toEqual([]);
    expect(await clearCounts()).toEqual([0, 1, 0]);
    await test.finished(second);
    expect(await clear(second, { past: true, future: true })).toHaveLength(1);
  });

  it('tells of a run that cannot be cleared now, and goes on with the others', async () => {
    const first = await runOf(1);
    test.executor.script = () => 'hang';
    const { runId: busy } = await test.engine.commands.triggerRun({
      pipeline: 'p',
      trigger: 'manual',
      params: {},
      logicalDate: at(2),
      actor: ME,
    });
    // What a task does is asked when it is launched.
    await eventually(async () => (await test.states(busy)).a === 'running');
    test.executor.script = () => SUCCESS;
    const third = await runOf(3);
    // It does not end, however often it is told to.
    test.executor.cancel = async () => {};
    await test.engine.commands.cancelRun(busy, ME);
    const done = await clear(first, { future: true });
    expect(done).toEqual([
      {
        runId: busy,
        logicalDate: at(2),
        tasks: 0,
        reason: expect.stringContaining('is being cancelled'),
      },
      { runId: third, logicalDate: at(3), tasks: 2 },
    ]);
  });

  it('refuses single instances, and a run that is not there', async () => {
    const first = await runOf(1);
    await expect(
      clear(first, { future: true, taskIds: ['a'], mapIndices: [0] }),
    ).rejects.toThrow('cleared run by run');
    await expect(clear('none', { future: true })).rejects.toThrow(
      'does not exist',
    );
  });

  it('runs again from what failed: those and all below them, nothing else', async () => {
    await test.register('p', {
      tasks: [
        task('ok'),
        task('bad'),
        task('below', { dependsOn: ['bad'] }),
        // It ran although one above it failed; it saw the wrong world.
        task('always', { dependsOn: ['bad'], triggerRule: 'all_done' }),
        task('apart', { dependsOn: ['ok'] }),
      ],
    });
    let isBroken = true;
    test.executor.script = byName({
      bad: () =>
        isBroken
          ? { result: 'failed', failure: 'exit_code', exitCode: 1, message: '' }
          : SUCCESS,
    });
    const runId = await runOf(1);
    isBroken = false;
    const cleared = await test.engine.commands.clearTasks(
      runId,
      options({ fromFailed: true }),
      ME,
    );
    expect(cleared.map(({ taskId }) => taskId)).toEqual([
      'bad',
      'below',
      'always',
    ]);
    expect((await test.finished(runId)).state).toBe('success');
    const tries = test.executor.launched.map(({ labels }) => labels.taskId);
    expect(tries.filter(id => id === 'ok')).toHaveLength(1);
    expect(tries.filter(id => id === 'always')).toHaveLength(2);
    // Of a run in which nothing failed there is nothing to run again.
    expect(
      await test.engine.commands.clearTasks(
        runId,
        options({ fromFailed: true }),
        ME,
      ),
    ).toEqual([]);
  });
});
