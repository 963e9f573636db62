import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoggerService } from '@backstage/backend-plugin-api';
import { instanceName } from '@maestro/plugin-maestro-common';
import type {
  ConnectionWrite,
  PipelineDefinition,
  RunState,
  TaskState,
} from '@maestro/plugin-maestro-common';
import type { SourceFile, TaskExecutor } from '@maestro/plugin-maestro-node';
import { ServiceUnavailableError } from '@backstage/errors';
import createKnex from 'knex';
import { SecretKeyRing } from './connections/encryption';
import { num, optionalNum } from './database/conversion';
import { MaestroDatabase } from './database/MaestroDatabase';
import type { AttemptRow } from './database/tables';
import { MaestroSystem } from './MaestroSystem';
import { storePipeline } from './database/operations/pipelines/storePipeline';
import { contentHash } from './pipelines/versionHash';

/** Log growth is no commit that wakes us: it is looked at this often. */
const LOG_INTERVAL_MS = 250;

/**
 * What a headless run needs.
 *
 * @public
 */
export interface HeadlessRunOptions {
  definition: PipelineDefinition;
  files: SourceFile[];
  /** Pipelines that its tasks may look at or start; they start nothing else. */
  others?: Array<Pick<HeadlessRunOptions, 'definition' | 'files'>>;
  /**
   * Makes the executor, or several of which the first is for tasks that name
   * none; their data belongs below the folder they are given.
   */
  createExecutor(dataDir: string): TaskExecutor | TaskExecutor[];
  params: Record<string, unknown>;
  /** Epoch milliseconds; default now. */
  logicalDate?: number;
  /**
   * Key of the partition that the run is about.
   * @throws InputError for one that the pipeline has no partition for
   */
  partitionKey?: string;
  connections: ConnectionWrite[];
  variables: Record<string, string>;
  logger: LoggerService;
  /** Called for each change of a task's state. */
  onTask?(change: HeadlessTaskChange): void;
  /**
   * Called with masked log as it comes, each attempt's in order; all of it has
   * come when the run returns.
   */
  onLog?(piece: { taskId: string; attempt: number; bytes: Buffer }): void;
  /** Cancels the run. */
  signal?: AbortSignal;
  /**
   * Milliseconds between TERM and KILL for a task that is cancelled.
   * @defaultValue 5000
   */
  cancelGraceMs?: number;
  /** Kept when given; otherwise a temporary folder that goes at the end. */
  dataDir?: string;
}

/** @public */
export interface HeadlessTaskChange {
  taskId: string;
  state: TaskState;
  reason?: string;
  tryNumber: number;
}

/** @public */
export interface HeadlessRunResult {
  runId: string;
  state: RunState;
  reason?: string;
  /** Milliseconds from start to end. */
  durationMs: number;
  tasks: Array<{ taskId: string; state: TaskState; reason?: string }>;
}

/** Remembers that something happened until somebody waits for it. */
class Signal {
  private happened = false;
  private wake: (() => void) | undefined;

  set(): void {
    this.happened = true;
    this.wake?.();
  }

  /** Resolves when something happened since the last call, or after `ms`. */
  async wait(ms: number): Promise<void> {
    if (!this.happened) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, ms);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.happened = false;
    this.wake = undefined;
  }
}

/** Hands on what is new in the logs of a run. */
class LogPump {
  /** Where each attempt's log goes on; undefined once it has ended. */
  private readonly places = new Map<string, number | undefined>();

  constructor(
    private readonly db: MaestroDatabase,
    private readonly system: MaestroSystem,
    private readonly options: HeadlessRunOptions,
  ) {}

  async advance(runId: number): Promise<void> {
    const { onLog, definition } = this.options;
    if (!onLog) return;
    const attempts = (await this.db
      .table(this.db.knex, 'attempts')
      .where({ run_id: runId })
      .orderBy('id')) as AttemptRow[];
    for (const { attempt_id: id, seq, ...attempt } of attempts) {
      if (!this.places.has(id)) this.places.set(id, 0);
      for (;;) {
        const offset = this.places.get(id);
        if (offset === undefined) break;
        const piece = await this.system.logReader.read(id, { offset });
        this.places.set(id, piece.end ? undefined : piece.nextOffset);
        if (piece.bytes.length === 0) break;
        const { bytes } = piece;
        onLog({
          taskId: instanceName(
            definition.tasks[attempt.task_no].id,
            attempt.map_index,
          ),
          attempt: seq,
          bytes,
        });
      }
    }
  }
}

/**
 * Runs one pipeline once with the real engine, store, logs and task API, and
 * without a portal: what `maestro test` does. Returns when the run is over and
 * its logs are sealed.
 *
 * @public
 */
