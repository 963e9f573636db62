import { AIRFLOW_EXECUTOR, type Policy } from '@maestro/plugin-maestro-common';
import { randomUUID } from 'node:crypto';
import type { LoggerService } from '@backstage/backend-plugin-api';
import type { TaskExecutor } from '@maestro/plugin-maestro-node';
import { v7 as uuidv7 } from 'uuid';
import type { ArtifactStore } from './artifacts/ArtifactStore';
import { FileArtifactStore } from './artifacts/FileArtifactStore';
import { AirflowApi } from './airflowapi/AirflowApi';
import { ConnectionStore } from './connections/ConnectionStore';
import type { SecretKeyRing } from './connections/encryption';
import { TaskInputs } from './connections/TaskInputs';
import { UsageIndex } from './connections/usage';
import { VariableStore } from './connections/VariableStore';
import type { MaestroDatabase } from './database/MaestroDatabase';
import type { SchedulerRole } from './database/tables';
import { Engine } from './engine/Engine';
import { SYSTEM_CLOCK } from './engine/ProcessClock';
import { DEFAULT_ENGINE_SETTINGS, type EngineSettings } from './engine/types';
import type { OutsideWorld } from './engine/waits/OutsideWorld';
import { RealWorld } from './engine/waits/RealWorld';
import { LogCollector, type LogCollectorSettings } from './logs/LogCollector';
import { LogReader } from './logs/LogReader';
import { PipelineVersions } from './pipelines/versionFiles';
import { PoolStore } from './pools/PoolStore';
import { TaskApiServer, type TaskApiSettings } from './taskapi/TaskApiServer';
import { SchedulerPresence } from './presence/SchedulerPresence';
import { newAttemptToken } from './taskapi/attemptToken';
import { rememberPort, rememberedPort } from './taskapi/portMemory';
import { TaskReports } from './taskapi/TaskReports';

/** What a system is made of; nothing in it knows Backstage's configuration. */
export interface MaestroSystemOptions {
  db: MaestroDatabase;
  logger: LoggerService;
  keys: SecretKeyRing;
  executors: TaskExecutor[];
  /** Executor of tasks that name none. Default: the first. */
  defaultExecutor?: string;
  /** Absolute, the same for all. */
  dataDir: string;
  /** Of logs, artifacts and large outputs. Default: files in `dataDir`. */
  artifacts?: ArtifactStore;
  /** Absolute: what belongs to this host alone. Default: `dataDir`. */
  hostDir?: string;
  /** What this process does. Default: all. */
  role?: SchedulerRole;
  /** Shown to people beside its name. Default: unknown. */
  version?: string;
  taskApi: TaskApiSettings;
  engine?: Partial<EngineSettings>;
  /** See `EngineContext.ownerSlots`. Default: any number for everybody. */
  ownerSlots?(owner: string): number | undefined;
  /** What pipelines may use. Default: everything. */
  policy?: Policy;
  /** Bytes of log kept for one attempt. Default 100 MiB. */
  logMaxBytes?: number;
  /** Default: see there. */
  logs?: Partial<LogCollectorSettings>;
  /** What tasks that wait look at. Default: HTTP to anywhere, and files here. */
  outside?: OutsideWorld;
  /** Called after each commit. */
  publish?(change: { runId: string; pipeline: string; revision: number }): void;
}

/**
 * The scheduler with everything that a run needs: stores, logs, task API and
 * engine. The portal's backend wraps it in a plugin, the command line starts
 * it without a portal; both run the same code.
 */
export class MaestroSystem {
  readonly versions: PipelineVersions;
  readonly connections: ConnectionStore;
  readonly variables: VariableStore;
  readonly pools: PoolStore;
  readonly artifacts: ArtifactStore;
  readonly logReader: LogReader;
  readonly engine: Engine;
  private readonly collector: LogCollector;
  private readonly taskApi: TaskApiServer;
  private readonly isAnyPort: boolean;
  private readonly logger: LoggerService;
  private readonly hostDir: string;
  private readonly presence: SchedulerPresence;
  readonly role: SchedulerRole;

