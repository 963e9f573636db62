/* Which scheduler runs a trigger, and what becomes of it when that is gone. */
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { eachDatabase } from '../database/testing';
import { FakeTriggerHost } from './__testUtils__/FakeTriggerHost';
import { DEFERRAL, deferredTasks } from './__testUtils__/deferredTasks';
import { taskSystems } from './__testUtils__/taskSystems';

eachDatabase((_name, databases) => {
  const systems = taskSystems(databases);
  const deferred = deferredTasks(systems);

  it('leaves a trigger that another scheduler has, and takes over that of one that is gone', async () => {
    const { db, host, trigger, asTrigger, until, begin } = await deferred();
    const held = (end: number) =>
      db
        .table(db.knex, 'waits')
        .update({ host: 'another', host_until: end, token_hash: 'x' });
    await held((await db.now()) + 3_600_000);
    await until(() => host.stopped[0]);
    // Nobody has ended its task.
    expect(host.stopped).toEqual([{ id: trigger.id, killed: false }]);
    expect((await asTrigger('GET', 'variables/none')).status).toBe(401);
    expect(host.started).toHaveLength(1);
    await held((await db.now()) - 1);
    const again = await until(() => host.started[1]);
    expect(again.id).toBe(trigger.id);
    expect(again.api.token).not.toBe(trigger.api.token);
    host.fire(again, { is: 'event', payload: 'here' });
    const { body } = await begin(2);
    expect(body.next_kwargs.event).toBe('here');
  });

  it('begins a trigger that it has taken without knowing it', async () => {
    const tasks = [{ id: 'a' }, { id: 'b' }];
    const host = new FakeTriggerHost();
    const { attempt, db, settled, system, until } = await systems(tasks, {
      triggers: host,
    });
    for (const { id } of tasks) {
      const one = await attempt(id);
      await one.state('deferred', DEFERRAL);
      one.ends();
    }
    await settled('deferred', 'deferred');
    const [kept, lost] = await until(() =>
      host.started.length === 2 ? host.started : undefined,
    );
    const heldBy = async (name: string) =>
      db
        .table(db.knex, 'waits')
        .where({ wait_id: lost.id })
        .update({ host: name, host_until: (await db.now()) + 3_600_000 });
    await heldBy('another');
    await until(() => host.stopped[0]);
    expect(host.stopped).toMatchObject([{ id: lost.id }]);
    // As when the store has stored it and its answer was lost.
    await heldBy(system!.engine.ctx.scheduler);
    const again = await until(() => host.started[2]);
    expect(again.id).toBe(lost.id);
    expect(host.running.has(kept.id)).toBe(true);
  });

  it('runs a trigger behind more than it could run of an environment that is not here', async () => {
    const host = new FakeTriggerHost();
    const { attempt, db, until } = await systems([{ id: 'a' }, { id: 'b' }], {
      triggers: host,
    });
    const a = await attempt('a');
    await a.state('deferred', DEFERRAL);
    a.ends();
    await until(() => host.started[0]);
    const [wait] = await db.table(db.knex, 'waits');
    const trigger = { ...JSON.parse(wait.trigger), environment: 'elsewhere' };
    const older = Array.from({ length: host.capacity * 2 + 1 }, (_, i) => ({
      ...wait,
      map_index: i,
      wait_id: `elsewhere-${i}`,
      trigger: JSON.stringify(trigger),
      host: null,
      host_until: null,
      token_hash: null,
    }));
    for (const row of older) await db.table(db.knex, 'waits').insert(row);
    const b = await attempt('b');
    await b.state('deferred', DEFERRAL);
    b.ends();
    const started = await until(() => host.started[1]);
    expect(started.task.taskId).toBe('b');
    expect(host.started).toHaveLength(2);
  });

  /** The host does, and with it the clock that only counts while it runs. */
  function sleeps(db: MaestroDatabase): void {
    const now = db.now.bind(db);
    jest
      .spyOn(db, 'now')
      .mockImplementation(async tx => (await now(tx)) + 60_000);
  }

  it('keeps a trigger, and its token, when the host has slept for longer than the lease', async () => {
    const { db, host, trigger, asTrigger, begin, until, waits } =
      await deferred();
    const [before] = await waits();
    sleeps(db);
    await until(async () => {
      const [{ host_until: end }] = await waits();
      return Number(end) > (await db.now());
    });
    const [after] = await waits();
    expect(after.token_hash).toBe(before.token_hash);
    expect(host.started).toHaveLength(1);
    expect((await asTrigger('GET', 'variables/none')).status).toBe(404);
    host.fire(trigger, { is: 'event', payload: 'here' });
    const { body } = await begin(2);
    expect(body.next_kwargs.event).toBe('here');
  });

  it('does not kill a trigger that another scheduler took over and finished', async () => {
    const { db, system, host, trigger, until, waits } = await deferred();
    await system!.engine.idle();
    const end = (await db.now()) + 3_600_000;
    await waits().update({ host: 'another', host_until: end });
    sleeps(db);
    await waits().delete();
    await until(() => host.stopped[0]);
    expect(host.stopped).toEqual([{ id: trigger.id, killed: false }]);
  });

  it('gives its triggers back when it stops', async () => {
    const { system, host, trigger, waits } = await deferred();
    await system!.stop();
    expect(host.stopped).toEqual([{ id: trigger.id, killed: false }]);
    expect(await waits()).toMatchObject([
      { host: null, host_until: null, token_hash: null },
    ]);
  });
});
