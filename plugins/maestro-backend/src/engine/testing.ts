import { randomUUID } from 'node:crypto';
import type { LoggerService } from '@backstage/backend-plugin-api';
import { InputError } from '@backstage/errors';
import {
  type PipelineDefinition,
  type TaskDefinition,
  compilePipeline,
} from '@maestro/plugin-maestro-common';
import type {
  AttemptOutcome,
  ExecutorStartOptions,
  LaunchRequest,
  ObservedAttempt,
  TaskExecutor,
} from '@maestro/plugin-maestro-node';
import { num } from '../database/conversion';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import type { RunRow, TaskInstanceRow } from '../database/tables';
import { armSchedules } from '../scheduling/ticks';
import { Engine } from './Engine';
import { type ProcessClock, SYSTEM_CLOCK } from './ProcessClock';
import { DEFAULT_ENGINE_SETTINGS, type EngineContext } from './types';
import { readDefinition } from '../pipelines/storedDefinition';
import type { OutsideWorld } from './waits/OutsideWorld';

/** What a scripted task does: an outcome, or `hang` until it is cancelled. */
export type Script = (request: LaunchRequest) => AttemptOutcome | 'hang';

/**
 * An executor whose tasks do what a script says, at once. It keeps the
 * contract (idempotent launch, listing, forget), so that the engine cannot
 * tell it from a real one.
 */
export class ScriptedExecutor implements TaskExecutor {
  readonly name = 'scripted';
  readonly instance: string = 'scripted';
  readonly capabilities = {
    maxParallel: 16,
    honoursResources: false,
    honoursImage: false,
    exactLogs: true,
    sharedByReplicas: true,
  };
  readonly launched: LaunchRequest[] = [];
  /** Launches that never arrive, for crashes between commit and launch. */
  loseLaunches = false;
  /** Observations that are never pushed: the listing alone must do. */
  mute = false;
  readonly objects = new Map<string, ObservedAttempt>();
  private options: ExecutorStartOptions | undefined;

  constructor(
    public script: Script = () => ({ result: 'success', exitCode: 0 }),
  ) {}

  async start(options: ExecutorStartOptions): Promise<void> {
    this.options = options;
  }

  async launch(request: LaunchRequest): Promise<void> {
    if (this.loseLaunches) throw new Error('connection reset');
    if (this.objects.has(request.attemptId)) return;
    this.launched.push(request);
    this.observe({ attemptId: request.attemptId, phase: 'running' });
    const outcome = this.script(request);
    if (outcome !== 'hang') this.end(request.attemptId, outcome);
  }

  /** Ends a hanging attempt. */
  end(attemptId: string, outcome: AttemptOutcome): void {
    this.observe({ attemptId, phase: 'ended', outcome });
  }

  async cancel(attemptId: string): Promise<void> {
    if (this.objects.get(attemptId)?.phase !== 'running') return;
    this.end(attemptId, {
      result: 'failed',
      failure: 'signal',
      signal: 'SIGTERM',
      message: 'ended by SIGTERM',
    });
  }

  async list(): Promise<ObservedAttempt[]> {
    return [...this.objects.values()];
  }

  async readLog(_id: string, options: { offset: number }) {
    return { offset: options.offset, bytes: new Uint8Array(), end: true };
  }

  async forget(attemptId: string): Promise<void> {
    this.objects.delete(attemptId);
  }

  async health() {
    return { ok: true };
  }

  async stop(): Promise<void> {
    this.options = undefined;
  }

  private observe(observed: ObservedAttempt): void {
    this.objects.set(observed.attemptId, observed);
    if (!this.mute) this.options?.onObservation(observed);
  }
}

/** An engine on a real database with a scripted executor. */
export interface TestEngine {
  engine: Engine;
  ctx: EngineContext;
  executor: ScriptedExecutor;
  variables: Record<string, string>;
  /**
   * Registers a pipeline (or its next version) and arms its schedules. With
   * `callbacks`, by task of `finally`, it is a DAG that has some.
   */
  register(name: string, spec: Record<string, unknown>): Promise<number>;
  trigger(
    name: string,
    options?: { params?: Record<string, unknown>; runKey?: string },
  ): Promise<string>;
  run(runId: string): Promise<RunRow>;
  /** States by task id. */
  states(runId: string): Promise<Record<string, string>>;
  instances(runId: string): Promise<Record<string, TaskInstanceRow>>;
  /** Instances of a mapped task, by map index. */
  mapped(runId: string, taskId: string): Promise<TaskInstanceRow[]>;
  /** Waits until the run is over (default 60 s), or throws with its states. */
  finished(runId: string, timeoutMs?: number): Promise<RunRow>;
  stop(): Promise<void>;
}

