import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  PipelineDefinition,
  TaskDefinition,
} from '@maestro/plugin-maestro-common';
import type { LaunchRequest, TriggerHost } from '@maestro/plugin-maestro-node';
import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { SecretKeyRing } from '../../connections/encryption';
import type { MaestroDatabase } from '../../database/MaestroDatabase';
import type { TestDatabases } from '../../database/testing';
import { storePipeline } from '../../database/operations/pipelines/storePipeline';
import { ScriptedExecutor } from '../../engine/testing';
import { MaestroSystem, type MaestroSystemOptions } from '../../MaestroSystem';

/** Of a DAG; the rest is as the compiler makes it. */
export type Task = Partial<TaskDefinition> & Pick<TaskDefinition, 'id'>;

/** A DAG called `dag`, of which all tasks speak for themselves. */
export function dagOf(tasks: readonly Task[]): PipelineDefinition {
  return {
    formatVersion: 1,
    name: 'dag',
    owner: 'group:default/team',
    type: 'airflow',
    tags: [],
    schedules: [],
    maxActiveRuns: 16,
    params: { type: 'object', additionalProperties: true },
    airflow: {
      dagId: 'dag',
      source: 'dags',
      file: 'dag.py',
      environment: 'default',
    },
    tasks: tasks.map((task, no) => ({
      no,
      kind: 'run' as const,
      upstream: [],
      downstream: tasks.flatMap((other, i) =>
        other.upstream?.includes(no) ? [i] : [],
      ),
      triggerRule: 'all_success' as const,
      retries: 0,
      retryDelayMs: 0,
      retryBackoff: 'fixed' as const,
      maxRetryDelayMs: 1,
      priority: 1,
      connections: [],
      variables: [],
      airflow: { operator: 'PythonOperator' },
      ...task,
    })),
  };
}

/**
 * Systems with one DAG, `dag`, whose run `manual__1` is started. Registers the
 * hooks of jest that end and remove them.
 */
export function taskSystems(databases: Pick<TestDatabases, 'open'>) {
  let dataDir: string;
  let system: MaestroSystem | undefined;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'maestro-airflowapi-'));
  });
  afterEach(async () => {
    await system?.stop();
    system = undefined;
    await rm(dataDir, { recursive: true, force: true });
  });

  /**
   * A system whose tasks wait for the test to speak for them.
   *
   * @param options - `movesClock`: `anHourPasses` can be called
   */
  async function setUp(
    tasks: readonly Task[],
    {
      triggers,
      movesClock = false,
      ...options
    }: Partial<MaestroSystemOptions> & {
      triggers?: TriggerHost;
      movesClock?: boolean;
    } = {},
  ) {
    let passed = 0;
    const db: MaestroDatabase = await databases.open(
      movesClock ? { clock: () => Date.now() + passed } : {},
    );
    const executor = Object.assign(
      new ScriptedExecutor(() => 'hang'),
      triggers ? { triggers } : {},
    );
    system = new MaestroSystem({
      db,
      logger: mockLogger(),
      keys: SecretKeyRing.fromKeys([
        { id: 'k', secret: randomBytes(32).toString('base64') },
      ]),
      executors: [executor],
      dataDir,
      taskApi: { listen: { host: '127.0.0.1', port: 0 } },
      ...options,
    });
    const store = (definition: PipelineDefinition) =>
      db.transaction(async tx =>
        storePipeline(
          db,
          tx,
          {
            definition,
            entityRef: `pipeline:default/${definition.name}`,
            ownerRef: definition.owner,
            hash: 'h',
            files: [],
          },
          await db.now(tx),
        ),
      );
    await store(dagOf(tasks));
    await system.start();
    const { runId } = await system.engine.commands.triggerRun({
      pipeline: 'dag',
      trigger: 'manual',
      params: {},
      runKey: 'manual__1',
      actor: 'user:default/test',
    });
    const until = async <T>(
      look: () => Promise<T | undefined> | T | undefined,
    ) => {
      for (let i = 0; i < 6_000; i++) {
        const found = await look();
        if (found) return found;
        await new Promise(resolve => setTimeout(resolve, 10));
      }
      throw new Error('it did not come');
    };
    /** The n-th attempt of a task, as its process would see it. */
    const attempt = async (taskId: string, n = 1) => {
      const request = await until(
        () =>
          executor.launched.filter(({ labels }) => labels.taskId === taskId)[
            n - 1
          ] as LaunchRequest | undefined,
      );
      const { MAESTRO_TASK_API_URL: url, MAESTRO_TASK_TOKEN: token } =
        request.env;
      const { attemptId: id } = request;
      /** With a body of exactly this JSON. */
      const send = async (method: string, path: string, sent?: string) => {
        const response = await fetch(`${url}/execution/${path}`, {
          method,
          headers: {
            authorization: `Bearer ${token}`,
            'airflow-api-version': '2026-06-30',
            ...(sent === undefined
              ? {}
              : { 'content-type': 'application/json' }),
          },
          body: sent,
        });
        const text = await response.text();
        return {
          status: response.status,
          text,
          range: response.headers.get('content-range'),
          body: text === '' ? undefined : JSON.parse(text),
        };
      };
      const call = (method: string, path: string, body?: unknown) =>
        send(
          method,
          path,
          body === undefined ? undefined : JSON.stringify(body),
        );
      return {
        id,
        request,
        call,
        send,
        state: (state: string, more: object = {}) =>
          call('PATCH', `task-instances/${id}/state`, {
            state,
            end_date: '2026-01-01T00:00:00Z',
            ...more,
          }),
        /** Its host is gone, and nobody knows how it ended. */
        isLost: () =>
          executor.end(id, {
            result: 'failed',
            failure: 'lost',
            message: 'its host is gone',
          }),
        ends: (code = 0) =>
          executor.end(
            id,
            code === 0
              ? { result: 'success', exitCode: 0 }
              : {
                  result: 'failed',
                  failure: 'signal',
                  signal: 'SIGKILL',
                  message: 'killed',
                },
          ),
      };
    };
    const states = async () => {
      const rows = await db.table(db.knex, 'task_instances').orderBy('task_no');
      return rows.map(row => row.state);
    };
    const settled = (...wanted: string[]) =>
      until(async () => (await states()).join() === wanted.join());
    const anHourPasses = () => {
      passed += 3_600_000;
      system!.engine.pokeTimers();
    };
    return {
      db,
      store,
      attempt,
      states,
      settled,
      until,
      runId,
      system,
      anHourPasses,
    };
  }

  return setUp;
}
