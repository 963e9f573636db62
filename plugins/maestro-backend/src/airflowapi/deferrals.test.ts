import { SecretKeyRing } from '../connections/encryption';
import { rotateSecrets } from '../connections/rotateSecrets';
import type { TriggerOutcome } from '@maestro/plugin-maestro-node';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { eachDatabase } from '../database/testing';
import { listAttempts } from '../views/listAttempts';
import { VersionFactsCache } from '../views/VersionFactsCache';
import { whyNotRunning } from '../views/whyNotRunning';
import { FakeTriggerHost } from './__testUtils__/FakeTriggerHost';
import { taskSystems } from './__testUtils__/taskSystems';

const DEFERRAL = {
  classpath: 'some.Trigger',
  trigger_kwargs: { password: 'hunter2-hunter2' },
  next_method: 'go_on',
  next_kwargs: { a: 1 },
};

eachDatabase((_name, databases) => {
  const systems = taskSystems(databases);

  /** A task that has deferred itself, and the trigger that it waits for. */
  async function deferred(more: object = {}, retries = 0) {
    const host = new FakeTriggerHost();
    const found = await systems([{ id: 'a', retries }], { triggers: host });
    const a = await found.attempt('a');
    const answer = await a.state('deferred', { ...DEFERRAL, ...more });
    expect(answer.status).toBe(204);
    a.ends();
    await found.settled('deferred');
    const trigger = await found.until(() => host.started[0]);
    const asTrigger = async (method: string, path: string, body?: unknown) => {
      const response = await fetch(`${trigger.api.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${trigger.api.token}`,
          'content-type': 'application/json',
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      const text = await response.text();
      return { status: response.status, text };
    };
    const begin = async (n: number) => {
      const next = await found.attempt('a', n);
      const { body } = await next.call(
        'PATCH',
        `task-instances/${next.id}/run`,
        {},
      );
      return { next, body };
    };
    const waits = () => found.db.table(found.db.knex, 'waits');
    return { ...found, a, host, trigger, asTrigger, begin, waits };
  }

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

  /** What is kept of its deferrals for people. */
  const history = async (db: MaestroDatabase, runId: string) =>
    (
      await listAttempts(
        { db, versions: new VersionFactsCache(db) },
        { runId, taskId: 'a', mapIndex: -1 },
      )
    ).map(({ followUp }) => followUp?.deferral);

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
    expect(await history(db, runId)).toEqual([open]);
    const token = a.request.env.MAESTRO_TASK_TOKEN;
    host.fire(trigger, {
      is: 'event',
      payload: { of: token, 'quote"': '"reschedule"' },
    });
    const { next } = await begin(2);
    expect(await history(db, runId)).toEqual([
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
    expect((await history(db, runId))[0]).toMatchObject({ end: 'event' });
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
    await until(async () => (await history(db, runId))[0]?.end);
    expect((await history(db, runId))[0]).toMatchObject(end);
  });

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

  /** The host does, and with it the clock that only counts while it runs. */
  function sleeps(db: MaestroDatabase): void {
    const now = db.now.bind(db);
    jest
      .spyOn(db, 'now')
      .mockImplementation(async tx => (await now(tx)) + 60_000);
  }

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
    const { host, trigger, begin, until } = await deferred(
      traceback ? {} : { trigger_timeout: 'PT0.2S' },
    );
    if (traceback) host.fire(trigger, { is: 'failed', traceback });
    else await until(() => host.stopped[0]);
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
    const { text, gap } = await system!.logReader.readPage(a.id);
    expect(text + gap).toMatch(/its last line|Lines of its trigger \(1\)/);
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
    expect((await history(db, runId))[0]?.detail).toBe('"***"');
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
