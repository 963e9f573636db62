import { buffer } from 'node:stream/consumers';
import type { LoggerService } from '@backstage/backend-plugin-api';
import type {
  ConnectionWrite,
  LogPage,
  PipelineDefinition,
} from '@maestro/plugin-maestro-common';
import type { SourceFile, TaskExecutor } from '@maestro/plugin-maestro-node';
import createKnex, { type Knex } from 'knex';
import { createArtifactStore } from './artifacts/readArtifactStore';
import type { S3Settings } from './artifacts/s3Failure';
import { SecretKeyRing } from './connections/encryption';
import { MaestroDatabase } from './database/MaestroDatabase';
import { storePipeline } from './database/operations/pipelines/storePipeline';
import type { SchedulerRole } from './database/tables';
import type { EngineSettings } from './engine/types';
import { HistoryCommands } from './housekeeping/HistoryCommands';
import { HouseKeeping } from './housekeeping/HouseKeeping';
import { MaestroSystem } from './MaestroSystem';
import { contentHash, versionHash } from './pipelines/versionHash';
import { armSchedules } from './scheduling/ticks';

/**
 * What a scheduler without a portal needs.
 *
 * @public
 */
export interface HeadlessSchedulerOptions {
  database: { client: 'pg' | 'better-sqlite3'; connection: string };
  /** Whether to bring the schema up to date. */
  migrate: boolean;
  /** Logs and artifacts, shared by all schedulers. */
  dataDir: string;
  /** Bucket of logs and artifacts instead of `dataDir`. */
  s3?: S3Settings;
  /** What belongs to this host alone. */
  hostDir: string;
  /** The same for all: what tasks must not show is stored encrypted with it. */
  key: string;
  executors: TaskExecutor[];
  role?: SchedulerRole;
  version?: string;
  engine?: Partial<EngineSettings>;
  logger: LoggerService;
}

/**
 * A scheduler that works beside others on one database.
 *
 * @public
 */
export interface HeadlessScheduler {
  /** Its name among the schedulers. */
  readonly name: string;
  /** Makes it the current version of its pipeline, as the catalog would. */
  store(definition: PipelineDefinition, files: SourceFile[]): Promise<void>;
  /** Adds a connection. */
  addConnection(connection: ConnectionWrite): Promise<void>;
  /**
   * The same key again gives the same run.
   *
   * @param partitionKey - of the partition that the run is about
   */
  trigger(
    pipeline: string,
    runKey: string,
    partitionKey?: string,
  ): Promise<{ runId: string; created: boolean }>;
  /**
   * Answers what a task asks people; of a mapped one, what the instance asks.
   *
   * @param input - the chosen options and params
   */
  answer(
    runId: string,
    task: { taskId: string; mapIndex?: number },
    input: Record<string, unknown>,
  ): Promise<void>;
  cancel(runId: string): Promise<void>;
  setPaused(pipeline: string, paused: boolean): Promise<void>;
  /** A page of the log of an attempt, live or sealed. */
  readLog(attemptId: string, range: { offset?: number }): Promise<LogPage>;
  /** The bytes of a report or a large output. */
  readObject(location: string): Promise<Buffer>;
  /** Deletes a run; its objects go with the next {@link HeadlessScheduler.keepHouse}. */
  deleteRun(runId: string): Promise<void>;
  /** One round of house-keeping, if it is due. */
  keepHouse(): Promise<void>;
  /** Stops in order; what runs goes on. */
  stop(): Promise<void>;
}

const ACTOR = 'maestro:headless';

/**
 * Starts the real engine, store, logs and task API without Backstage around
 * them, as one of any number of schedulers: what the suites of several
 * schedulers run as processes.
 *
 * @public
 */
export async function startHeadlessScheduler(
  options: HeadlessSchedulerOptions,
): Promise<HeadlessScheduler> {
  const { logger } = options;
  const knex = createKnex(connectionOf(options.database));
  const db = await MaestroDatabase.open(knex, { migrate: options.migrate });
  const system = new MaestroSystem({
    db,
    logger,
    keys: SecretKeyRing.fromKeys([{ id: 'headless', secret: options.key }]),
    executors: options.executors,
    dataDir: options.dataDir,
    artifacts: await createArtifactStore(options),
    hostDir: options.hostDir,
    role: options.role,
    version: options.version,
    taskApi: { listen: { host: '127.0.0.1', port: 0 } },
    engine: options.engine,
  });
  const houseKeeping = new HouseKeeping({
    db,
    logger,
    store: system.artifacts,
    versions: system.versions,
    defaults: {},
  });
  await system.start();
  const { engine } = system;
  return {
    name: engine.ctx.scheduler,
    store: (definition, files) => store(db, engine.ctx, definition, files),
    addConnection: async connection => {
      await system.connections.create(connection, ACTOR);
    },
    trigger: async (pipeline, runKey, partitionKey) =>
      engine.commands.triggerRun({
        pipeline,
        trigger: 'api',
        params: {},
        runKey,
        partitionKey,
        actor: ACTOR,
      }),
    answer: async (runId, task, input) => {
      await engine.commands.decideApproval(
        { runId, ...task },
        { decision: 'approve', input },
        { actor: ACTOR, ownership: [] },
      );
    },
    cancel: runId => engine.commands.cancelRun(runId, ACTOR),
    setPaused: (pipeline, paused) =>
      engine.commands.setPaused(pipeline, paused, ACTOR),
    readLog: (attemptId, range) => system.logReader.readPage(attemptId, range),
    readObject: async location =>
      buffer((await system.artifacts.open(location)).stream),
    deleteRun: runId => new HistoryCommands({ db }).deleteRun(runId),
    keepHouse: () => houseKeeping.round(),
    stop: async () => {
      await houseKeeping.stop();
      await system.stop();
      await db.close();
    },
  };
}

function connectionOf({
  client,
  connection,
}: HeadlessSchedulerOptions['database']): Knex.Config {
  return client === 'pg'
    ? { client, connection, pool: { min: 0, max: 10 } }
    : {
        client,
        connection: { filename: connection },
        useNullAsDefault: true,
        pool: { min: 1, max: 1 },
      };
}

async function store(
  db: MaestroDatabase,
  ctx: Parameters<typeof armSchedules>[0],
  definition: PipelineDefinition,
  sources: SourceFile[],
): Promise<void> {
  const files = sources.map(({ path, content, executable }) => ({
    path,
    hash: contentHash(content),
    executable: executable ?? false,
    content: Buffer.from(content),
  }));
  await db.transaction(async tx => {
    const stored = await storePipeline(
      db,
      tx,
      {
        definition,
        entityRef: `pipeline:default/${definition.name}`,
        ownerRef: definition.owner,
        hash: versionHash(definition, files),
        files,
      },
      await db.now(tx),
    );
    if (stored.changed) {
      await armSchedules(ctx, tx, stored.pipelineId, definition);
    }
  });
}
