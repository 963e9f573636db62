import type { LaunchRequest } from '@maestro/plugin-maestro-node';
import { eachDatabase } from '../database/testing';
import { ScriptedExecutor } from './testing';
import { createWaitTest, type WaitTest } from './waits/__testUtils__/waitTest';

/** One whose attempts wait for a node until a test lets them run. */
class WaitingExecutor extends ScriptedExecutor {
  override readonly capabilities;
  /** Whether it takes attempts in without telling of them. */
  isSlow = false;

  constructor(boundsStart: boolean) {
    super(() => 'hang');
    this.capabilities = {
      ...new ScriptedExecutor().capabilities,
      boundsStart,
    };
  }

  override async launch(request: LaunchRequest): Promise<void> {
    const { attemptId } = request;
    if (this.objects.has(attemptId)) return;
    this.launched.push(request);
    if (this.isSlow) return;
    this.objects.set(attemptId, { attemptId, phase: 'starting' });
  }

  /** The node is there. */
  run(): void {
    const { attemptId } = this.launched[0];
    this.objects.set(attemptId, { attemptId, phase: 'running' });
  }

  override async cancel(attemptId: string): Promise<void> {
    this.end(attemptId, {
      result: 'failed',
      failure: 'signal',
      signal: 'SIGTERM',
      message: 'ended by SIGTERM',
    });
  }
}

const MINUTE = 60_000;

eachDatabase((_name, databases) => {
  let test: WaitTest;
  afterEach(() => test.stop());

  const begin = async (executor: WaitingExecutor, more: object = {}) => {
    test = await createWaitTest(databases, executor);
    await test.register('p', {
      tasks: [{ id: 't', run: { command: ['x'] }, timeout: 'PT10M', ...more }],
    });
    return test.trigger('p');
  };
  const attempt = async () =>
    (await test.db.table(test.db.knex, 'attempts'))[0];
  const isIn = (state: string) =>
    test.until(async () => (await attempt())?.state, state);
  const timers = () => test.timers('task_timeout');

  it('a wait for a node is no part of the timeout, however long', async () => {
    const executor = new WaitingExecutor(true);
    const runId = await begin(executor);
    await isIn('launched');
    expect(await timers()).toEqual([]);
    test.pass(60 * MINUTE);
    await new Promise(resolve => setTimeout(resolve, 200));
    expect(await attempt()).toMatchObject({
      state: 'launched',
      cancel_requested_at: null,
    });
    executor.run();
    await isIn('running');
    const { attempt_id: ref } = await attempt();
    expect(await timers()).toEqual([{ ref, dueAt: test.now() + 10 * MINUTE }]);
    test.pass(10 * MINUTE);
    expect((await test.finished(runId)).state).toBe('failed');
    expect(await attempt()).toMatchObject({ failure: 'timeout' });
    expect(await timers()).toEqual([]);
  });

  it('queuedTimeout bounds the wait all the same', async () => {
    const runId = await begin(new WaitingExecutor(true), {
      queuedTimeout: 'PT20M',
    });
    await isIn('launched');
    test.pass(20 * MINUTE);
    await test.finished(runId);
    expect(await attempt()).toMatchObject({ failure: 'queued_timeout' });
  });

  it('one that never bounds it is bounded by the timeout from the claim on', async () => {
    const runId = await begin(new WaitingExecutor(false));
    await isIn('launched');
    expect(await timers()).toHaveLength(1);
    test.pass(10 * MINUTE);
    await test.finished(runId);
    expect(await attempt()).toMatchObject({ failure: 'timeout' });
  });

  it('a launch that came to nothing is found by its lease', async () => {
    const executor = new WaitingExecutor(true);
    executor.isSlow = true;
    const runId = await begin(executor);
    await test.until(async () => executor.launched.length, 1);
    await isIn('claimed');
    executor.isSlow = false;
    // Its clocks went evenly for as long as the lease is.
    test.pass(MINUTE);
    test.passSteady(MINUTE);
    await test.until(async () => (await attempt()).failure, 'launch');
    expect(executor.launched.length).toBeGreaterThan(0);
    await test.engine.commands.cancelRun(runId, 'user:default/ada');
    await test.finished(runId);
  });
});
