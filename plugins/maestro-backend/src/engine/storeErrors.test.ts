import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { isStoreError } from '../database/isStoreError';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { eachDatabase } from '../database/testing';
import { type TestEngine, createTestEngine } from './testing';

const logger = mockLogger();

describe('what is an error of the store', () => {
  it.each([
    ['a lost connection', { code: 'ECONNRESET' }, true],
    ['an SQLSTATE', { code: '08006' }, true],
    ['a code of SQLite', { code: 'SQLITE_FULL' }, true],
    ['no free connection', { name: 'KnexTimeoutError' }, true],
    ['a wrong input', new TypeError('no'), false],
    ['nothing', undefined, false],
  ])('%s', (_, error, expected) => {
    expect(isStoreError(error)).toBe(expected);
  });
});

eachDatabase((_name, databases) => {
  let db: MaestroDatabase;
  let test: TestEngine;

  /**
   * Lets statements on a table fail inside transactions until it is restored:
   * also those of the poll, which may be the first to start a run.
   */
  const failing = (wanted: string) => {
    const table = db.table.bind(db);
    return jest.spyOn(db, 'table').mockImplementation((tx, name) => {
      if (name !== wanted || tx === db.knex) return table(tx, name);
      throw Object.assign(new Error('disk I/O error'), {
        code: 'SQLITE_IOERR',
      });
    });
  };

  beforeEach(async () => {
    db = await databases.open();
    test = await createTestEngine(db, { logger, settings: { pollMs: 50 } });
  });
  afterEach(async () => {
    await test.stop();
  });

  it('decides a branch later when the database fails at it', async () => {
    await test.register('branching', {
      tasks: [
        {
          id: 'gate',
          branch: { if: 'run.trigger == "manual"', then: ['yes'], else: [] },
        },
        { id: 'yes', dependsOn: ['gate'], run: { command: ['true'] } },
      ],
    });
    const broken = failing('outputs');
    await expect(test.trigger('branching', { runKey: 'one' })).rejects.toThrow(
      'disk I/O error',
    );
    broken.mockRestore();
    const runId = await test.trigger('branching', { runKey: 'one' });
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
    expect(await test.states(runId)).toEqual({
      gate: 'success',
      yes: 'success',
    });
  });

  it('claims a task later when the database fails at its inputs', async () => {
    await test.register('reading', {
      tasks: [
        { id: 'a', variables: ['x'], run: { command: ['true'] }, retries: 0 },
      ],
    });
    const broken = jest
      .spyOn(test.ctx.inputs, 'resolveForTask')
      .mockRejectedValue(
        Object.assign(new Error('connection lost'), { code: '08006' }),
      );
    await expect(test.trigger('reading', { runKey: 'one' })).rejects.toThrow(
      'connection lost',
    );
    broken.mockRestore();
    const runId = await test.trigger('reading', { runKey: 'one' });
    expect(await test.finished(runId)).toMatchObject({ state: 'success' });
  });

  it('plans no run in full that is not running any more', async () => {
    test.executor.script = () => 'hang';
    await test.register('left', {
      tasks: [{ id: 'a', run: { command: ['x'] } }],
    });
    const runId = await test.trigger('left');
    await test.engine.idle();
    const change = test.engine.runs.change.bind(test.engine.runs);
    test.engine.runs.change = async (id, fn) => {
      await db.table(db.knex, 'runs').where({ id }).update({ state: 'queued' });
      await db
        .table(db.knex, 'task_instances')
        .where({ run_id: id })
        .update({ state: 'none' });
      return change(id, fn);
    };
    const reconciler = (test.engine as unknown as { reconciler: object })
      .reconciler as { fullCheck(): Promise<void> };
    await reconciler.fullCheck();
    expect(await test.states(runId)).toEqual({ a: 'none' });
  });

  it('stops although what was under way fails', async () => {
    let fail = () => {};
    let isAsked = () => {};
    const asked = new Promise<void>(resolve => {
      isAsked = resolve;
    });
    test.executor.list = () =>
      new Promise((_, reject) => {
        fail = () => reject(new Error('connection reset'));
        isAsked();
      });
    const round = test.engine.reconcile();
    await asked;
    const stopped = test.engine.stop();
    fail();
    await expect(round).rejects.toThrow('connection reset');
    await expect(stopped).resolves.toBeUndefined();
  });
});
