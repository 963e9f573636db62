import {
  ExecutorError,
  type LaunchRequest,
} from '@maestro/plugin-maestro-node';
import { eachDatabase } from '../database/testing';
import { ScriptedExecutor } from './testing';
import { createWaitTest, type WaitTest } from './waits/__testUtils__/waitTest';

/** One with a place, whose launches fail for certain when a test says so. */
class BrokenExecutor extends ScriptedExecutor {
  override readonly capabilities = {
    ...new ScriptedExecutor().capabilities,
    maxParallel: 1,
  };
  readonly asked: string[] = [];
  letGo = () => {};
  private readonly hold = new Promise<void>(resolve => {
    this.letGo = resolve;
  });

  override async launch(request: LaunchRequest): Promise<void> {
    this.asked.push(request.labels.taskId);
    await this.hold;
    throw new ExecutorError('config', 'there is no such image');
  }
}

eachDatabase((_name, databases) => {
  let test: WaitTest;
  let executor: BrokenExecutor;
  afterEach(() => test.stop());

  /** Stops while the first launch is under way, which fails then. */
  const stopAtLaunch = async (spec: Record<string, unknown>, runs: number) => {
    executor = new BrokenExecutor();
    test = await createWaitTest(databases, executor);
    await test.register('p', spec);
    const runIds: string[] = [];
    for (let i = 0; i < runs; i++) runIds.push(await test.trigger('p'));
    await test.until(async () => executor.asked.length, 1);
    const stopped = test.stop();
    // So long that nothing else is waited for.
    await new Promise(resolve => setTimeout(resolve, 300));
    executor.letGo();
    await stopped;
    return runIds;
  };
  const attempts = () =>
    test.db
      .table(test.db.knex, 'attempts')
      .orderBy('id')
      .select('state', 'failure', 'message');
  const failed = {
    state: 'ended',
    failure: 'config',
    message: 'there is no such image',
  };

  it('ends a launch that fails for certain while it stops; what follows is for the next process', async () => {
    const [runId] = await stopAtLaunch(
      {
        tasks: [
          { id: 't', run: { command: ['x'] } },
          {
            id: 'u',
            run: { command: ['x'] },
            dependsOn: ['t'],
            triggerRule: 'all_done',
          },
        ],
      },
      1,
    );
    expect(executor.asked).toEqual(['t']);
    expect(await attempts()).toEqual([failed]);
    expect(await test.states(runId)).toEqual({ t: 'failed', u: 'scheduled' });
    const next = await test.successor();
    expect((await test.finished(runId)).state).toBe('failed');
    expect(await attempts()).toEqual([failed, failed]);
    await next.stop();
  });

  it('claims nothing anew while it stops: nobody would launch it', async () => {
    const [first, second] = await stopAtLaunch(
      { maxActiveRuns: 2, tasks: [{ id: 't', run: { command: ['x'] } }] },
      2,
    );
    expect(await attempts()).toEqual([failed]);
    expect((await test.run(first)).state).toBe('failed');
    expect(await test.states(second)).toEqual({ t: 'scheduled' });
  });
});
