import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { eachDatabase } from '../database/testing';
import {
  ScriptedExecutor,
  type Script,
  type TestEngine,
  createTestEngine,
} from './testing';

const logger = mockLogger();
const HOUR = 3_600_000;

const task = (id: string, more = {}) => ({
  id,
  run: { command: ['true'] },
  ...more,
});

const hangs: Script = request =>
  request.labels.taskId === 'slow'
    ? 'hang'
    : { result: 'success', exitCode: 0 };

const fails: Script = () => ({
  result: 'failed',
  exitCode: 1,
  failure: 'exit_code',
  message: 'exit code 1',
});

eachDatabase((_name, databases) => {
  const engines: TestEngine[] = [];
  let db: MaestroDatabase;

  const start = async (script?: Script) => {
    const test = await createTestEngine(db, {
      logger,
      executor: new ScriptedExecutor(script),
      settings: { pollMs: 20, reconcileMs: 100 },
    });
    engines.push(test);
    return test;
  };
  const slaOf = async (test: TestEngine, runId: string, id: string) =>
    (await test.instances(runId))[id].sla_state;
  const becomes = async (check: () => Promise<string>, wanted: string) => {
    const end = Date.now() + 60_000;
    while ((await check()) !== wanted && Date.now() < end)
      await new Promise(resolve => setTimeout(resolve, 10));
    expect(await check()).toBe(wanted);
  };
  const eventsOf = async (type: string) =>
    (await db.table(db.knex, 'events').where({ type })).map(event =>
      JSON.parse(event.body),
    );
  const timers = () => db.table(db.knex, 'timers').where({ kind: 'task_sla' });
  /** However long they would be. */
  const deadlinesCome = async () => timers().update({ due_at: await db.now() });

  beforeEach(async () => {
    db = await databases.open();
  });
  afterEach(async () => {
    for (const test of engines.splice(0)) await test.stop();
  });

  describe('the deadline of a task', () => {
    it('is set for the instances of a map with few statements, however many they are', async () => {
      const test = await start(() => 'hang');
      await test.register('p', {
        tasks: [
          task('first'),
          task('score', {
            sla: 'PT1H',
            dependsOn: ['first'],
            run: { command: ['score', '${{ item }}'] },
            map: { over: 'tasks.first.outputs.items', maxItems: 450 },
          }),
        ],
      });
      await test.trigger('p');
      await becomes(async () => `${test.executor.launched.length}`, '1');
      await test.engine.idle();
      const set: string[] = [];
      db.knex.on('query', ({ sql }) => {
        if (/^insert into \W?timers/.test(sql)) set.push(sql);
      });
      test.executor.end(test.executor.launched[0].attemptId, {
        result: 'success',
        exitCode: 0,
        outputs: JSON.stringify({ items: Array.from(Array(450).keys()) }),
      });
      await becomes(async () => `${(await timers()).length}`, '450');
      expect(set).toHaveLength(2);
    });

    it('is over for the instances of a map without a look at each, and with few statements where they are skipped', async () => {
      const test = await start(request =>
        request.labels.taskId === 'first'
          ? {
              result: 'success',
              exitCode: 0,
              outputs: JSON.stringify({ items: Array.from(Array(450).keys()) }),
            }
          : 'hang',
      );
      // It ends well although it was asked to end.
      test.executor.cancel = async id =>
        test.executor.end(id, { result: 'success', exitCode: 0 });
      await test.register('p', {
        maxActiveTasks: 1,
        tasks: [
          task('first'),
          task('score', {
            sla: 'PT1H',
            dependsOn: ['first'],
            run: { command: ['score', '${{ item }}'] },
            map: { over: 'tasks.first.outputs.items', maxItems: 450 },
          }),
        ],
      });
      const runId = await test.trigger('p');
      await becomes(async () => `${(await timers()).length}`, '450');
      await becomes(async () => `${test.executor.launched.length}`, '2');
      const statements: string[] = [];
      db.knex.on('query', ({ sql, bindings }) => {
        if (bindings?.includes('task_sla')) statements.push(sql.split(' ')[0]);
      });
      await test.engine.commands.cancelRun(runId, 'user:default/test');
      await test.finished(runId);
      // One for the success, two for 449 others.
      expect(statements).toEqual(['delete', 'delete', 'delete']);
      expect(await timers()).toEqual([]);
      const verdicts = await db
        .table(db.knex, 'task_instances')
        .where('map_index', '>=', 0)
        .groupBy('sla_state')
        .orderBy('sla_state')
        .select('sla_state')
        .count({ n: '*' });
      expect(
        verdicts.map(({ sla_state: state, n }) => [state, Number(n)]),
      ).toEqual([
        ['met', 1],
        ['none', 449],
      ]);
    });

    it('is met by success in time, and its timer goes', async () => {
      const test = await start();
      await test.register('p', {
        tasks: [task('quick', { sla: 'PT1H' }), task('free')],
      });
      const runId = await test.trigger('p');
      await test.finished(runId);
      expect(await slaOf(test, runId, 'quick')).toBe('met');
      expect(await slaOf(test, runId, 'free')).toBe('none');
      expect(await timers()).toEqual([]);
    });

    it('is missed while it runs, once, with an event that names it', async () => {
      const test = await start(hangs);
      await test.register('p', { tasks: [task('slow', { sla: 'PT1H' })] });
      const runId = await test.trigger('p');
      await becomes(async () => (await test.states(runId)).slow, 'running');
      await deadlinesCome();
      await becomes(() => slaOf(test, runId, 'slow'), 'missed');
      const [{ attemptId }] = test.executor.launched;
      test.executor.end(attemptId, { result: 'success', exitCode: 0 });
      await test.finished(runId);
      expect(await slaOf(test, runId, 'slow')).toBe('missed');
      expect(await eventsOf('task_sla_missed')).toEqual([
        expect.objectContaining({ task: 'slow', state: 'running' }),
      ]);
    });

    it('counts from the first time it was ready, not from a retry', async () => {
      const test = await start(fails);
      await test.register('p', {
        tasks: [
          task('again', {
            sla: 'PT1H',
            retries: 100,
            retryDelay: 'PT0.1S',
          }),
        ],
      });
      const runId = await test.trigger('p');
      const tries = async () => (await test.instances(runId)).again.try_number;
      await becomes(async () => `${(await tries()) > 2}`, 'true');
      const [{ due_at: dueAt }] = await timers();
      const [first] = await db.table(db.knex, 'attempts').orderBy('id');
      expect(Number(dueAt)).toBeLessThanOrEqual(
        Number(first.claimed_at) + HOUR,
      );
      await deadlinesCome();
      await becomes(() => slaOf(test, runId, 'again'), 'missed');
    });

    it('counts from the first time also for an instance in a group that is run again', async () => {
      const tries = new Map<string, number>();
      const test = await start(request => {
        const { taskId } = request.labels;
        const count = (tries.get(taskId) ?? 0) + 1;
        tries.set(taskId, count);
        if (taskId === 'one') return { result: 'success', exitCode: 0 };
        return count === 1 ? fails(request) : 'hang';
      });
      const inGroup = { sla: 'PT1H', group: 'g', dependsOn: ['one'] };
      await test.register('p', {
        groups: [{ id: 'g', retries: 5, retryDelay: 'PT0.5S' }],
        tasks: [
          task('one', { group: 'g' }),
          task('plain', inGroup),
          task('mapped', {
            ...inGroup,
            map: { over: '[1]' },
            run: { command: ['s', '${{ item }}'] },
          }),
        ],
      });
      await test.trigger('p');
      await becomes(async () => `${(await timers()).length}`, '2');
      const due = async () =>
        (await timers().orderBy('ref')).map(({ ref, due_at }) => [
          ref,
          Number(due_at),
        ]);
      const before = await due();
      await becomes(async () => `${test.executor.launched.length}`, '6');
      expect(await due()).toEqual(before);
    });

    it('is missed by an instance also while the list of its map is made anew', async () => {
      const tries = new Map<string, number>();
      const test = await start(request => {
        const { taskId } = request.labels;
        const count = (tries.get(taskId) ?? 0) + 1;
        tries.set(taskId, count);
        if (count > 1) return 'hang';
        return taskId === 'one'
          ? { result: 'success', exitCode: 0 }
          : fails(request);
      });
      await test.register('p', {
        groups: [{ id: 'g', retries: 5, retryDelay: 'PT0S' }],
        tasks: [
          task('one', { group: 'g' }),
          task('mapped', {
            sla: 'PT1H',
            group: 'g',
            dependsOn: ['one'],
            map: { over: '[1]' },
            run: { command: ['s', '${{ item }}'] },
          }),
        ],
      });
      await test.trigger('p');
      // The second try of the group: the list of the map is not there yet.
      await becomes(async () => `${test.executor.launched.length}`, '3');
      await deadlinesCome();
      await becomes(async () => `${(await timers()).length}`, '0');
      const sla = async () =>
        (await db
          .table(db.knex, 'task_instances')
          .where({ task_no: 1, map_index: 0 })
          .first('sla_state', 'state'))!;
      expect(await sla()).toMatchObject({
        state: 'removed',
        sla_state: 'missed',
      });
      expect(await eventsOf('task_sla_missed')).toHaveLength(1);
      const [, , { attemptId }] = test.executor.launched;
      test.executor.end(attemptId, { result: 'success', exitCode: 0 });
      await becomes(async () => (await sla()).state, 'running');
      expect((await sla()).sla_state).toBe('missed');
      expect(await timers()).toEqual([]);
    });

    it('is missed by a failed task when it comes, after the run', async () => {
      const test = await start(fails);
      await test.register('p', { tasks: [task('bad', { sla: 'PT0.3S' })] });
      const runId = await test.trigger('p');
      expect((await test.finished(runId)).state).toBe('failed');
      await becomes(() => slaOf(test, runId, 'bad'), 'missed');
    });

    it('is judged by what became of the task when its run was cancelled', async () => {
      const test = await start(hangs);
      // It ends well although it was asked to end.
      test.executor.cancel = async id =>
        test.executor.end(id, { result: 'success', exitCode: 0 });
      await test.register('p', {
        maxActiveTasks: 1,
        tasks: [task('slow', { sla: 'PT1M' }), task('waits', { sla: 'PT1M' })],
      });
      const runId = await test.trigger('p');
      await becomes(async () => (await test.states(runId)).slow, 'running');
      expect(await slaOf(test, runId, 'waits')).toBe('pending');
      await test.engine.commands.cancelRun(runId, 'user:default/test');
      await test.finished(runId);
      expect(await test.states(runId)).toEqual({
        slow: 'success',
        waits: 'skipped',
      });
      expect(await slaOf(test, runId, 'slow')).toBe('met');
      expect(await slaOf(test, runId, 'waits')).toBe('none');
      expect(await timers()).toEqual([]);
    });

    it('is none for what was cancelled before it began again', async () => {
      const test = await start(fails);
      await test.register('p', {
        maxActiveRuns: 1,
        tasks: [task('bad', { sla: 'PT1H' })],
      });
      const runId = await test.trigger('p');
      await test.finished(runId);
      test.executor.script = () => 'hang';
      const other = await test.trigger('p');
      const { commands } = test.engine;
      await commands.clearTasks(
        runId,
        { downstream: true, upstream: false, onlyFailed: false, dryRun: false },
        'user:default/test',
      );
      expect((await test.run(runId)).state).toBe('queued');
      await commands.cancelRun(runId, 'user:default/test');
      await deadlinesCome();
      await becomes(() => slaOf(test, runId, 'bad'), 'none');
      expect(await eventsOf('task_sla_missed')).not.toContainEqual(
        expect.objectContaining({ state: 'skipped' }),
      );
      await commands.cancelRun(other, 'user:default/test');
    });

    it('begins when the task is ready: waiting for an upstream is free', async () => {
      const test = await start(hangs);
      await test.register('p', {
        tasks: [
          task('slow'),
          task('after', { dependsOn: ['slow'], sla: 'PT0.05S' }),
        ],
      });
      const runId = await test.trigger('p');
      await becomes(async () => (await test.states(runId)).slow, 'running');
      await new Promise(resolve => setTimeout(resolve, 200));
      expect(await slaOf(test, runId, 'after')).toBe('none');
    });
  });
});
