/* What people are told of the deferrals of a task. */
import type { TriggerOutcome } from '@maestro/plugin-maestro-node';
import { eachDatabase } from '../database/testing';
import { deferralHistory, deferredTasks } from './__testUtils__/deferredTasks';
import { taskSystems } from './__testUtils__/taskSystems';

eachDatabase((_name, databases) => {
  const deferred = deferredTasks(taskSystems(databases));

  it('is told with what it waits for, and then what came of it, secrets hidden', async () => {
    const { a, db, runId, host, trigger, begin, settled } = await deferred({
      trigger_timeout: 'PT1H',
    });
    const open = {
      trigger: 'some.Trigger',
      method: 'go_on',
      at: expect.any(Number),
      timeoutAt: expect.any(Number),
    };
    expect(await deferralHistory(db, runId)).toEqual([open]);
    const token = a.request.env.MAESTRO_TASK_TOKEN;
    host.fire(trigger, {
      is: 'event',
      payload: { of: token, 'quote"': '"reschedule"' },
    });
    const { next } = await begin(2);
    expect(await deferralHistory(db, runId)).toEqual([
      {
        ...open,
        end: 'event',
        endedAt: expect.any(Number),
        detail: '{"of":"***","quote\\"":"\\"reschedule\\""}',
      },
      undefined,
    ]);
    await next.state('success');
    next.ends();
    await settled('success');
    expect((await deferralHistory(db, runId))[0]).toMatchObject({
      end: 'event',
    });
  });

  it.each<[string, TriggerOutcome | 'cleared' | 'cancelled', object]>([
    [
      'a trigger that fails',
      {
        is: 'failed',
        traceback: ['Traceback\n', '  in x\n', 'ValueError: no\n', '\n'],
      },
      { end: 'trigger_failed', detail: 'ValueError: no' },
    ],
    [
      'a trigger that ends it',
      { is: 'ended', state: 'skipped', xcoms: {} },
      { end: 'trigger_ended', detail: 'it said skipped' },
    ],
    [
      'a trigger that fails it',
      { is: 'ended', state: 'failed', xcoms: {} },
      { end: 'trigger_ended', detail: 'its trigger said that it failed' },
    ],
    [
      'a large event',
      { is: 'event', payload: 'x'.repeat(5_000) },
      { end: 'event', detail: expect.stringMatching(/^"x{998}…$/) },
    ],
    [
      'somebody who clears it',
      'cleared',
      { end: 'left', detail: 'cleared by user:default/me' },
    ],
    [
      'somebody who cancels its run',
      'cancelled',
      { end: 'left', detail: 'the run was cancelled by user:default/me' },
    ],
  ])('is told that it ended with %s', async (_what, how, end) => {
    const { db, runId, host, trigger, system, until } = await deferred();
    const { commands } = system!.engine;
    const actor = 'user:default/me';
    if (how === 'cancelled') await commands.cancelRun(runId, actor);
    else if (how === 'cleared') {
      await commands.clearTasks(runId, { taskIds: ['a'] } as never, actor);
    } else host.fire(trigger, how);
    await until(async () => (await deferralHistory(db, runId))[0]?.end);
    expect((await deferralHistory(db, runId))[0]).toMatchObject(end);
  });
});