  constructor(options: MaestroSystemOptions) {
    const { db, keys, logger } = options;
    this.logger = logger;
    const executors = new Map(options.executors.map(e => [e.name, e]));
    const publish = options.publish ?? (() => {});
    const usage = new UsageIndex(db);
    this.versions = new PipelineVersions({ db });
    this.connections = new ConnectionStore({ db, keys, usage });
    this.variables = new VariableStore({ db, keys, usage });
    this.pools = new PoolStore({
      db,
      usage,
      // Another process that schedules sees it with its next poll.
      onRoom: () => this.engine.claimSoon(),
    });
    // Keys begin with logs/, artifacts/ and outputs/.
    this.artifacts =
      options.artifacts ??
      new FileArtifactStore({ directory: options.dataDir });
    const inputs = new TaskInputs({
      db,
      keys,
      connections: this.connections,
      variables: this.variables,
    });
    const openMasks = (attemptId: string, sealed: string) =>
      inputs.openMasks(attemptId, sealed);
    this.logReader = new LogReader({ db, store: this.artifacts });
    this.collector = new LogCollector({
      db,
      store: this.artifacts,
      openMasks,
      executors,
      logger,
      maxBytes: options.logMaxBytes ?? 100 * 1024 * 1024,
      settings: options.logs,
    });
    this.role = options.role ?? 'all';
    this.hostDir = options.hostDir ?? options.dataDir;
    this.isAnyPort = options.taskApi.listen?.port === 0;
    const reports = new TaskReports({
      db,
      store: this.artifacts,
      versions: this.versions,
      openMasks,
      onRunChanged: publish,
      onTimersDue: () => this.engine.pokeTimers(),
    });
    // One that takes tasks of Airflow only is nobody's default.
    const first = options.executors.find(e => e.name !== AIRFLOW_EXECUTOR);
    const scheduler = randomUUID();
    this.engine = new Engine({
      db,
      logger,
      scheduler,
      executors,
      defaultExecutor: options.defaultExecutor ?? first?.name ?? 'local',
      versions: this.versions,
      inputs,
      logs: this.collector,
      outside: options.outside ?? new RealWorld(),
      publish,
      newId: () => uuidv7(),
      newToken: newAttemptToken,
      taskApiUrl: () => this.taskApi.url(),
      clock: SYSTEM_CLOCK,
      random: Math.random,
      settings: { ...DEFAULT_ENGINE_SETTINGS, ...options.engine },
      ownerSlots: options.ownerSlots,
      policy: options.policy,
    });
    this.taskApi = new TaskApiServer({
      settings: options.taskApi,
      logger,
      reports,
      airflow: new AirflowApi({
        db,
        engine: this.engine,
        reports,
        store: this.artifacts,
        connections: this.connections,
        inputs,
        variables: this.variables,
        openMasks,
      }),
    });
    this.presence = new SchedulerPresence({
      db,
      logger,
      name: scheduler,
      role: this.role,
      version: options.version ?? 'unknown',
      executors,
      notStarted: () => this.engine.ctx.notStarted ?? new Map(),
    });
  }

  /**
   * Starts listening and scheduling; adopts what runs. One that is there for
   * the portal only says that it is there.
   */
  async start(): Promise<void> {
    if (this.role === 'portal') {
      await this.presence.start();
      return;
    }
    const { hostDir, isAnyPort, logger } = this;
    await this.taskApi.start(
      isAnyPort ? await rememberedPort(hostDir) : undefined,
    );
    if (isAnyPort) await rememberPort(hostDir, this.taskApi.port(), logger);
    await this.engine.start();
    await this.collector.resume();
    await this.presence.start();
  }

  /** Stops everything of this process; tasks go on. */
  async stop(): Promise<void> {
    if (this.role !== 'portal') {
      await this.engine.stop();
      await this.collector.stop();
      await this.taskApi.stop();
    }
    await this.presence.stop();
  }

  /** Resolves when every ended attempt has its log sealed. */
  async logsSealed(): Promise<void> {
    await this.collector.idle();
  }
}
