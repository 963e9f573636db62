import type { LoggerService } from '@backstage/backend-plugin-api';
import type {
  AirflowPodDefinition,
  PipelineDefinition,
  Policy,
} from '@maestro/plugin-maestro-common';
import type {
  LaunchRequest,
  ObservedAttempt,
  SourceFile,
  TaskExecutor,
} from '@maestro/plugin-maestro-node';
import type { MaestroDatabase, Tx } from '../database/MaestroDatabase';
import type { AttemptRow } from '../database/tables';
import type { ProcessClock } from './ProcessClock';
import type { OutsideWorld, S3Access } from './waits/OutsideWorld';

/**
 * What the engine needs from its neighbours, and nothing more: the simulator
 * and the tests give other ones.
 */
export interface EngineContext {
  db: MaestroDatabase;
  logger: LoggerService;
  /** Name of this process among the schedulers, new at each start. */
  scheduler: string;
  executors: ReadonlyMap<string, TaskExecutor>;
  /** Executor of tasks that name none. */
  defaultExecutor: string;
  /**
   * Executors that could not be started yet, by name, and why: nothing is
   * claimed for them, so their tasks wait instead of using up relaunches.
   */
  notStarted?: ReadonlyMap<string, string>;
  /**
   * Whether this process schedules. One that only answers requests changes
   * runs as well, but claims nothing: it may not even have the executors.
   */
  isScheduling?(): boolean;
  /** Launches of an executor that are under way in this process. */
  launching?(executor: string): number;
  versions: VersionSource;
  inputs: TaskInputSource;
  logs: AttemptLogs;
  /** What tasks that wait look at. */
  outside: OutsideWorld;
  /** Called after each commit: a hint to open pages, nothing depends on it. */
  publish(change: { runId: string; pipeline: string; revision: number }): void;
  /** UUIDv7. */
  newId(): string;
  newToken(): { token: string; hash: string };
  /** Address of the task API as tasks reach it; undefined without one. */
  taskApiUrl(): string | undefined;
  /** Time and timers of this process. */
  clock: ProcessClock;
  /** In [0, 1), for the jitter of retries. */
  random(): number;
  settings: EngineSettings;
  /**
   * Live attempts that all pipelines of an owner (a full entity reference) may
   * have; undefined for any number.
   */
  ownerSlots?(owner: string): number | undefined;
  /** What pipelines may use; absent means everything. */
  policy?: Policy;
}

/** Times in milliseconds. */
export interface EngineSettings {
  /** From claim to launch; longer means that the claimer is dead. */
  leaseMs: number;
  /** How often waiting work is looked for without any hint. */
  pollMs: number;
  /** How often executors are listed and compared with the database. */
  reconcileMs: number;
  /** From TERM to KILL. */
  cancelGraceMs: number;
  /** How long an executor instance may be silent before its work is lost. */
  instanceTtlMs: number;
  /** Raw log of an attempt, bytes. */
  logLimitBytes: number;
  /**
   * Due times of a backfill that become members in one transaction: each costs
   * about 10 µs to find, and on SQLite nobody else has a turn meanwhile.
   */
  backfillPage: number;
}

/** What is used unless the configuration says otherwise. */
export const DEFAULT_ENGINE_SETTINGS: EngineSettings = {
  leaseMs: 6_000,
  pollMs: 1_000,
  reconcileMs: 5_000,
  cancelGraceMs: 10_000,
  instanceTtlMs: 60_000,
  logLimitBytes: 1024 * 1024 * 1024,
  backfillPage: 200,
};

/** Immutable versions, read through a cache. */
export interface VersionSource {
  definition(tx: Tx, versionId: number): Promise<PipelineDefinition>;
  /** Read after commit, for a launch. */
  sources(
    versionId: number,
  ): Promise<{ versionHash: string; files: SourceFile[] }>;
}

