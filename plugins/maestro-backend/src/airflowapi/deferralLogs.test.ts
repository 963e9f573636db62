/* What a trigger writes, in the log of the task that waits for it. */
import { eachDatabase } from '../database/testing';
import { deferredTasks } from './__testUtils__/deferredTasks';
import { taskSystems } from './__testUtils__/taskSystems';

eachDatabase((_name, databases) => {
  const deferred = deferredTasks(taskSystems(databases));

  it('stores what a trigger wrote last when it stops', async () => {
    const { a, system, host, trigger, until, db } = await deferred();
    await until(async () => {
      const [{ log_kept: kept }] = await db.table(db.knex, 'attempts');
      return kept === 'copied';
    });
    host.listener!.onLog(trigger.id, 'its last line');
    await system!.stop();
    expect((await system!.logReader.readPage(a.id)).text).toContain(
      'its last line\n',
    );
  });

  it('says that lines of a trigger are missing where its log could not take them', async () => {
    const { a, host, system, trigger, until, begin, db } = await deferred();
    const row = () => db.table(db.knex, 'attempts').where({ attempt_id: a.id });
    await until(async () => (await row().first())?.log_kept === 'copied');
    // As while what the process wrote is on its way.
    const [executor] = system!.engine.ctx.executors.values();
    jest.spyOn(executor, 'readLog').mockRejectedValue(new Error('it is away'));
    await row().update({ log_kept: 'copying' });
    host.listener!.onLog(trigger.id, 'one');
    host.listener!.onLog(trigger.id, 'two');
    host.fire(trigger, { is: 'event', payload: 1 });
    await begin(2);
    expect(JSON.parse((await row().first())!.log_gap!)).toMatchObject({
      reason:
        'Lines of its trigger (2) could not be stored: what the task wrote before did not come',
    });
  });

  it('says that lines of a trigger are missing where its log was sealed before', async () => {
    const { a, host, system, trigger, begin, db } = await deferred();
    await system!.logsSealed();
    const row = () => db.table(db.knex, 'attempts').where({ attempt_id: a.id });
    const gap = { from: 0, reason: 'The middle is dropped', dropped: true };
    await row().update({
      log_state: 'none',
      log_kept: null,
      masks: null,
      log_gap: JSON.stringify(gap),
    });
    host.listener!.onLog(trigger.id, 'one');
    host.fire(trigger, { is: 'event', payload: 1 });
    await begin(2);
    expect(JSON.parse((await row().first())!.log_gap!)).toEqual({
      ...gap,
      reason:
        'The middle is dropped. Lines of its trigger (1) could not be stored: its log was closed before they came',
    });
  });

  it('keeps or misses with a word what a trigger wrote before its task was marked', async () => {
    const { a, host, system, trigger, runId, until, db } = await deferred();
    const row = () => db.table(db.knex, 'attempts').where({ attempt_id: a.id });
    await until(async () => (await row().first())?.log_kept === 'copied');
    host.listener!.onLog(trigger.id, 'its last line');
    await system!.engine.commands.markTasks(
      runId,
      { taskIds: ['a'], state: 'success', dryRun: false } as never,
      'user:default/me',
    );
    await until(() => host.stopped[0]);
    await system!.logsSealed();
    // It is stored behind the stop.
    const told = await until(async () => {
      const { text, gap } = await system!.logReader.readPage(a.id);
      return text + (gap ?? '');
    });
    expect(told).toMatch(/its last line|Lines of its trigger \(1\)/);
  });
});
