/* What a task that defers itself, and its trigger, must not show. */
import { SecretKeyRing } from '../connections/encryption';
import { rotateSecrets } from '../connections/rotateSecrets';
import type { TriggerOutcome } from '@maestro/plugin-maestro-node';
import { eachDatabase } from '../database/testing';
import { FakeTriggerHost } from './__testUtils__/FakeTriggerHost';
import {
  DEFERRAL,
  deferralHistory,
  deferredTasks,
} from './__testUtils__/deferredTasks';
import { taskSystems } from './__testUtils__/taskSystems';

eachDatabase((_name, databases) => {
  const systems = taskSystems(databases);
  const deferred = deferredTasks(systems);

  it('holds nothing while it waits, and keeps no argument in clear', async () => {
    const { db, waits } = await deferred();
    const [attempt] = await db.table(db.knex, 'attempts');
    expect(attempt).toMatchObject({
      state: 'ended',
      result: 'success',
      token_hash: null,
      cancel_requested_at: null,
    });
    expect(JSON.stringify([attempt, await waits()])).not.toContain('hunter2');
  });

  it('is encrypted anew with the other secrets, also while its process still runs', async () => {
    const [one, two] = ['one', 'two'].map(id => ({ id, secret: id.repeat(9) }));
    const host = new FakeTriggerHost();
    const { attempt, db, settled, until } = await systems([{ id: 'a' }], {
      triggers: host,
      keys: SecretKeyRing.fromKeys([one, two]),
    });
    const a = await attempt('a');
    expect((await a.state('deferred', DEFERRAL)).status).toBe(204);
    const rotated = SecretKeyRing.fromKeys([two, one]);
    const rotate = (ring = rotated) => rotateSecrets(db, ring);
    const said = await rotate();
    expect(said).toMatchObject({ rotated: expect.any(Number), failed: [] });
    expect(said.rotated).toBeGreaterThan(0);
    // The old key can go.
    expect(await rotate(SecretKeyRing.fromKeys([two]))).toEqual({
      rotated: 0,
      failed: [],
    });
    const [row] = await db.table(db.knex, 'attempts');
    expect(JSON.parse(row.follow_up!)).toMatchObject({
      declared: 'deferred',
      classpath: 'some.Trigger',
      sealed: expect.stringContaining(':two:'),
    });
    // The same word is the same one.
    expect((await a.state('deferred', DEFERRAL)).status).toBe(204);
    a.ends();
    await settled('deferred');
    const trigger = await until(() => host.started[0]);
    expect(trigger.kwargs).toEqual(DEFERRAL.trigger_kwargs);
    // What has ended is no secret any more that anybody opens.
    expect((await rotate()).failed).toEqual([]);
  });

  it('hides what its process knew, though its log was sealed meanwhile', async () => {
    const { a, db, host, trigger, begin, system } = await deferred();
    await system!.logsSealed();
    // Of which nothing remembers what it must not show.
    const row = () => db.table(db.knex, 'attempts').where({ attempt_id: a.id });
    expect(await row().update({ log_state: 'none', masks: null })).toBe(1);
    host.fire(trigger, { is: 'event', payload: 1 });
    const { next } = await begin(2);
    const { masks } = (await db
      .table(db.knex, 'attempts')
      .where({ attempt_id: next.id })
      .first())!;
    expect(system!.engine.ctx.inputs.openMasks(next.id, masks!)).toContain(
      a.request.env.MAESTRO_TASK_TOKEN,
    );
  });

  it.each<[string, TriggerOutcome]>([
    ['an event', { is: 'event', payload: 1 }],
    ['a failure', { is: 'failed', traceback: [] }],
    ['an end', { is: 'ended', state: 'success', xcoms: { x: 1 } }],
  ])(
    'fails with a reason when the key of its secrets is gone before %s',
    async (_what, outcome) => {
      const { a, host, trigger, settled, until, db } = await deferred();
      const row = () =>
        db.table(db.knex, 'attempts').where({ attempt_id: a.id });
      await until(async () => (await row().first())?.log_kept === 'copied');
      const { masks } = (await row().first())!;
      await row().update({ masks: masks!.replace(':k:', ':gone:') });
      // Its lines cannot be kept, since nobody knows what to hide in them.
      host.listener!.onLog(trigger.id, '{"event":"a line"}');
      host.fire(trigger, outcome);
      await settled('failed');
      expect((await row().first())!.log_gap).toMatch(
        /Lines of its trigger \(1\) could not be stored: what must be hidden/,
      );
      const [{ reason }] = await db.table(db.knex, 'task_instances');
      expect(reason).toMatch(/encrypted with key "gone"/);
      expect(await db.table(db.knex, 'outputs')).toEqual([]);
    },
  );

  it('lets a trigger ask for what its task may have, and nothing that a process says', async () => {
    const { a, system, asTrigger, host, trigger, begin, db, runId } =
      await deferred();
    await system!.connections.create(
      { connId: 'db', connType: 'generic', password: 'top-secret-word' },
      'user:default/me',
    );
    const { status, text } = await asTrigger('GET', 'connections/db');
    expect([status, JSON.parse(text).password]).toEqual([
      200,
      'top-secret-word',
    ]);
    const said = await asTrigger('PATCH', `task-instances/${a.id}/state`, {
      state: 'success',
      end_date: '2026-01-01T00:00:00Z',
    });
    expect(said.status).toBe(409);
    host.listener!.onLog(trigger.id, '{"event":"it is top-secret-word"}');
    host.fire(trigger, { is: 'event', payload: 'top-secret-word' });
    const { next } = await begin(2);
    expect((await deferralHistory(db, runId))[0]?.detail).toBe('"***"');
    // What the trigger knew is hidden in what comes after it.
    const [, row] = await db.table(db.knex, 'attempts').orderBy('seq');
    expect(system!.engine.ctx.inputs.openMasks(next.id, row.masks!)).toContain(
      'top-secret-word',
    );
    expect((await asTrigger('GET', 'connections/db')).status).toBe(401);
    await system!.logsSealed();
    const log = await system!.logReader.readPage(a.id);
    expect(log.text).toContain('it is ***');
    expect(log.text).not.toContain('top-secret');
  });
});
