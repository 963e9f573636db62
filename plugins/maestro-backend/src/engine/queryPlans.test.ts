import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { planOf } from '../__testUtils__/planOf';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { eachDatabase } from '../database/testing';
import { engineStatus } from '../engineStatus';
import { type TestEngine, createTestEngine } from './testing';

const logger = mockLogger();

/** Tables that keep everything that ever happened, read from end to end. */
const HISTORY =
  /^\W*(?:SCAN|Seq Scan on) (attempts|runs|task_instances|outputs|events|ticks)\b/;
/** Partial indexes: they hold what is live, however long the history is. */
const LIVE_ONLY = /INDEX (task_instances_ready|\w+_live\w*)_idx/;

eachDatabase((_name, databases) => {
  let test: TestEngine | undefined;
  let db: MaestroDatabase;

  beforeEach(async () => {
    db = await databases.open();
  });
  afterEach(async () => {
    await test?.stop();
    test = undefined;
  });

  it('no statement of the engine reads the history', async () => {
    const statements = new Map<string, readonly unknown[]>();
    db.knex.on('query', ({ sql, bindings }) =>
      statements.set(sql, bindings ?? []),
    );
    test = await createTestEngine(db, {
      logger,
      settings: { pollMs: 20, reconcileMs: 20 },
    });
    await db.table(db.knex, 'pools').insert({
      name: 'gpu',
      slots: 1,
      updated_at: 0,
    });
    await test.register('plans', {
      maxActiveTasks: 2,
      maxActiveRuns: 1,
      timeout: 'PT1H',
      schedule: { cron: '0 4 * * *' },
      tasks: [
        { id: 'a', run: { command: ['true'] }, pool: 'gpu', timeout: 'PT1M' },
        { id: 'b', run: { command: ['true'] }, dependsOn: ['a'] },
      ],
    });
    const runIds = [await test.trigger('plans'), await test.trigger('plans')];
    for (const runId of runIds) await test.finished(runId);
    await test.engine.reconcile();
    await engineStatus(test.engine).status();
    await test.stop();
    test = undefined;
    db.knex.removeAllListeners('query');

    const scans: string[] = [];
    for (const [sql, bindings] of statements) {
      if (!/^(select|update|delete) .*(from|update)/i.test(sql)) continue;
      for (const detail of await planOf(db, sql, bindings)) {
        if (HISTORY.test(detail) && !LIVE_ONLY.test(detail)) {
          scans.push(`${detail}: ${sql}`);
        }
      }
    }
    expect(scans).toEqual([]);
    expect(statements.size).toBeGreaterThan(20);
  });
});
