import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { eventually } from '../__testUtils__/eventually';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { eachDatabase } from '../database/testing';
import { SYSTEM_CLOCK } from './ProcessClock';
import { ScriptedExecutor, type TestEngine, createTestEngine } from './testing';
import { DEFAULT_ENGINE_SETTINGS } from './types';

const logger = mockLogger();
const TTL_MS = 60_000;

/** The processes of one host, in several hosts on one database. */
class HostExecutor extends ScriptedExecutor {
  constructor(override readonly instance: string) {
    super(() => 'hang');
  }
}

eachDatabase((name, databases) => {
  let db: MaestroDatabase;
  /** Of the database, and the steady one of all processes. */
  let databaseTime: number;
  let elapsed: number;
  const engines: TestEngine[] = [];

  const start = async (instance: string, pollMs = 20) => {
    const test = await createTestEngine(db, {
      logger,
      executor: new HostExecutor(instance),
      clock: { ...SYSTEM_CLOCK, elapsed: () => elapsed },
      settings: { pollMs, reconcileMs: 3_600_000, instanceTtlMs: TTL_MS },
    });
    engines.push(test);
    return test;
  };
  const pass = (ms: number) => {
    databaseTime += ms;
    elapsed += ms;
  };
  const attempts = () => db.table(db.knex, 'attempts').orderBy('id');

  beforeEach(async () => {
    databaseTime = Date.parse('2026-11-22T04:00:00Z');
    elapsed = 1_000_000;
    db = await databases.open({ clock: () => databaseTime });
  });
  afterEach(async () => {
    for (const test of engines.splice(0)) await test.stop();
  });

  /** `a` runs a task; `b` is another host beside it. */
  const twoHosts = async () => {
    const a = await start('host-a');
    await a.register('lonely', {
      tasks: [{ id: 't', run: { command: ['x'] } }],
    });
    await a.trigger('lonely');
    await eventually(async () => (await attempts())[0]?.state === 'running');
    const b = await start('host-b');
    return { a, b };
  };

  it('ends the work of a host that was silent for its time', async () => {
    const { a, b } = await twoHosts();
    await a.stop();
    engines.shift();
    pass(TTL_MS + 1);
    await b.engine.reconcile();
    expect((await attempts())[0]).toMatchObject({
      state: 'ended',
      failure: 'lost',
    });
  });

  it('ends nothing because the clock of the database jumped', async () => {
    const { b } = await twoHosts();
    pass(TTL_MS);
    await b.engine.reconcile();
    await engines[0].engine.reconcile();
    databaseTime += 10 * TTL_MS;
    await b.engine.reconcile();
    expect(await attempts()).toMatchObject([{ state: 'running' }]);
    // Two rounds later it is known again what silence is.
    pass(TTL_MS + 1);
    await b.engine.reconcile();
    expect((await attempts())[0]).toMatchObject({ failure: 'lost' });
  });

  it('ends nothing of a host that was heard of just before', async () => {
    const { a, b } = await twoHosts();
    pass(TTL_MS + 1);
    const change = b.engine.runs.change.bind(b.engine.runs);
    b.engine.runs.change = async (id, fn) => {
      await a.engine.reconcile();
      return change(id, fn);
    };
    await b.engine.reconcile();
    expect(await attempts()).toMatchObject([{ state: 'running' }]);
  });

  // On SQLite there is one process, which ends nothing of its own.
  if (name === 'postgres') {
    it('claims nothing before it was heard of again', async () => {
      const a = await start('host-a');
      await a.register('woken', {
        tasks: [{ id: 't', run: { command: ['x'] } }],
      });
      pass(TTL_MS);
      const runId = await a.trigger('woken');
      await new Promise(resolve => setTimeout(resolve, 100));
      expect(await a.states(runId)).toEqual({ t: 'scheduled' });
      await a.engine.reconcile();
      await eventually(async () => (await a.states(runId)).t === 'running');
    });
  }

  it('does not launch what it slept over inside the transaction', async () => {
    // Without the poll, which ends what is overdue as soon as it sees it.
    const a = await start('host-a', 3_600_000);
    await a.register('slept', {
      tasks: [{ id: 't', variables: ['x'], run: { command: ['x'] } }],
    });
    jest
      .spyOn(a.ctx.inputs, 'resolveForTask')
      .mockImplementationOnce(async () => {
        pass(11_000);
        return { env: {}, secrets: [], inputs: {} };
      });
    await a.trigger('slept');
    await a.engine.idle();
    expect(await attempts()).toMatchObject([{ state: 'claimed' }]);
    expect(a.executor.launched).toEqual([]);
  });

  it('gives a launch no longer than half its lease', async () => {
    const { a } = await twoHosts();
    const half = DEFAULT_ENGINE_SETTINGS.leaseMs / 2;
    expect(a.executor.launched[0].beginWithinMs).toBeLessThanOrEqual(half);
    expect(a.executor.launched[0].beginWithinMs).toBeGreaterThan(half / 2);
  });
});
