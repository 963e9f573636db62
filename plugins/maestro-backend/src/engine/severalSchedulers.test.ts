import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { forgetInstance } from '../database/operations/attempts/forgetInstance';
import {
  removeScheduler,
  renewScheduler,
} from '../database/operations/schedulers/renewScheduler';
import { eachDatabase } from '../database/testing';
import { engineStatus } from '../engineStatus';
import { SchedulerPresence } from '../presence/SchedulerPresence';
import { ScriptedExecutor, type TestEngine, createTestEngine } from './testing';

const logger = mockLogger();

/** Processes of one host; other hosts see nothing of them. */
class HostExecutor extends ScriptedExecutor {
  override readonly capabilities;

  constructor(
    override readonly instance: string,
    more: {
      severalHosts?: boolean;
      name?: string;
      place?: string;
    } = {},
  ) {
    super(() => 'hang');
    this.capabilities = {
      ...new ScriptedExecutor().capabilities,
      sharedByReplicas: false,
      severalHosts: more.severalHosts,
    };
    this.place = more.place;
    Object.defineProperty(this, 'name', { value: more.name ?? 'local' });
  }

  readonly place?: string;
}

eachDatabase((name, databases) => {
  let db: MaestroDatabase;
  const engines: TestEngine[] = [];

  const create = async (
    executor: ScriptedExecutor,
    options: { start?: boolean; reconcileMs?: number } = {},
  ) => {
    const test = await createTestEngine(db, {
      logger,
      executor,
      start: options.start,
      settings: { pollMs: 20, reconcileMs: options.reconcileMs ?? 200 },
    });
    engines.push(test);
    return test;
  };
  const eventually = async (what: string, check: () => Promise<boolean>) => {
    const end = Date.now() + 60_000;
    while (!(await check())) {
      if (Date.now() > end) throw new Error(`It did not come: ${what}`);
      await new Promise(resolve => setTimeout(resolve, 10));
    }
  };
  const task = (more: object = {}) => ({
    tasks: [{ id: 't', run: { command: ['x'] }, ...more }],
  });

  beforeEach(async () => {
    db = await databases.open();
  });
  afterEach(async () => {
    for (const test of engines.splice(0)) await test.stop();
  });

  it('a portal takes commands and launches nothing; a scheduler beside it does', async () => {
    const portal = await create(new ScriptedExecutor(), { start: false });
    await portal.register('p', task());
    const runId = await portal.trigger('p');
    expect(await portal.states(runId)).toEqual({ t: 'scheduled' });
    const scheduler = await create(new ScriptedExecutor());
    await scheduler.finished(runId);
    expect(portal.executor.launched).toEqual([]);
    expect(scheduler.executor.launched).toHaveLength(1);
  });

  it('a portal does not touch the executor of a run it cancels: the scheduler does', async () => {
    const portal = await create(new ScriptedExecutor(), { start: false });
    const scheduler = await create(new ScriptedExecutor(() => 'hang'));
    await portal.register('p', task());
    const runId = await portal.trigger('p');
    await eventually(
      'it runs',
      async () => (await portal.states(runId)).t === 'running',
    );
    const touched = jest.spyOn(portal.executor, 'cancel');
    await portal.engine.commands.cancelRun(runId, 'user:default/test');
    await scheduler.finished(runId);
    expect(touched).not.toHaveBeenCalled();
  });

  it('a task whose executor only another scheduler has waits for that one', async () => {
    const gpu = await create(
      new HostExecutor('gpu-host', { name: 'gpu', severalHosts: true }),
    );
    await eventually(
      'it was heard of',
      async () =>
        (await db.table(db.knex, 'executor_instances').select()).length === 1,
    );
    await gpu.stop();
    engines.splice(0);
    const other = await create(new ScriptedExecutor());
    await other.register('p', task({ executor: 'gpu' }));
    const runId = await other.trigger('p');
    await new Promise(resolve => setTimeout(resolve, 200));
    expect(await other.states(runId)).toEqual({ t: 'scheduled' });
    await create(
      new HostExecutor('gpu-host', { name: 'gpu', severalHosts: true }),
    );
    await eventually(
      'it runs',
      async () => (await other.states(runId)).t === 'running',
    );
  });

  it('a task whose executor nobody ever had fails with its name', async () => {
    const test = await create(new ScriptedExecutor());
    await test.register('p', task({ executor: 'gqu' }));
    const runId = await test.trigger('p');
    await test.finished(runId);
    expect((await test.instances(runId)).t.reason).toMatch(
      'executor "gqu" does not exist; configured are: scripted',
    );
  });

  it('an instance that is gone for a day is forgotten once its work is ended, the last of its name never', async () => {
    const a = await create(new HostExecutor('host-a', { severalHosts: true }));
    await a.register('p', task());
    const runId = await a.trigger('p');
    await eventually(
      'it runs',
      async () => (await a.states(runId)).t === 'running',
    );
    await a.stop();
    engines.splice(0);
    const HOUR = 3_600_000;
    const now = await db.now();
    const instances = () => db.table(db.knex, 'executor_instances');
    const heard = (instance: string, hours: number, executor = 'local') => ({
      executor,
      instance,
      scheduler: `of ${instance}`,
      seen_at: now - hours * HOUR,
      ttl: 10,
    });
    await instances()
      .where({ instance: 'host-a' })
      .update({ seen_at: now - 25 * HOUR, ttl: 10 });
    await instances().insert([
      heard('pod-1', 300),
      heard('pod-2', 25),
      heard('pod-3', 23),
      heard('gpu-host', 300, 'gpu'),
    ] as never);
    const row = async (instance: string) =>
      (await instances().where({ instance }).first())!;
    await forgetInstance(db, await row('host-a'), now);
    expect(await row('host-a')).toBeDefined();
    const before = { ...(await row('pod-2')), seen_at: now - 26 * HOUR };
    await forgetInstance(db, before, now);
    expect(await row('pod-2')).toBeDefined();

    const b = await create(new HostExecutor('host-b', { severalHosts: true }));
    await eventually('what is gone is forgotten', async () => {
      const left = await instances().orderBy('instance');
      return (
        left.map(({ instance }) => instance).join() === 'gpu-host,host-b,pod-3'
      );
    });
    // Its work was lost with it, and begins again where somebody is.
    await eventually(
      'it runs again',
      async () => b.executor.launched.length === 1,
    );
  });

  const presenceOf = (test: TestEngine, role: 'all' | 'portal' = 'all') =>
    new SchedulerPresence({
      db,
      logger,
      name: test.ctx.scheduler,
      role,
      version: '1.2.3',
      executors: test.engine.ctx.executors,
      notStarted: () => test.engine.ctx.notStarted ?? new Map(),
    });

  it('what was claimed and never launched is given to another a poll after its lease', async () => {
    const dead = await create(new ScriptedExecutor(), {
      reconcileMs: 3_600_000,
    });
    dead.executor.loseLaunches = true;
    await dead.register('p', task());
    const runId = await dead.trigger('p');
    await eventually(
      'it was claimed',
      async () => (await dead.states(runId)).t === 'queued',
    );
    // Rounds of the reconciler are an hour away.
    await dead.stop();
    engines.splice(0);
    await db
      .table(db.knex, 'attempts')
      .where({ state: 'claimed' })
      .update({ lease_until: (await db.now()) - 1 });
    const next = await create(new ScriptedExecutor(), {
      reconcileMs: 3_600_000,
    });
    const run = await next.finished(runId);
    expect(run.state).toBe('success');
    expect(next.executor.launched).toHaveLength(1);
    expect((await next.instances(runId)).t.try_number).toBe(1);
  });

  // On SQLite there is one process.
  if (name === 'postgres') {
    it('a second host is refused by name, and works when the first is silent', async () => {
      await create(new HostExecutor('host-a'));
      const b = await create(new HostExecutor('host-b'));
      const why = b.engine.ctx.notStarted?.get('local');
      expect(why).toMatch(
        /scheduler .+ on host .+ runs tasks with it too: set maestro\.executors\.local\.several/,
      );
      await b.register('p', task());
      const runId = await b.trigger('p');
      await eventually(
        'the first runs it',
        async () => (await b.states(runId)).t === 'running',
      );
      expect(b.executor.launched).toEqual([]);
      const [a] = engines.splice(0, 1);
      await a.stop();
      await db
        .table(db.knex, 'executor_instances')
        .where({ instance: 'host-a' })
        .update({ seen_at: 0 });
      await eventually('it is let in', async () => {
        return b.engine.ctx.notStarted?.has('local') === false;
      });
    });

    it('several hosts work beside each other where that is allowed', async () => {
      const a = await create(
        new HostExecutor('host-a', { severalHosts: true }),
      );
      const b = await create(
        new HostExecutor('host-b', { severalHosts: true }),
      );
      expect(a.engine.ctx.notStarted?.size).toBe(0);
      expect(b.engine.ctx.notStarted?.size).toBe(0);
    });

    it('two folders of one name on one machine are refused: each would lose the tasks of the other', async () => {
      const first = new HostExecutor('same', {
        severalHosts: true,
        place: 'container 1',
      });
      const a = await create(first);
      const presence = presenceOf(a);
      await presence.start();
      const b = await create(
        new HostExecutor('same', { severalHosts: true, place: 'container 2' }),
      );
      expect(b.engine.ctx.notStarted?.get('local')).toMatch(
        'give each its own maestro.executors.local.dataDir',
      );
      await presence.stop();
      await eventually('it is let in', async () => {
        return b.engine.ctx.notStarted?.has('local') === false;
      });
    });
  }

  it('each process shows all of them, with the executors of all', async () => {
    const portal = await create(new ScriptedExecutor(), { start: false });
    const status = () => engineStatus(portal.engine).status();
    const here = presenceOf(portal, 'portal');
    await here.start();
    expect(await status()).toMatchObject({
      ok: false,
      message: expect.stringContaining('No scheduler is active'),
      executors: [],
    });
    const a = await create(new ScriptedExecutor());
    const there = presenceOf(a);
    await there.start();
    expect(await status()).toMatchObject({
      ok: true,
      executors: [{ name: 'scripted', ok: true, maxParallel: 16 }],
      schedulers: [
        { role: 'portal', self: true, alive: true, executors: [] },
        {
          name: a.ctx.scheduler,
          role: 'all',
          self: false,
          version: '1.2.3',
          executors: ['scripted'],
        },
      ],
    });
    await there.stop();
    expect((await status()).schedulers).toHaveLength(1);
    await here.stop();
  });

  it('one that was killed is shown as gone, and forgotten after a day', async () => {
    const row = {
      role: 'all' as const,
      host: 'h',
      version: '1',
      schema_version: 1,
      ttl: 30_000,
      executors: '[]',
    };
    await renewScheduler(db, db.knex, { ...row, name: 'killed' });
    await db
      .table(db.knex, 'schedulers')
      .update({ seen_at: (await db.now()) - 60_000 });
    const test = await create(new ScriptedExecutor());
    expect((await engineStatus(test.engine).status()).schedulers).toMatchObject(
      [{ name: 'killed', alive: false }],
    );
    await db.table(db.knex, 'schedulers').update({ seen_at: 1 });
    await renewScheduler(db, db.knex, { ...row, name: 'next' });
    expect(await db.table(db.knex, 'schedulers').pluck('name')).toEqual([
      'next',
    ]);
    await removeScheduler(db, db.knex, 'next');
  });
});