export async function runHeadless(
  options: HeadlessRunOptions,
): Promise<HeadlessRunResult> {
  const dataDir =
    options.dataDir ?? (await mkdtemp(join(tmpdir(), 'maestro-test-')));
  const knex = createKnex({
    client: 'better-sqlite3',
    connection: { filename: join(dataDir, 'headless.sqlite') },
    useNullAsDefault: true,
    pool: { min: 1, max: 1 },
  });
  const db = await MaestroDatabase.open(knex, { migrate: true });
  const changed = new Signal();
  const system = new MaestroSystem({
    db,
    logger: options.logger,
    keys: SecretKeyRing.fromKeys([
      { id: 'once', secret: randomBytes(32).toString('base64') },
    ]),
    executors: [options.createExecutor(dataDir)].flat(),
    dataDir,
    taskApi: { listen: { host: '127.0.0.1', port: 0 } },
    engine: { cancelGraceMs: options.cancelGraceMs ?? 5_000 },
    publish: () => changed.set(),
  });
  try {
    for (const connection of options.connections) {
      await system.connections.create(connection, 'maestro:test');
    }
    for (const [key, value] of Object.entries(options.variables)) {
      await system.variables.set(key, { value, secret: false }, 'maestro:test');
    }
    for (const other of [options, ...(options.others ?? [])]) {
      await storeOnce(db, other);
    }
    await system.start();
    // A portal waits for an executor; who runs one pipeline is told at once.
    for (const [name, why] of system.engine.ctx.notStarted ?? []) {
      throw new ServiceUnavailableError(
        `Executor "${name}" did not start: ${why}`,
      );
    }
    return await runOnce(db, system, changed, options);
  } finally {
    await system.stop();
    await db.close();
    if (!options.dataDir) await rm(dataDir, { recursive: true, force: true });
  }
}

async function storeOnce(
  db: MaestroDatabase,
  { definition, files }: Pick<HeadlessRunOptions, 'definition' | 'files'>,
): Promise<void> {
  await db.transaction(async tx =>
    storePipeline(
      db,
      tx,
      {
        definition,
        entityRef: `pipeline:default/${definition.name}`,
        ownerRef: definition.owner,
        // Folders of sources are told apart by it.
        hash: `headless-${definition.name}`,
        files: files.map(file => {
          const content = Buffer.from(file.content);
          return {
            path: file.path,
            hash: contentHash(content),
            executable: file.executable ?? false,
            content,
          };
        }),
      },
      await db.now(tx),
    ),
  );
}

async function runOnce(
  db: MaestroDatabase,
  system: MaestroSystem,
  changed: Signal,
  options: HeadlessRunOptions,
): Promise<HeadlessRunResult> {
  const { runId } = await system.engine.commands.triggerRun({
    pipeline: options.definition.name,
    trigger: 'manual',
    params: options.params,
    logicalDate: options.logicalDate,
    partitionKey: options.partitionKey,
    actor: 'maestro:test',
  });
  const cancel = () => {
    system.engine.commands
      .cancelRun(runId, 'maestro:test')
      .catch(error => options.logger.error(`Cancel failed: ${error}`));
  };
  options.signal?.addEventListener('abort', cancel, { once: true });
  if (options.signal?.aborted) cancel();
  const seen = new Map<string, string>();
  const nameOf = (task: { task_no: number; map_index: number }) =>
    instanceName(options.definition.tasks[task.task_no].id, task.map_index);
  const logs = new LogPump(db, system, options);
  for (;;) {
    const run = (await db
      .table(db.knex, 'runs')
      .where({ run_id: runId })
      .first())!;
    const tasks = await db
      .table(db.knex, 'task_instances')
      .where({ run_id: run.id })
      .orderBy(['task_no', 'map_index']);
    for (const task of tasks) {
      const now = `${task.state}/${task.try_number}`;
      const taskId = nameOf(task);
      if (seen.get(taskId) === now) continue;
      seen.set(taskId, now);
      if (task.state === 'none') continue;
      options.onTask?.({
        taskId,
        state: task.state,
        reason: task.reason ?? undefined,
        tryNumber: task.try_number,
      });
    }
    if (run.state === 'success' || run.state === 'failed') {
      await system.logsSealed();
      await logs.advance(num(run.id));
      options.signal?.removeEventListener('abort', cancel);
      return {
        runId,
        state: run.state,
        reason: run.state_reason ?? undefined,
        durationMs:
          num(run.ended_at!) -
          (optionalNum(run.started_at) ?? num(run.created_at)),
        tasks: tasks.map(task => ({
          taskId: nameOf(task),
          state: task.state,
          reason: task.reason ?? undefined,
        })),
      };
    }
    await logs.advance(num(run.id));
    await changed.wait(LOG_INTERVAL_MS);
  }
}
