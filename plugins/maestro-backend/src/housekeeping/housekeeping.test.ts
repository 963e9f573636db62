import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RetentionDefinition } from '@maestro/plugin-maestro-common';
import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { eventually } from '../__testUtils__/eventually';
import { givenUpOnce } from '../__testUtils__/givenUpOnce';
import { FileArtifactStore } from '../artifacts/FileArtifactStore';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { eachDatabase } from '../database/testing';
import { createTestEngine, type TestEngine } from '../engine/testing';
import { LogReader } from '../logs/LogReader';
import { HistoryCommands } from './HistoryCommands';
import { HouseKeeping } from './HouseKeeping';
import { applyRetention } from './retention';

const DAY = 86_400_000;
const logger = mockLogger();

eachDatabase((_name, databases) => {
  let db: MaestroDatabase;
  let test: TestEngine;
  let directory: string;
  let store: FileArtifactStore;
  let now: number;

  beforeEach(async () => {
    now = Date.parse('2026-06-01T00:00:00Z');
    db = await databases.open({ clock: () => now });
    directory = await mkdtemp(join(tmpdir(), 'maestro-house-'));
    store = new FileArtifactStore({ directory });
    test = await createTestEngine(db, {
      logger,
      // Heard of again soon after each jump of the clock.
      settings: { pollMs: 20, reconcileMs: 20 },
    });
    jest.clearAllMocks();
  });
  afterEach(async () => {
    await test.stop();
    await rm(directory, { recursive: true });
  });

  const house = (
    defaults: RetentionDefinition = {},
    maxAssetEventAgeMs?: number,
  ) =>
    new HouseKeeping({
      maxAssetEventAgeMs,
      db,
      logger,
      store,
      versions: test.ctx.versions,
      defaults,
    });

  const fill = async (runId: string) => {
    const { id } = await test.run(runId);
    const [attempt] = await db.knex('attempts').where({ run_id: id });
    const log = `logs/${attempt.attempt_id}.log.gz`;
    await store.put(log, Buffer.from('log'));
    await db
      .knex('attempts')
      .where({ run_id: id })
      .update({ log_state: 'sealed', log_location: log, log_bytes: 3 });
    const report = `artifacts/${runId}/r`;
    await store.put(report, Buffer.from('report'));
    await db.knex('artifacts').insert({
      run_id: id,
      task_no: 0,
      map_index: -1,
      attempt_id: attempt.attempt_id,
      name: 'r',
      content_type: 'text/html',
      size: 6,
      location: report,
      created_at: now,
    });
    const blob = `outputs/${runId}/o.json`;
    await store.put(blob, Buffer.from('1'));
    await db.knex('outputs').insert({
      run_id: id,
      task_id: 'a',
      map_index: -1,
      key: 'return_value',
      attempt_id: attempt.attempt_id,
      blob,
      size: 1,
      created_at: now,
    });
  };
  /** A finished run a day, oldest first, each with log, report and output. */
  const days = async (count: number, spec: object = {}) => {
    await test.register('p', {
      tasks: [{ id: 'a', run: { command: ['true'] } }],
      ...spec,
    });
    const runIds: string[] = [];
    for (let i = 0; i < count; i++) {
      const runId = await test.trigger('p');
      await test.finished(runId);
      await fill(runId);
      runIds.push(runId);
      now += DAY;
    }
    return runIds;
  };
  const kept = () => db.knex('runs').orderBy('id').pluck('run_id');
  const objects = async () =>
    (await readdir(directory, { recursive: true, withFileTypes: true })).filter(
      entry => entry.isFile(),
    ).length;
  const leftOver = async () => {
    const counts: Record<string, number> = {};
    for (const table of [
      'attempts',
      'task_instances',
      'events',
      'outputs',
      'artifacts',
      'garbage',
    ]) {
      const [row] = await db.knex(table).count({ n: '*' });
      counts[table] = Number(row.n);
    }
    return counts;
  };

  it('keeps everything when nobody says otherwise', async () => {
    const runs = await days(3);
    now += 1_000 * DAY;
    await house().round();
    expect(await kept()).toEqual(runs);
    expect(await objects()).toBe(9);
  });

  it('keeps the newest runs, and leaves nothing of the others', async () => {
    const runs = await days(5, { retention: { runs: { maxCount: 2 } } });
    await house().round();
    expect(await kept()).toEqual(runs.slice(3));
    expect(await objects()).toBe(6);
    expect(await leftOver()).toMatchObject({
      attempts: 2,
      task_instances: 2,
      outputs: 2,
      artifacts: 2,
      garbage: 0,
    });
    expect((await db.knex('chores').first()).result).toMatch(/^Removed 3 runs/);
  });

  it('removes by age since the end; the rule of the pipeline goes before that of the installation', async () => {
    const runs = await days(4, { retention: { runs: { maxAge: 'P2D' } } });
    await house({ runs: { maxCount: 1 } }).round();
    expect(await kept()).toEqual(runs.slice(2));
  });

  it('looks after the others when one pipeline cannot be read', async () => {
    await test.register('broken', {
      tasks: [{ id: 'a', run: { command: ['true'] } }],
    });
    const runs = await days(3);
    const read = test.ctx.versions.definition;
    test.ctx.versions.definition = async (tx, id) => {
      const definition = await read(tx, id);
      if (definition.name === 'broken') throw new Error('no such version');
      return definition;
    };
    await house({ runs: { maxCount: 1 } }).round();
    expect(await kept()).toEqual(runs.slice(2));
    expect(logger.error).toHaveBeenCalledWith(
      'Retention of pipeline 1 failed: Error: no such version',
    );
  });

  it('follows the rule of the installation where a pipeline has none', async () => {
    const runs = await days(3);
    await house({ runs: { maxCount: 1 } }).round();
    expect(await kept()).toEqual(runs.slice(2));
  });

  it('lets logs and reports go earlier than their run, and says so', async () => {
    const runs = await days(3, {
      retention: { logs: { maxCount: 1 }, artifacts: { maxAge: 'P1DT1H' } },
    });
    await house().round();
    expect(await kept()).toEqual(runs);
    // Of two runs the log, of two the report; outputs stay.
    expect(await objects()).toBe(9 - 2 - 2);
    const [old] = await db.knex('attempts').orderBy('id');
    await expect(
      new LogReader({ db, store }).read(old.attempt_id),
    ).rejects.toThrow('removed by the retention');
    // Nothing is looked at twice, and nothing more goes.
    now += 10 * 60_000;
    await house().round();
    expect(await objects()).toBe(5);
  });

  it('finds the log of a run that was cleared and ran again', async () => {
    const [runId] = await days(1, { retention: { logs: { maxAge: 'P1D' } } });
    now += 2 * DAY;
    await house().round();
    await test.engine.commands.clearTasks(
      runId,
      { downstream: true, upstream: false, onlyFailed: false, dryRun: false },
      'user:default/test',
    );
    await test.finished(runId);
    await db
      .knex('attempts')
      .where({ log_state: 'open' })
      .update({ log_state: 'sealed', log_location: 'logs/again' });
    await store.put('logs/again', Buffer.from('x'));
    now += 2 * DAY;
    await house().round();
    expect(await db.knex('attempts').orderBy('id').pluck('log_state')).toEqual([
      'removed',
      'removed',
    ]);
  });

  it('finds the log of a run that went on because a task was marked', async () => {
    test.executor.script = () => ({
      result: 'failed',
      exitCode: 1,
      failure: 'exit_code',
      message: 'exit code 1',
    });
    const [runId] = await days(1, {
      tasks: [
        { id: 'a', run: { command: ['true'] } },
        { id: 'b', dependsOn: ['a'], run: { command: ['true'] } },
      ],
      retention: { logs: { maxAge: 'P1D' }, artifacts: { maxAge: 'P1D' } },
    });
    now += 2 * DAY;
    await house().round();
    test.executor.script = () => ({ result: 'success', exitCode: 0 });
    await test.engine.commands.markTasks(
      runId,
      { taskIds: ['a'], state: 'success', dryRun: false },
      'user:default/test',
    );
    expect((await test.finished(runId)).state).toBe('success');
    await db
      .knex('attempts')
      .where({ log_state: 'open' })
      .update({ log_state: 'sealed', log_location: 'logs/again' });
    await store.put('logs/again', Buffer.from('x'));
    now += 2 * DAY;
    await house().round();
    expect(await db.knex('attempts').orderBy('id').pluck('log_state')).toEqual([
      'removed',
      'removed',
    ]);
  });

  it('removes large outputs that a clear or a new try has thrown away', async () => {
    const [runId] = await days(1);
    expect(await objects()).toBe(3);
    await test.engine.commands.clearTasks(
      runId,
      { downstream: true, upstream: false, onlyFailed: false, dryRun: false },
      'user:default/test',
    );
    await test.finished(runId);
    expect(await leftOver()).toMatchObject({ outputs: 0, garbage: 1 });
    await house().round();
    expect(await leftOver()).toMatchObject({ garbage: 0 });
    expect(await objects()).toBe(2);
  });

  it('removes a large output whose key was written again in place', async () => {
    const blob = 'outputs/large.json';
    await store.put(blob, Buffer.from('1'));
    test.executor.script = () => 'hang';
    await test.register('p', {
      tasks: [{ id: 'a', run: { command: ['true'] } }],
    });
    const runId = await test.trigger('p');
    await eventually(() => test.executor.launched.length === 1);
    const [{ attemptId }] = test.executor.launched;
    await db.knex('outputs').insert({
      run_id: (await test.run(runId)).id,
      task_id: 'a',
      map_index: -1,
      key: 'rows',
      attempt_id: attemptId,
      blob,
      size: 1,
      created_at: now,
    });
    test.executor.end(attemptId, {
      result: 'success',
      exitCode: 0,
      outputs: '{"rows":1}',
    });
    await test.finished(runId);
    await house().round();
    expect(await objects()).toBe(0);
    expect(await db.knex('outputs').pluck('value')).toEqual(['1']);
  });

  if (databases.dialect === 'sqlite') {
    it('gives the room in the file back to the disk', async () => {
      const free = async () =>
        (await db.knex.raw('PRAGMA freelist_count'))[0].freelist_count;
      await db.knex('garbage').insert(
        Array.from({ length: 400 }, (_, i) => ({
          location: `${i}`.padEnd(10_000, 'x'),
          since: 1,
        })),
      );
      await db.knex('garbage').delete();
      expect(await free()).toBeGreaterThan(500);
      await house().round();
      expect(await free()).toBeLessThan(10);
    });
  }

  it('touches no run that goes on or whose log is not stored yet', async () => {
    const [runId] = await days(1, { retention: { runs: { maxAge: 'PT1S' } } });
    await db.knex('attempts').update({ log_state: 'open' });
    await house().round();
    expect(await kept()).toEqual([runId]);
    await expect(new HistoryCommands({ db }).deleteRun(runId)).rejects.toThrow(
      'still being stored',
    );
    expect(
      await new HistoryCommands({ db }).deleteHistory({
        pipeline: 'p',
        dryRun: false,
      }),
    ).toMatchObject({ runs: 0 });
    expect(await kept()).toEqual([runId]);
    await db.knex('attempts').update({ log_state: 'sealed' });
    // Its full check would end what nothing runs of.
    await test.stop();
    await db.knex('runs').update({ state: 'running' });
    now += 10 * 60_000;
    await house().round();
    expect(await kept()).toEqual([runId]);
    await expect(new HistoryCommands({ db }).deleteRun(runId)).rejects.toThrow(
      'cancel it first',
    );
  });

  it('is done by one of two replicas, once in a while', async () => {
    const other = await databases.reopen({ clock: () => now });
    await days(1);
    await Promise.all([
      house({ runs: { maxAgeMs: 1 } }).round(),
      new HouseKeeping({
        db: other,
        logger,
        store,
        versions: test.ctx.versions,
        defaults: { runs: { maxAgeMs: 1 } },
      }).round(),
    ]);
    expect(logger.error).not.toHaveBeenCalled();
    expect(logger.info).toHaveBeenCalledTimes(1);
    expect(await kept()).toEqual([]);
    // The same minute again: nothing is due.
    await days(1);
    now -= DAY;
    await house({ runs: { maxAgeMs: 1 } }).round();
    expect(await kept()).toHaveLength(1);
  });

  it('keeps objects written down that cannot be deleted yet', async () => {
    await days(1);
    const real = store.delete.bind(store);
    store.delete = async () => {
      throw new Error('read-only file system');
    };
    await house({ runs: { maxAgeMs: 1 } }).round();
    expect(await leftOver()).toMatchObject({ garbage: 3, attempts: 0 });
    expect(logger.warn).toHaveBeenCalledWith(
      expect.stringContaining('read-only file system'),
    );
    store.delete = real;
    now += 10 * 60_000;
    await house({ runs: { maxAgeMs: 1 } }).round();
    expect(await leftOver()).toMatchObject({ garbage: 0 });
    expect(await objects()).toBe(0);
  });

  it('deletes again what the database gave up for somebody else', async () => {
    const runs = await days(3);
    const history = () => new HistoryCommands({ db: givenUpOnce(db) });
    await history().deleteRun(runs[0]);
    expect(await kept()).toEqual(runs.slice(1));
    const of = { pipeline: 'p', before: now - DAY, dryRun: false };
    expect(await history().deleteHistory(of)).toMatchObject({ runs: 1 });
    expect(await kept()).toEqual(runs.slice(2));
    const problems: string[] = [];
    const removed = await applyRetention(
      {
        // Behind the one that reads what the pipeline says.
        db: givenUpOnce(db, 1),
        store,
        versions: test.ctx.versions,
        defaults: { runs: { maxAgeMs: DAY / 2 } },
      },
      new AbortController().signal,
      (_, error) => problems.push(error.message),
    );
    expect(problems).toEqual([]);
    expect(removed).toMatchObject({ runs: 1 });
    expect(await kept()).toEqual([]);
  });

  it('deletes by hand: one run, or a history after a look at it', async () => {
    const runs = await days(4);
    const history = new HistoryCommands({ db });
    await history.deleteRun(runs[0]);
    await expect(history.deleteRun(runs[0])).rejects.toThrow('no run');
    const before = now - 2 * DAY;
    const of = { pipeline: 'p', before };
    expect(await history.deleteHistory({ ...of, dryRun: true })).toEqual({
      runs: 1,
      logBytes: 3,
      reports: 1,
    });
    expect(await kept()).toEqual(runs.slice(1));
    expect((await history.deleteHistory({ ...of, dryRun: false })).runs).toBe(
      1,
    );
    expect(await kept()).toEqual(runs.slice(2));
    expect(
      (await history.deleteHistory({ pipeline: 'p', dryRun: false })).runs,
    ).toBe(2);
    expect(await kept()).toEqual([]);
    await expect(
      history.deleteHistory({ pipeline: 'none', dryRun: false }),
    ).rejects.toThrow('no pipeline "none"');
  });

  it('decides no due time twice because its run was deleted', async () => {
    await days(1);
    await db.knex('ticks').insert({
      pipeline_id: 1,
      schedule_id: 'default',
      due_at: 1,
      outcome: 'run',
      run_id: 1,
      decided_at: 1,
    });
    await house({ runs: { maxAgeMs: 1 } }).round();
    expect(await kept()).toEqual([]);
    expect(await db.knex('ticks')).toHaveLength(1);
  });
});

it('refuses a cron expression that is none', () => {
  expect(
    () =>
      new HouseKeeping({
        db: undefined as never,
        logger,
        store: undefined as never,
        versions: undefined as never,
        defaults: {},
        cron: 'often',
      }),
  ).toThrow('maestro.housekeeping.cron is "often"');
});
