import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import type { MaestroDatabase } from '../../database/MaestroDatabase';
import type { Tables } from '../../database/tables';
import type { TestDatabases } from '../../database/testing';
import {
  ScriptedExecutor,
  type Script,
  type TestEngine,
  createTestEngine,
} from '../testing';

/** A task of a pipeline. */
export const run = (id: string, dependsOn: string[] = [], more = {}) => ({
  id,
  dependsOn,
  run: { command: ['true'] },
  ...more,
});

/** All tasks succeed but these, which never end. */
export const hanging = (...ids: string[]): Script => {
  return request =>
    ids.includes(request.labels.taskId)
      ? 'hang'
      : { result: 'success', exitCode: 0 };
};

/**
 * A database for each test, and engines that look often. Registers the hooks of
 * jest that open it, stop them, and see that nothing had to be mended.
 *
 * @param options.logsNoErrors - nothing else may be logged as an error either
 */
export function startedEngines(
  databases: TestDatabases,
  { logsNoErrors = false }: { logsNoErrors?: boolean } = {},
) {
  const logger = mockLogger();
  const engines: TestEngine[] = [];
  let db: MaestroDatabase;

  beforeEach(async () => {
    db = await databases.open();
    jest.clearAllMocks();
  });
  afterEach(async () => {
    for (const test of engines.splice(0)) await test.stop();
    // The engine reports what it had to mend; a test that makes it so says so.
    // eslint-disable-next-line jest/no-standalone-expect
    expect(
      logger.error.mock.calls.filter(
        ([m]) => logsNoErrors || String(m).includes('no change'),
      ),
    ).toEqual([]);
  });

  return {
    /** Of the test that runs. */
    table: <T extends keyof Tables>(name: T) => db.table(db.knex, name),
    now: () => db.now(),
    async start(
      script?: Script,
      options: Partial<Parameters<typeof createTestEngine>[1]> = {},
    ): Promise<TestEngine> {
      const test = await createTestEngine(db, {
        logger,
        executor: new ScriptedExecutor(script),
        ...options,
        settings: { pollMs: 50, reconcileMs: 100, ...options.settings },
      });
      engines.push(test);
      return test;
    },
    /** Stops one before its test is over. */
    async stop(test: TestEngine): Promise<void> {
      engines.splice(engines.indexOf(test), 1);
      await test.stop();
    },
    attemptsOf: (runId: string) =>
      db
        .table(db.knex, 'attempts')
        .whereIn('run_id', [
          db.knex('runs').where({ run_id: runId }).select('id') as never,
        ])
        .orderBy('id'),
  };
}
