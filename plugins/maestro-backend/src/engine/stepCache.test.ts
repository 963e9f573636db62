import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { num } from '../database/conversion';
import { eachDatabase } from '../database/testing';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { removeRuns } from '../database/operations/retention/removeRuns';
import { emptyGarbage } from '../housekeeping/retention';
import { expireSteps, StepCacheCommands } from '../housekeeping/stepCache';
import { createTestEngine, ScriptedExecutor, type TestEngine } from './testing';

const logger = mockLogger();
const signal = new AbortController().signal;
const DAY = 86_400_000;

const task = (more: Record<string, unknown> = {}) => ({
  id: 'a',
  cache: true,
  run: { command: ['train', '${{ params.x }}'], env: { MODE: 'fast' } },
  ...more,
});

eachDatabase((_name, databases) => {
  let db: MaestroDatabase;
  let test: TestEngine;
  let now: number;

  beforeEach(async () => {
    now = Date.parse('2026-06-01T02:00:00Z');
    db = await databases.open({ clock: () => now });
    test = await createTestEngine(db, {
      logger,
      executor: new ScriptedExecutor(request => ({
        result: 'success',
        exitCode: 0,
        outputs: request.labels.taskId === 'a' ? '{"accuracy":0.5}' : undefined,
      })),
      settings: { pollMs: 10, reconcileMs: 50 },
    });
  });
  afterEach(async () => {
    await test.stop();
  });

  const register = (
    tasks: unknown[] = [task()],
    more: Record<string, unknown> = {},
  ) =>
    test.register('p', {
      params: {
        properties: { x: { type: 'integer', default: 1 }, y: {} },
      },
      tasks,
      ...more,
    });
  const run = async (
    options: { params?: Record<string, unknown>; noCache?: boolean } = {},
  ) => {
    const { runId } = await test.engine.commands.triggerRun({
      pipeline: 'p',
      trigger: 'manual',
      params: {},
      actor: 'user:default/test',
      ...options,
    });
    expect((await test.finished(runId)).state).toBe('success');
    return runId;
  };
  const launches = () => test.executor.launched.length;
  const outputsOf = async (runId: string) => {
    const { id } = await test.run(runId);
    return db.table(db.knex, 'outputs').where({ run_id: id });
  };
  const eventsOf = async (type: string) =>
    (await db.table(db.knex, 'events').where({ type })).map(event =>
      JSON.parse(event.body),
    );
  const addFile = async (path: string, hash: string) => {
    const version = await db
      .table(db.knex, 'pipeline_versions')
      .orderBy('id', 'desc')
      .first('id');
    await db.table(db.knex, 'version_files').insert({
      version_id: version!.id,
      path,
      blob_hash: hash,
      executable: false,
    });
  };

  it('gives the second run the outputs of the first, without an attempt', async () => {
    await register([
      task(),
      {
        id: 'b',
        dependsOn: ['a'],
        run: { command: ['show', '${{ tasks.a.outputs.accuracy }}'] },
      },
    ]);
    const first = await run();
    const second = await run();
    expect(test.executor.launched.map(({ labels }) => labels.taskId)).toEqual([
      'a',
      'b',
      'b',
    ]);
    expect(test.executor.launched[2].command).toEqual(['show', '0.5']);
    const { a } = await test.instances(second);
    expect(a).toMatchObject({ state: 'success', attempt_seq: 0 });
    expect(a.reason).toMatch(
      new RegExp(`^reused from run ${first}, saved \\d+ m?s$`),
    );
    const [copy] = await outputsOf(second);
    const [original] = await outputsOf(first);
    expect(copy).toMatchObject({
      key: 'accuracy',
      value: '0.5',
      attempt_id: original.attempt_id,
    });
    expect(await eventsOf('step_reused')).toEqual([
      expect.objectContaining({ task: 'a', runId: first }),
    ]);
    const [entry] = await db.table(db.knex, 'step_cache');
    expect(entry).toMatchObject({ hits: 1, task_id: 'a', run_id: first });
  });

  describe('is not reused', () => {
    it.each<[string, () => Promise<unknown>]>([
      ['with another param', () => run({ params: { x: 2 } })],
      // It stands in MAESTRO_PARAMS, so the task may read it.
      ['with a param that no expression uses', () => run({ params: { y: 1 } })],
      ['by a run without cache', () => run({ noCache: true })],
      [
        'by another command',
        async () => {
          await register([task({ run: { command: ['train', 'it'] } })]);
          await run();
        },
      ],
      [
        'by another environment',
        async () => {
          await register([task({ env: { SEED: '1' } })]);
          await run();
        },
      ],
      [
        'by another image',
        async () => {
          await register([task({ image: 'ml:2' })]);
          await run();
        },
      ],
      [
        'by other data that are mounted',
        async () => {
          const volumes = [{ mountPath: '/data', claim: 'of-2026' }];
          await register([task({ kubernetes: { volumes } })]);
          await run();
        },
      ],
      [
        'by another version of the cache',
        async () => {
          await register([task({ cache: { version: 2 } })]);
          await run();
        },
      ],
      [
        'by other sources',
        async () => {
          await register();
          await addFile('train.py', 'h2');
          await run();
        },
      ],
      [
        'when its time is over',
        async () => {
          now += 30 * DAY;
          await run();
        },
      ],
      [
        'when the time of the task that asks is over',
        async () => {
          await register([task({ cache: { ttl: 'P1D' } })]);
          now += DAY;
          await run();
        },
      ],
      [
        'by a task without cache',
        async () => {
          await register([task({ cache: undefined })]);
          await run();
        },
      ],
      [
        'with another revision of a connection',
        async () => {
          test.ctx.inputs.resolveForTask = async () => ({
            env: {},
            secrets: [],
            inputs: { connections: { mlflow: 2 } },
          });
          await register([task({ connections: ['mlflow'] })]);
          await run();
        },
      ],
    ])('%s', async (_, again) => {
      await register();
      await run();
      await again();
      expect(launches()).toBe(2);
      expect(await eventsOf('step_reused')).toEqual([]);
    });
  });

  describe('is reused', () => {
    it.each<[string, () => Promise<unknown>]>([
      ['by another version of the pipeline', () => register()],
      [
        'by a task of another name and rank',
        () => register([task({ id: 'c', priority: 5, retries: 2 })]),
      ],
      [
        'shortly before its time is over',
        async () => {
          now += 30 * DAY - 1;
        },
      ],
    ])('%s', async (_, change) => {
      await register();
      await run();
      await change();
      await run();
      expect(launches()).toBe(1);
    });

    it('without a free slot', async () => {
      await register();
      await run();
      await register([task({ pool: 'none' })]);
      await run();
      expect(launches()).toBe(1);
    });

    it('as the key says', async () => {
      await register([task({ cache: { key: 'x ${{ params.x }}' } })]);
      await run({ params: { x: 1, y: 1 } });
      await run({ params: { x: 1, y: 2 } });
      expect(launches()).toBe(1);
      await run({ params: { x: 2, y: 2 } });
      expect(launches()).toBe(2);
    });

    it('as the chosen sources say', async () => {
      const chosen = task({ cache: { sources: ['src/'] } });
      const files = async (train: string, readme: string) => {
        await register([chosen]);
        await addFile('src/train.py', train);
        await addFile('README.md', readme);
      };
      await files('t1', 'r1');
      await run();
      await files('t1', 'r2');
      await run();
      expect(launches()).toBe(1);
      await files('t2', 'r2');
      await run();
      expect(launches()).toBe(2);
    });
  });

  it('says why a task has no key, and runs it', async () => {
    await register([task({ cache: { sources: ['trian.py'] } })]);
    await run();
    await run();
    expect(launches()).toBe(2);
    expect(await eventsOf('step_not_cached')).toEqual(
      Array(2).fill({
        task: 'a',
        reason:
          'cache.sources names "trian.py", and the version has no such file',
      }),
    );
  });

  it('keeps only results of attempts that succeeded', async () => {
    let result: 'skipped' | 'failed' | 'success' = 'skipped';
    test.executor.script = () =>
      ({
        skipped: { result: 'skipped', exitCode: 99 } as const,
        success: { result: 'success', exitCode: 0 } as const,
        failed: {
          result: 'failed',
          failure: 'exit_code',
          exitCode: 1,
          message: 'exit code 1',
        } as const,
      }[result]);
    await register();
    for (const next of ['skipped', 'failed'] as const) {
      result = next;
      await test.finished(await test.trigger('p'));
      expect(await db.table(db.knex, 'step_cache')).toEqual([]);
    }
    result = 'success';
    await run();
    expect(await db.table(db.knex, 'step_cache')).toHaveLength(1);
  });

  it('a clear makes it run, and its new result counts', async () => {
    await register();
    await run();
    const second = await run();
    test.executor.script = () => ({
      result: 'success',
      exitCode: 0,
      outputs: '{"accuracy":0.9}',
    });
    await test.engine.commands.clearTasks(
      second,
      { downstream: true, upstream: false, onlyFailed: false, dryRun: false },
      'user:default/ada',
    );
    expect((await test.finished(second)).state).toBe('success');
    expect(launches()).toBe(2);
    expect((await test.instances(second)).a.cache_hit).toBeNull();
    const [output] = await outputsOf(await run());
    expect(output.value).toBe('0.9');
    expect(launches()).toBe(2);
  });

  it('runs twice when two runs ask at once', async () => {
    test.executor.script = () => 'hang';
    await register();
    const runs = [await test.trigger('p'), await test.trigger('p')];
    const end = Date.now() + 60_000;
    while (launches() < 2 && Date.now() < end) {
      await new Promise(resolve => setTimeout(resolve, 10));
    }
    for (const { attemptId } of [...test.executor.launched]) {
      test.executor.end(attemptId, { result: 'success', exitCode: 0 });
    }
    for (const runId of runs) await test.finished(runId);
    const [entry, ...more] = await db.table(db.knex, 'step_cache');
    expect(more).toEqual([]);
    expect(runs).toContain(entry.run_id);
  });

  it('holds no secret, and is not made of an output that holds one', async () => {
    const secret = 'hunter2-hunter2';
    let revision = 1;
    test.ctx.inputs.resolveForTask = async () => ({
      env: { TOKEN: secret },
      secrets: [secret],
      inputs: { secretVariables: { token: revision } },
    });
    test.executor.script = ({ labels }) => ({
      result: 'success',
      exitCode: 0,
      outputs: labels.taskId === 'a' ? `{"url":"x:${secret}"}` : undefined,
    });
    await register([
      task({ variables: ['token'] }),
      {
        id: 'b',
        dependsOn: ['a'],
        cache: true,
        run: { command: ['use', '${{ tasks.a.outputs.url }}'] },
      },
    ]);
    await run();
    await run();
    expect(test.executor.launched.map(({ labels }) => labels.taskId)).toEqual([
      'a',
      'b',
      'b',
    ]);
    expect(await eventsOf('step_not_cached')).toEqual(
      Array(2).fill({
        task: 'b',
        reason: expect.stringContaining('holds a secret'),
      }),
    );
    revision = 2;
    await run();
    expect(launches()).toBe(5);
  });

  describe('objects in the artifact store', () => {
    const deleted: string[] = [];
    const store = {
      delete: async (location: string) => {
        deleted.push(location);
      },
    };
    const sweep = async () => {
      deleted.length = 0;
      await emptyGarbage({ db, store: store as never }, signal);
      return [...deleted].sort();
    };
    const remove = async (runId: string) => {
      const { id } = await test.run(runId);
      await db
        .table(db.knex, 'attempts')
        .where({ run_id: id })
        .update({ log_state: 'none' });
      expect(await db.transaction(tx => removeRuns(db, tx, [num(id)]))).toBe(1);
    };

    /** A first run with a large output and a report, and one that reuses it. */
    async function twoRuns(more: object = {}, mapIndex = -1) {
      test.executor.script = () => 'hang';
      await register([task(more as never)]);
      const first = await test.trigger('p');
      const end = Date.now() + 60_000;
      while (launches() < 1 && Date.now() < end) {
        await new Promise(resolve => setTimeout(resolve, 10));
      }
      const [{ attemptId }] = test.executor.launched;
      const { id } = await test.run(first);
      await db.table(db.knex, 'outputs').insert({
        run_id: id,
        task_id: 'a',
        map_index: mapIndex,
        key: 'model',
        attempt_id: attemptId,
        value: null,
        blob: 'outputs/model',
        shown: null,
        size: 9,
        created_at: now,
      });
      await db.table(db.knex, 'artifacts').insert({
        run_id: id,
        task_no: 0,
        map_index: mapIndex,
        attempt_id: attemptId,
        name: 'plot',
        title: 'Plot',
        content_type: 'image/png',
        size: 9,
        location: 'artifacts/plot',
        created_at: now,
      } as never);
      test.executor.end(attemptId, { result: 'success', exitCode: 0 });
      await test.finished(first);
      const second = await run();
      return { first, second };
    }

    it('give way when a cleared mapped task computes anew', async () => {
      const { second } = await twoRuns({ map: { over: '[1]' } }, 0);
      expect(launches()).toBe(1);
      test.executor.script = () => ({ result: 'success', exitCode: 0 });
      for (const mapIndices of [undefined, [0]]) {
        await test.engine.commands.clearTasks(
          second,
          {
            taskIds: ['a'],
            mapIndices,
            downstream: false,
            upstream: false,
            onlyFailed: false,
            dryRun: false,
          },
          'user:default/test',
        );
        expect((await test.finished(second)).state).toBe('success');
      }
      expect(launches()).toBe(3);
    });

    it('live as long as anybody shows them', async () => {
      const { first, second } = await twoRuns();
      const row = await test.run(second);
      expect(await outputsOf(second)).toMatchObject([
        { key: 'model', blob: 'outputs/model' },
      ]);
      expect(
        await db.table(db.knex, 'artifacts').where({ run_id: row.id }),
      ).toMatchObject([{ name: 'plot', location: 'artifacts/plot' }]);
      await remove(first);
      expect(await sweep()).toEqual([]);
      await new StepCacheCommands({ db }).clear({ pipeline: 'p' });
      expect(await sweep()).toEqual([]);
      await remove(second);
      expect(await sweep()).toEqual(['artifacts/plot', 'outputs/model']);
      expect(await sweep()).toEqual([]);
    });

    it('live in the cache when all runs are gone', async () => {
      const { first, second } = await twoRuns();
      await remove(second);
      await remove(first);
      expect(await sweep()).toEqual([]);
      const third = await run();
      expect(await outputsOf(third)).toMatchObject([{ blob: 'outputs/model' }]);
      expect(launches()).toBe(1);
      now += 30 * DAY;
      expect(await expireSteps(db, 10, signal)).toBe(1);
      expect(await sweep()).toEqual([]);
      await remove(third);
      expect(await sweep()).toEqual(['artifacts/plot', 'outputs/model']);
    });
  });

  it('keeps no more than it may, and forgets by hand', async () => {
    await register([
      task(),
      task({ id: 'b', run: { command: ['b', '${{ params.x }}'] } }),
    ]);
    for (const x of [1, 2, 3]) {
      now += 1_000;
      await run({ params: { x } });
    }
    now += 1_000;
    // Used last, so it stays.
    await run({ params: { x: 1 } });
    expect(await expireSteps(db, 3, signal)).toBe(3);
    expect(await expireSteps(db, 3, signal)).toBe(0);
    const left = await db.table(db.knex, 'step_cache').orderBy('used_at');
    expect(left.map(({ hits }) => hits).slice(1)).toEqual([1, 1]);
    const commands = new StepCacheCommands({ db });
    expect(await commands.clear({ pipeline: 'p', taskId: 'b' })).toBe(
      left.filter(({ task_id }) => task_id === 'b').length,
    );
    await commands.clear({ pipeline: 'p' });
    expect(await db.table(db.knex, 'step_cache')).toEqual([]);
    expect(await db.table(db.knex, 'step_cache_parts')).toEqual([]);
    await expect(commands.clear({ pipeline: 'q' })).rejects.toThrow(
      'There is no pipeline "q"',
    );
  });
});