/** Makes a {@link TestEngine}; `start` it unless it must not run yet. */
export async function createTestEngine(
  db: MaestroDatabase,
  options: {
    logger: LoggerService;
    executor?: ScriptedExecutor;
    /** Beside it, and asked before it. */
    otherExecutors?: TaskExecutor[];
    clock?: ProcessClock;
    outside?: OutsideWorld;
    settings?: Partial<EngineContext['settings']>;
    /** Instead of reading definitions as they are. */
    versions?: EngineContext['versions'];
    start?: boolean;
  },
): Promise<TestEngine> {
  const executor = options.executor ?? new ScriptedExecutor();
  const definitions = new Map<number, PipelineDefinition>();
  const variables: Record<string, string> = {};
  const ctx: EngineContext = {
    db,
    logger: options.logger,
    scheduler: randomUUID(),
    executors: new Map(
      [...(options.otherExecutors ?? []), executor].map(one => [one.name, one]),
    ),
    defaultExecutor: executor.name,
    versions: options.versions ?? {
      definition: async (tx, id) => {
        const known = definitions.get(id);
        if (known) return known;
        const row = await db
          .table(tx, 'pipeline_versions')
          .where({ id })
          .first();
        const definition = readDefinition(row!.definition);
        definitions.set(id, definition);
        return definition;
      },
      sources: async id => ({ versionHash: String(id), files: [] }),
    },
    inputs: {
      resolveForTask: async () => ({ env: {}, secrets: [], inputs: {} }),
      forExpressions: async () => ({ vars: { ...variables }, connections: {} }),
      forRequest: async (_tx, connId) => {
        throw new InputError(`Connection "${connId}" is missing`);
      },
      forS3: async (_tx, connId) => {
        throw new InputError(`Connection "${connId}" is missing`);
      },
      sealMasks: (_id, secrets) => JSON.stringify(secrets),
      openMasks: (_id, sealed) => JSON.parse(sealed),
      seal: (_place, text) => text,
      open: (_place, sealed) => sealed,
    },
    logs: {
      started: () => {},
      refused: () => {},
      grew: () => {},
      ended: attemptId => {
        executor.forget(attemptId);
      },
    },
    outside: options.outside ?? {
      request: async () => {
        throw new Error('nothing listens there');
      },
      object: async () => undefined,
      s3Object: async () => undefined,
    },
    publish: () => {},
    newId: randomUUID,
    newToken: () => ({ token: randomUUID(), hash: randomUUID() }),
    taskApiUrl: () => undefined,
    clock: options.clock ?? SYSTEM_CLOCK,
    random: () => 0.5,
    settings: { ...DEFAULT_ENGINE_SETTINGS, ...options.settings },
  };
  const engine = new Engine(ctx);
  if (options.start !== false) await engine.start();

  const run = async (runId: string) =>
    (await db
      .table(db.knex, 'runs')
      .where({ run_id: runId })
      .first()) as RunRow;
  const instances = async (runId: string) => {
    const row = await run(runId);
    const definition = await ctx.versions.definition(
      db.knex as never,
      num(row.version_id),
    );
    const rows = (await db
      .table(db.knex, 'task_instances')
      .where({ run_id: row.id, map_index: -1 })
      .orderBy('task_no')) as TaskInstanceRow[];
    return Object.fromEntries(
      rows.map(instance => [definition.tasks[instance.task_no].id, instance]),
    );
  };
  const mapped = async (runId: string, taskId: string) => {
    const row = await run(runId);
    const { tasks } = await ctx.versions.definition(
      db.knex as never,
      num(row.version_id),
    );
    return (await db
      .table(db.knex, 'task_instances')
      .where({
        run_id: row.id,
        task_no: tasks.findIndex(task => task.id === taskId),
      })
      .where('map_index', '>=', 0)
      .orderBy('map_index')) as TaskInstanceRow[];
  };
  const states = async (runId: string) =>
    Object.fromEntries(
      Object.entries(await instances(runId)).map(([id, i]) => [id, i.state]),
    );

  return {
    engine,
    ctx,
    executor,
    variables,
    run,
    states,
    instances,
    mapped,
    register: (name, spec) => registerPipeline(ctx, name, spec),
    trigger: async (pipeline, { params = {}, runKey } = {}) => {
      const { runId } = await engine.commands.triggerRun({
        pipeline,
        trigger: 'manual',
        params,
        runKey,
        actor: 'user:default/test',
      });
      return runId;
    },
    finished: async (runId, timeoutMs = 60_000) => {
      const end = Date.now() + timeoutMs;
      for (;;) {
        const row = await run(runId);
        if (row.state === 'success' || row.state === 'failed') return row;
        if (Date.now() > end) {
          throw new Error(
            `Run ${runId} is ${row.state}: ${JSON.stringify(
              await states(runId),
            )}`,
          );
        }
        await new Promise(resolve => setTimeout(resolve, 5));
      }
    },
    stop: () => engine.stop(),
  };
}

async function registerPipeline(
  ctx: EngineContext,
  name: string,
  { callbacks, ...spec }: Record<string, unknown>,
): Promise<number> {
  const { db } = ctx;
  const definition = compilePipeline({
    apiVersion: 'maestro.dev/v1alpha1',
    kind: 'Pipeline',
    metadata: { name },
    spec: { type: 'test', owner: 'group:default/team', ...spec },
  } as never);
  if (callbacks) {
    for (const task of definition.tasks) {
      const outcomes = callbacks as Record<string, TaskDefinition['callback']>;
      if (outcomes[task.id]) task.callback = outcomes[task.id];
    }
    definition.airflow = {
      dagId: name,
      source: 'test',
      file: 'dag.py',
      environment: 'default',
    };
  }
  return db.transaction(async tx => {
    const now = await db.now(tx);
    await db
      .table(tx, 'pipelines')
      .insert({
        name,
        entity_ref: `pipeline:default/${name}`,
        owner_ref: 'group:default/team',
        type: 'test',
        tags: '[]',
        created_at: now,
        seen_at: now,
      } as never)
      .onConflict('name')
      .ignore();
    const pipeline = await db.table(tx, 'pipelines').where({ name }).first();
    const id = num(pipeline!.id);
    const last = await db
      .table(tx, 'pipeline_versions')
      .where({ pipeline_id: id })
      .count({ n: '*' })
      .first();
    const [version] = await db
      .table(tx, 'pipeline_versions')
      .insert({
        pipeline_id: id,
        number: num((last as never as { n: number }).n) + 1,
        hash: randomUUID(),
        definition: JSON.stringify(definition),
        created_at: now,
      } as never)
      .returning('id');
    await db
      .table(tx, 'pipelines')
      .where({ id })
      .update({
        current_version_id: num((version as never as { id: number }).id),
      });
    await armSchedules(ctx, tx, id, definition);
    return id;
  });
}