/** Connections and variables as a task gets them. */
export interface TaskInputSource {
  /**
   * Environment for the connections and variables that a task names.
   * @throws InputError that names what is missing and how to add it
   */
  resolveForTask(
    tx: Tx,
    request: { connections: string[]; variables: string[] },
  ): Promise<ResolvedInputs>;
  /** Values for expressions: variables as text (no secret ones), connections without secrets. */
  forExpressions(
    tx: Tx,
    names: { variables: string[]; connections: string[] },
  ): Promise<{
    vars: Record<string, string>;
    connections: Record<string, { host?: string; port?: number }>;
  }>;
  /**
   * Address and credentials of a connection for a request of Maestro itself.
   * @throws InputError that names what is missing
   */
  forRequest(
    tx: Tx,
    connId: string,
  ): Promise<{ url: string; authorization?: string; secrets: string[] }>;
  /**
   * Address and keys of a connection for a look at an object of S3.
   * @throws InputError that names what is missing
   */
  forS3(
    tx: Tx,
    connId: string,
  ): Promise<{ access: S3Access; secrets: string[] }>;
  /** Encrypts the list of masks of an attempt. */
  sealMasks(attemptId: string, secrets: string[]): string;
  /** The list again. @throws InputError when its key is not there any more */
  openMasks(attemptId: string, sealed: string): string[];
  /** Encrypts a text for one place, which alone can open it. */
  seal(place: SealedPlace, text: string): string;
  /** The text again. @throws InputError when its key is not there any more */
  open(place: SealedPlace, sealed: string): string;
}

/** Where a sealed text stands in the database. */
export interface SealedPlace {
  table: 'attempts' | 'waits';
  /** `attempt_id`, `wait_id`. */
  id: string;
  field: 'follow_up' | 'resume' | 'next_kwargs';
}

/** See {@link TaskInputSource}. */
export interface ResolvedInputs {
  env: Record<string, string>;
  /** Texts that no log, command or environment may show. */
  secrets: string[];
  /** For the record: variable values that are not secret, connection revisions. */
  inputs: Record<string, unknown>;
}

/** Where the log of an attempt goes; never delays the engine. */
export interface AttemptLogs {
  /** @param attempt.row - as it was claimed, which saves reading it again */
  started(attempt: { attemptId: string; row: AttemptRow }): void;
  /** Its launch was refused, and is tried again later; `started` comes again. */
  refused(attemptId: string): void;
  grew(attemptId: string): void;
  /**
   * @param options - `kept`: it is copied, and stays open for a trigger until it
   * is not kept any more; without it its row says so
   */
  ended(attemptId: string, options?: { kept?: boolean }): void;
}

/** What a launch that may succeed later came to; see `refusedLaunch.ts`. */
export interface LaunchRefusal {
  attemptId: string;
  phase: 'refused';
  /** What it waits for, in the words of what refused it. */
  message: string;
  /** Milliseconds after which the executor will have waited for too long. */
  giveUpInMs?: number;
  /** The lease under which it was launched: tells it from later launches. */
  leaseUntil: number;
}

/** What is learned of an attempt. */
export type Observation =
  | (ObservedAttempt & {
      /** Its launch failed for certain: no listing tells it. */
      ofLaunch?: boolean;
    })
  | LaunchRefusal;

/** A claimed attempt, ready to be launched once its transaction is committed. */
export interface PreparedLaunch {
  attempt: {
    attemptId: string;
    runId: number;
    executor: string;
    row: AttemptRow;
  };
  versionId: number;
  /**
   * By `clock.elapsed()` of this process: after it the launch must not begin,
   * because the lease may be over before it is done.
   */
  launchBefore: number;
  request: Omit<LaunchRequest, 'sources' | 'beginWithinMs'>;
  /** It gets no sources: its image has what it needs. */
  withoutSources?: true;
  /**
   * Its command and environment hold templates of Airflow: `fields` by argument
   * of the operator, `env` names its own variables.
   */
  templates?: { fields: Record<string, unknown>; env: string[] };
  /** The executor `airflow` says what is launched. */
  airflowPod?: AirflowPodDefinition;
}
