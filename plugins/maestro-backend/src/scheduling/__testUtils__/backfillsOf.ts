import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { eventually } from '../../__testUtils__/eventually';
import { num } from '../../database/conversion';
import type { MaestroDatabase } from '../../database/MaestroDatabase';
import type { TestDatabases } from '../../database/testing';
import type { BackfillRequest } from '../../engine/BackfillCommands';
import {
  createTestEngine,
  ScriptedExecutor,
  type TestEngine,
} from '../../engine/testing';

export const at = (iso: string) => Date.parse(iso);
export const SUCCESS = { result: 'success', exitCode: 0 } as const;
export const FAILED = {
  result: 'failed',
  failure: 'exit_code',
  exitCode: 1,
  message: 'no',
} as const;
export const ME = 'user:default/me';
const NOW = at('2026-11-22T12:00:00Z');

/** A pipeline that is due each day at four. */
export const daily = (schedule: object = {}, more: object = {}) => ({
  schedule: { cron: '0 4 * * *', ...schedule },
  tasks: [{ id: 'a', run: { command: ['true'] } }],
  ...more,
});

/** Of it, the days of November 2026 from one to another, both included. */
export const days = (
  from: number,
  to: number,
  more: Partial<BackfillRequest> = {},
) => ({
  pipeline: 'daily',
  from: at(`2026-11-${from}T00:00:00Z`),
  to: at(`2026-11-${to}T23:59:00Z`),
  params: {},
  maxActive: 2,
  order: 'oldest' as const,
  only: 'missing' as const,
  ...more,
});

/** Day of the month. */
export const dayOf = (run: { logical_date: unknown }) =>
  new Date(num(run.logical_date as number)).getUTCDate();

/**
 * A database for each test whose clock stands at noon of 22 November 2026, with
 * the pipeline `daily` and an engine. Registers the hooks of jest for them.
 */
export function backfillsOf(databases: TestDatabases) {
  const logger = mockLogger();
  const engines: TestEngine[] = [];

  /** Of the test that runs. */
  const given = {
    now: NOW,
    db: undefined as unknown as MaestroDatabase,
    test: undefined as unknown as TestEngine,
  };
  const startOn = async (
    db: MaestroDatabase,
    executor = new ScriptedExecutor(() => SUCCESS),
  ) => {
    const engine = await createTestEngine(db, {
      logger,
      executor,
      // So that a range takes several pages.
      settings: { pollMs: 20, reconcileMs: 50, backfillPage: 10 },
    });
    engines.push(engine);
    return engine;
  };
  /** In the place of the one that was stopped. */
  const start = async (executor?: ScriptedExecutor) => {
    given.test = await startOn(given.db, executor);
  };
  const stop = async () => {
    for (const engine of engines.splice(0)) await engine.stop();
  };
  const row = async (backfillId: string) => {
    const found = await given.db
      .table(given.db.knex, 'backfills')
      .where({ backfill_id: backfillId })
      .first();
    return found!;
  };
  beforeEach(async () => {
    given.now = NOW;
    given.db = await databases.open({ clock: () => given.now });
    await start();
    await given.test.register('daily', daily());
    jest.clearAllMocks();
  });
  afterEach(stop);
  return Object.assign(given, {
    startOn,
    start,
    stop,
    create: (request: BackfillRequest, on = given.test) =>
      on.engine.backfills.create(request, ME),
    row,
    over: (backfillId: string) =>
      eventually(async () => (await row(backfillId)).ended_at !== null),
    /** Day of the month and what became of it. */
    async members(backfillId: string) {
      const { id } = await row(backfillId);
      const all = await given.db
        .table(given.db.knex, 'backfill_members')
        .where({ backfill_id: id })
        .orderBy('due_at');
      return all.map(member => [
        new Date(num(member.due_at)).getUTCDate(),
        member.reason ?? member.outcome,
      ]);
    },
    runs: async () => given.db.table(given.db.knex, 'runs').orderBy('id'),
    hang() {
      given.test.executor.script = () => 'hang';
    },
    endOne(no: number, outcome: typeof SUCCESS | typeof FAILED = SUCCESS) {
      const { executor } = given.test;
      executor.end(executor.launched[no].attemptId, outcome);
    },
    launched: (count: number) =>
      eventually(async () => given.test.executor.launched.length === count),
  });
}
