import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { eventually } from '../__testUtils__/eventually';
import { num } from '../database/conversion';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { eachDatabase } from '../database/testing';
import { createRun } from './createRun';
import {
  type Script,
  ScriptedExecutor,
  type TestEngine,
  createTestEngine,
} from './testing';

const logger = mockLogger();
const DAY = 86_400_000;
const START = Date.parse('2026-01-01T00:00:00Z');

const spec = (more: Record<string, unknown> = {}) => ({
  tasks: [
    { id: 'load', run: { command: ['true'] }, dependsOnPast: true, ...more },
    { id: 'report', dependsOn: ['load'], run: { command: ['true'] } },
  ],
});

eachDatabase((_name, databases) => {
  const engines: TestEngine[] = [];
  let db: MaestroDatabase;

  const start = async (script: Script, executor = new ScriptedExecutor()) => {
    executor.script = script;
    const test = await createTestEngine(db, {
      logger,
      executor,
      settings: { pollMs: 50, reconcileMs: 100 },
    });
    engines.push(test);
    return test;
  };
  /** The run of a day, as its schedule or a person makes it. */
  const runOf = async (
    test: TestEngine,
    pipelineId: number,
    day: number,
    trigger: 'scheduled' | 'manual' = 'scheduled',
  ) => {
    const made = await db.transaction(async tx => {
      const pipeline = await db
        .table(tx, 'pipelines')
        .where({ id: pipelineId })
        .first();
      const versionId = num(pipeline!.current_version_id!);
      return createRun(
        test.ctx,
        tx,
        await test.ctx.versions.definition(tx, versionId),
        {
          pipelineId,
          versionId,
          runKey: `${trigger}-${day}`,
          trigger,
          logicalDate: START + day * DAY,
          runAfter: START + day * DAY,
          params: {},
          createdBy: 'schedule',
        },
        await db.now(tx),
      );
    });
    await test.engine.startRun(made!.id);
    return made!.runId;
  };
  const endOf = (
    test: TestEngine,
    runId: string,
    result: 'success' | 'failed',
  ) => {
    const request = test.executor.launched.find(
      ({ labels }) => labels.runId === runId && labels.taskId === 'load',
    )!;
    test.executor.end(
      request.attemptId,
      result === 'success'
        ? { result, exitCode: 0 }
        : { result, exitCode: 1, failure: 'exit_code', message: 'exit code 1' },
    );
  };
  const ok: Script = () => ({ result: 'success', exitCode: 0 });
  const hangs: Script = ({ labels }) =>
    labels.taskId === 'load' ? 'hang' : { result: 'success', exitCode: 0 };

  beforeEach(async () => {
    db = await databases.open();
    jest.clearAllMocks();
  });
  afterEach(async () => {
    for (const test of engines.splice(0)) await test.stop();
    // eslint-disable-next-line jest/no-standalone-expect
    expect(logger.error.mock.calls).toEqual([]);
  });

  it('waits without a slot, and goes on at once when the task before ended', async () => {
    // By a clock that stands it never looks by itself.
    db = await databases.open({ clock: () => START + 3 * DAY });
    const test = await start(hangs);
    const id = await test.register('p', spec());
    const first = await runOf(test, id, 1);
    const second = await runOf(test, id, 2);
    await eventually(async () => (await test.states(first)).load === 'running');
    expect(await test.run(second)).toMatchObject({ state: 'running' });
    expect(await test.states(second)).toEqual({ load: 'none', report: 'none' });
    expect(test.executor.launched).toHaveLength(1);

    test.executor.script = ok;
    endOf(test, first, 'success');
    expect(await test.finished(second)).toMatchObject({ state: 'success' });
  });

  it('waits for one that failed, until somebody mends that', async () => {
    const test = await start(hangs);
    const id = await test.register('p', spec());
    const first = await runOf(test, id, 1);
    await eventually(async () => (await test.states(first)).load === 'running');
    endOf(test, first, 'failed');
    await test.finished(first);
    test.executor.script = ok;
    const second = await runOf(test, id, 2);
    await test.engine.idle();
    expect(await test.states(second)).toEqual({ load: 'none', report: 'none' });
    await test.engine.commands.clearTasks(
      first,
      { downstream: true, upstream: false, onlyFailed: true, dryRun: false },
      'user:default/a',
    );
    await test.finished(first);
    expect(await test.finished(second)).toMatchObject({ state: 'success' });
  });

  it('is let go by a mark as well', async () => {
    const test = await start(hangs);
    const id = await test.register('p', spec());
    const first = await runOf(test, id, 1);
    await eventually(async () => (await test.states(first)).load === 'running');
    endOf(test, first, 'failed');
    await test.finished(first);
    test.executor.script = ok;
    const second = await runOf(test, id, 2);
    await test.engine.commands.markTasks(
      first,
      { taskIds: ['load'], state: 'skipped', dryRun: false },
      'user:default/a',
    );
    expect(await test.finished(second)).toMatchObject({ state: 'success' });
  });

  it('waits for what is below, where it says so', async () => {
    const test = await start(({ labels }) =>
      labels.taskId === 'report' ? 'hang' : { result: 'success', exitCode: 0 },
    );
    const id = await test.register('p', spec({ waitForDownstream: true }));
    const first = await runOf(test, id, 1);
    const second = await runOf(test, id, 2);
    await eventually(
      async () => (await test.states(first)).report === 'running',
    );
    expect((await test.states(second)).load).toBe('none');
    test.executor.script = ok;
    test.executor.end(test.executor.launched.at(-1)!.attemptId, {
      result: 'success',
      exitCode: 0,
    });
    expect(await test.finished(second)).toMatchObject({ state: 'success' });
  });

  it('does not wait for runs that people started, nor for later ones', async () => {
    const test = await start(hangs);
    const id = await test.register('p', spec());
    const byHand = await runOf(test, id, 1, 'manual');
    const later = await runOf(test, id, 9);
    const early = await runOf(test, id, 2);
    for (const runId of [byHand, later, early]) {
      await eventually(
        async () => (await test.states(runId)).load === 'running',
      );
      endOf(test, runId, 'success');
    }
    expect(await test.finished(early)).toMatchObject({ state: 'success' });
  });

  it('goes on in the next process, which nobody woke', async () => {
    const test = await start(hangs);
    const id = await test.register('p', spec());
    const first = await runOf(test, id, 1);
    const second = await runOf(test, id, 2);
    await eventually(async () => (await test.states(first)).load === 'running');
    // As if the run before had ended without knowing of this one.
    await engines.pop()!.stop();
    await db
      .table(db.knex, 'task_instances')
      .where({ run_id: (await test.run(first)).id, task_no: 0 })
      .update({ state: 'success' });
    expect(
      await db.table(db.knex, 'timers').where({ kind: 'past' }),
    ).toMatchObject([{ ref: String((await test.run(second)).id) }]);
    await db
      .table(db.knex, 'timers')
      .where({ kind: 'past' })
      .update({ due_at: await db.now() });
    test.executor.objects.clear();
    const next = await start(ok);
    expect(await next.finished(second)).toMatchObject({ state: 'success' });
  });
});
