import { eachDatabase } from '../database/testing';
import { VersionFactsCache } from '../views/VersionFactsCache';
import { whyNotRunning } from '../views/whyNotRunning';
import { FakeTriggerHost } from './__testUtils__/FakeTriggerHost';
import { DEFERRAL, deferredTasks } from './__testUtils__/deferredTasks';
import { taskSystems } from './__testUtils__/taskSystems';

eachDatabase((_name, databases) => {
  const systems = taskSystems(databases);
  const deferred = deferredTasks(systems);

  it('goes on with what its trigger found, in the same try', async () => {
    const { a, host, trigger, begin, waits, settled, db, system } =
      await deferred();
    expect(trigger).toMatchObject({
      classpath: 'some.Trigger',
      kwargs: { password: 'hunter2-hunter2' },
      environment: 'default',
      task: {
        attemptId: a.id,
        dagId: 'dag',
        taskId: 'a',
        runKey: 'manual__1',
        tryNumber: 1,
        mapIndex: -1,
      },
    });
    host.fire(trigger, { is: 'event', payload: { found: true } });
    const { next, body } = await begin(2);
    expect(body).toMatchObject({
      next_method: 'go_on',
      next_kwargs: { a: 1, event: { found: true } },
      xcom_keys_to_clear: [],
      task_reschedule_count: 1,
    });
    expect(next.request.env.MAESTRO_TRY_NUMBER).toBe('1');
    expect(await waits()).toEqual([]);
    await next.state('success');
    next.ends();
    await settled('success');
    await system!.logsSealed();
    const rows = await db.table(db.knex, 'attempts').orderBy('seq');
    expect(rows.map(row => row.log_kept)).toEqual([null, null]);
    // Nothing of the run goes on any more.
    expect(rows.map(row => row.resume)).toEqual([null, null]);
  });

  it('goes on the second time with what its second trigger found', async () => {
    const { host, trigger, begin, settled, until } = await deferred();
    host.fire(trigger, { is: 'event', payload: 'first' });
    const { next } = await begin(2);
    expect((await next.state('deferred', DEFERRAL)).status).toBe(204);
    next.ends();
    await settled('deferred');
    const second = await until(() => host.started[1]);
    host.fire(second, { is: 'event', payload: 'second' });
    const { body } = await begin(3);
    expect(body).toMatchObject({
      next_kwargs: { event: 'second' },
      task_reschedule_count: 2,
    });
  });

  it('takes the same word twice and no other one', async () => {
    const host = new FakeTriggerHost();
    const { attempt } = await systems([{ id: 'a' }], { triggers: host });
    const a = await attempt('a');
    expect((await a.state('deferred', DEFERRAL)).status).toBe(204);
    expect((await a.state('deferred', DEFERRAL)).status).toBe(204);
    const other = { ...DEFERRAL, next_kwargs: { a: 2 } };
    expect((await a.state('deferred', other)).status).toBe(409);
    expect((await a.state('success')).status).toBe(409);
  });

  it('begins again with the same event when the attempt after it is lost', async () => {
    const { host, trigger, begin } = await deferred();
    host.fire(trigger, { is: 'event', payload: 7 });
    const { next } = await begin(2);
    next.isLost();
    const { body } = await begin(3);
    expect(body).toMatchObject({
      next_method: 'go_on',
      next_kwargs: { a: 1, event: 7 },
    });
  });

  it.each([
    ['a trigger that fails', 'Trigger failure', ['line']],
    ['a trigger whose time is over', 'Trigger timeout', undefined],
  ])('%s resumes its task to fail', async (_what, error, traceback) => {
    const { host, trigger, begin, until, anHourPasses } = await deferred(
      traceback ? {} : { trigger_timeout: 'PT1H' },
      0,
      { movesClock: true },
    );
    if (traceback) host.fire(trigger, { is: 'failed', traceback });
    else {
      anHourPasses();
      await until(() => host.stopped[0]);
    }
    const { body } = await begin(2);
    expect(body.next_method).toBe('__fail__');
    expect(body.next_kwargs).toMatchObject({
      error,
      ...(traceback ? { traceback } : {}),
    });
    // The one whose time is over was ended, and nobody has killed its task.
    expect(host.stopped).toEqual(
      traceback ? [] : [{ id: trigger.id, killed: false }],
    );
  });

  it.each([
    ['success', 'success'],
    ['skipped', 'skipped'],
    ['failed', 'failed'],
  ] as const)('a trigger can end its task: %s', async (state, is) => {
    const { host, trigger, settled, db, waits } = await deferred();
    host.fire(trigger, { is: 'ended', state, xcoms: { return_value: 3 } });
    await settled(is);
    const rows = await db.table(db.knex, 'outputs').select('key', 'value');
    expect(rows).toEqual(
      state === 'failed' ? [] : [{ key: 'return_value', value: '3' }],
    );
    expect(await waits()).toEqual([]);
    const attempts = await db.table(db.knex, 'attempts');
    expect(attempts).toHaveLength(1);
  });

  it.each(['', 'x'.repeat(257), 'x\0'])(
    'a trigger that hands on what cannot be stored fails its task: %j',
    async key => {
      const { host, trigger, settled, db } = await deferred();
      host.fire(trigger, {
        is: 'ended',
        state: 'success',
        xcoms: { [key]: 3 },
      });
      await settled('failed');
      const [task] = await db.table(db.knex, 'task_instances');
      expect(task.reason).toMatch(/outputs cannot be stored: the key ".*NUL/);
    },
  );

  it('a task that its trigger has failed is tried again from its beginning', async () => {
    const { host, trigger, begin } = await deferred({}, 1);
    host.fire(trigger, { is: 'ended', state: 'failed', xcoms: {} });
    const { next, body } = await begin(2);
    expect(next.request.env.MAESTRO_TRY_NUMBER).toBe('2');
    expect(body).not.toHaveProperty('next_method');
  });

  it.each([
    ['cleared', 'none'],
    ['cancelled', 'skipped'],
    ['marked', 'success'],
  ])('ends the trigger of a task that is %s', async how => {
    const { host, system, runId, until, waits } = await deferred();
    const { commands } = system!.engine;
    const actor = 'user:default/me';
    if (how === 'cancelled') await commands.cancelRun(runId, actor);
    if (how === 'cleared')
      await commands.clearTasks(runId, { taskIds: ['a'] } as never, actor);
    if (how === 'marked')
      await commands.markTasks(
        runId,
        { taskIds: ['a'], state: 'success', dryRun: false } as never,
        actor,
      );
    await until(() => host.stopped[0]);
    expect(host.stopped).toEqual([{ id: expect.any(String), killed: true }]);
    expect(await waits()).toEqual([]);
  });

  it('an outcome that comes too late, or twice, changes nothing', async () => {
    const { host, trigger, begin, db } = await deferred();
    host.fire(trigger, { is: 'event', payload: 1 });
    host.fire(trigger, { is: 'event', payload: 2 });
    const { body } = await begin(2);
    expect(body.next_kwargs.event).toBe(1);
    host.fire(trigger, { is: 'failed', traceback: [] });
    expect(await db.table(db.knex, 'attempts')).toHaveLength(2);
  });

  it('says why it does not run', async () => {
    const { db, runId, host, until } = await deferred({
      trigger_timeout: 'PT1H',
    });
    const why = () =>
      whyNotRunning(
        { db, versions: new VersionFactsCache(db) },
        { status: async () => ({}) } as never,
        {
          runId,
          taskId: 'a',
        },
      );
    const { chain } = await why();
    expect(chain[0]).toMatchObject({
      code: 'waiting_for_event',
      message: expect.stringMatching(
        /^Task "a" waits for the trigger some\.Trigger; it gives up at /,
      ),
    });
    host.listener!.onTrouble('default', 'its process is away');
    await until(async () =>
      (await why()).chain[0].message.includes('its process is away'),
    );
    host.listener!.onTrouble('default', undefined);
    await until(
      async () => !(await why()).chain[0].message.includes('is away'),
    );
  });
});
