import type {
  BashDefinition,
  AirflowPodDefinition,
  KubernetesSettings,
  ResourceDefinition,
} from '@maestro/plugin-maestro-common';
import type { FailureReport } from './failure';
import type { TriggerHost } from './triggers';

/**
 * The contract between the engine and what runs a task: a process on this
 * machine, a pod, later a warm worker.
 *
 * Rules that every executor keeps (the conformance suite checks them):
 *
 * - An attempt is identified by its id alone. Names of processes and pods are
 *   derived from it, never stored.
 * - `launch` is idempotent: a second call for the same attempt, also from
 *   another process and after a crash between request and answer, has no
 *   effect and succeeds.
 * - `list` is the truth about what exists. Observations that are pushed are
 *   only a faster way to learn the same; each may be lost, late or doubled.
 * - What ended stays listed, with its outcome and its log, until `forget`.
 * - `cancel` returns when the request is recorded; the attempt is over when it
 *   is listed as ended. Everything the task started is dead by then.
 *
 * @public
 */
export interface TaskExecutor {
  /** Name that pipelines use, such as `local`. */
  readonly name: string;

  /**
   * Who may adopt or kill what this executor started. For processes: boot id
   * of the host and data directory; for pods: cluster and namespace. Attempts
   * of another instance are left alone.
   */
  readonly instance: string;

  /**
   * Tells apart what has the same `instance` by mistake, such as the same path
   * in two containers of one machine: then the second is refused.
   */
  readonly place?: string;

  /** What the engine must know to place attempts here. */
  readonly capabilities: ExecutorCapabilities;

  /**
   * Connects, adopts what runs already, and begins to report. Resolves when
   * `list` can answer.
   */
  start(options: ExecutorStartOptions): Promise<void>;

  /**
   * Starts an attempt. Resolves when it is certain that it will run, and
   * rejects with an {@link ExecutorError} when it is certain that it will not,
   * with a {@link LaunchLater} when it does not now and may be asked again;
   * any other rejection means "not known": the engine looks at `list`.
   */
  launch(request: LaunchRequest): Promise<void>;

  /**
   * Asks for the end of an attempt: TERM, after `graceMs` KILL. Asked again,
   * the shorter grace counts, unless the executor cannot change what is under
   * way (a kubelet keeps the grace it began to stop a container with). Unknown and ended ids are ignored. The outcome
   * is `cancelled`, also when the task ends with exit code 0 because of it.
   */
  cancel(attemptId: string, options: { graceMs: number }): Promise<void>;

  /**
   * Everything of this instance that exists, ended ones included: also
   * attempts that another scheduler on the same data launched.
   *
   * @param options - `wanted`: what is to be there as the engine knows it, for
   * executors whose configuration does not say any more where it is
   */
  list(options?: {
    wanted?: readonly WantedAttempt[];
  }): Promise<ObservedAttempt[]>;

  /**
   * Bytes of the raw log from `offset` on, at most `limit`. Unmasked: only the
   * log store reads it. An unknown attempt gives an empty slice with `end`.
   *
   * @param options - `resume`: who reads has just begun, and goes on from what
   * is stored. `place` is the last one that was stored, at most `offset`;
   * without it none was. For executors that give {@link LogSlice.place}
   */
  readLog(
    attemptId: string,
    options: {
      offset: number;
      limit: number;
      resume?: { place?: LogPlace };
    },
  ): Promise<LogSlice>;

  /**
   * Frees all that is kept of an ended attempt. Called after its outcome is
   * committed and its log sealed. Idempotent; rejects while it runs.
   */
  forget(attemptId: string): Promise<void>;

  /**
   * Writes the heartbeat of this instance by calling `heartbeat`. When that
   * succeeded, others leave its work alone for longer than `forMs` from this
   * call on. An executor whose work others cannot list ends all of it when
   * that time is over and no later call succeeded; one that schedulers share
   * has no need of it. Rejects when `heartbeat` does.
   */
  renew?(forMs: number, heartbeat: () => Promise<void>): Promise<void>;

  /** Runs what its tasks wait for after they have ended. */
  readonly triggers?: TriggerHost;

  /**
   * Fills in templates that only this executor understands, of a task that
   * another one runs. Rejects as `launch` does.
   *
   * @returns the texts, in their order
   */
  render?(request: RenderRequest): Promise<string[]>;

  /**
   * Makes of a task that only this executor understands one that another
   * executor can launch: with a command, and with what that needs beside the
   * sources. Rejects as `launch` does.
   */
  translate?(
    request: LaunchRequest,
    how: AirflowPodDefinition,
  ): Promise<LaunchRequest>;

  /** Whether it can launch now; the reason is shown to people. */
  health(): Promise<ExecutorHealth>;

  /** Stops reporting. What runs goes on running. */
  stop(): Promise<void>;
}

/**
 * A live attempt as the engine knows it.
 *
 * @public
 */
export interface WantedAttempt {
  attemptId: string;
  /** As it was told in {@link ObservedAttempt}; undefined until it was. */
  object?: string;
}

/** @public */
export interface ExecutorCapabilities {
  /** Attempts at the same time; the engine does not claim more. */
  maxParallel: number;
  /** Whether `resources` have an effect. */
  honoursResources: boolean;
  /** Whether `image` has an effect. */
  honoursImage: boolean;
  /** Whether logs are byte-exact, or may have gaps. */
  exactLogs: boolean;
  /** Several scheduler processes may use it at once. */
  sharedByReplicas: boolean;
  /**
   * For one that is not shared: other hosts may run tasks with it too, each
   * its own, because {@link TaskExecutor.renew} ends what was not renewed.
   * Default false.
   */
  severalHosts?: boolean;
  /**
   * It tells of attempts that were taken and do not run yet (`starting`), and
   * ends by itself what does not start in time (`queued_timeout`). The `timeout`
   * of a task then counts from `running` on, and not from its claim.
   * Default false.
   */
  boundsStart?: boolean;
  /**
   * Launches that one process has under way at the same time: the engine claims
   * no more before some of them have answered, or are too late to begin. Claims
   * that are decided at the same moment do not see each other, so it may be
   * twice as many for once. For one whose launch is work of another server: a
   * launch has only half its lease, and of hundreds begun at once many would be
   * late. Default any number.
   */
  launchesAtOnce?: number;
}

/** @public */
export interface ExecutorHealth {
  ok: boolean;
  /** One sentence for people, always there when not ok. */
  message?: string;
}

/** @public */
export interface ExecutorStartOptions {
  /** Called with what changed; throwing has no effect on the executor. */
  onObservation(observation: ObservedAttempt): void;
  /** Called when the log of an attempt grew (a hint, at most every 200 ms for one attempt). */
  onLogGrowth(attemptId: string): void;
  signal: AbortSignal;
}

/** @public */
export interface LaunchRequest {
  /** UUIDv7. */
  attemptId: string;
  /**
   * Milliseconds since its first launch, when that and all since were refused
   * with {@link LaunchLater}. Environment and command may differ from theirs.
   */
  waitedMs?: number;
  /** argv after rendering. */
  command: string[];
  /**
   * Indices of arguments that hold a secret, ascending: whoever may look at what
   * runs the task, such as its pod, must not read them there.
   */
  secretArguments?: number[];
  /**
   * The whole environment of the task contract, secrets included. A value of
   * 128 KiB or more is refused (`config`): Linux accepts none.
   */
  env: Record<string, string>;
  /** The pinned sources; the executor keeps one copy for a `versionHash`. */
  sources: { versionHash: string; files: SourceFile[] };
  /** Image, for executors that honour it. */
  image?: string;
  resources?: {
    requests?: Record<string, string>;
    limits?: Record<string, string>;
  };
  /** Names for people, such as labels of a pod. */
  labels: {
    pipeline: string;
    runId: string;
    taskId: string;
    mapIndex: number;
    /** Entity reference of the pipeline's owner, where it is known. */
    owner?: string;
  };
  /** What is asked of a pod; without effect on executors that start none. */
  kubernetes?: KubernetesSettings;
  /**
   * Instead of a command, what is created, with its values filled in; only
   * for the executor `kubernetes.resource`.
   */
  resource?: ResourceDefinition;
  /** How its command is run as a BashOperator of Airflow would; for `airflow`. */
  bash?: BashLaunch;
  /**
   * What it hands on instead of what it writes to `$MAESTRO_OUTPUT`: the last
   * line that it printed under a name, or nothing. For executors whose logs are
   * exact.
   */
  handsOn?: { lastLineAs?: string };
  /**
   * Its working directory is empty: it finds its sources at `$MAESTRO_SOURCE`
   * alone. For executors of processes.
   */
  sourcesApart?: true;
  /** Raw log limit in bytes; reaching it fails the attempt as `log_limit`. */
  logLimitBytes: number;
  /**
   * Milliseconds from the call within which the attempt must have begun. What
   * could only begin later (the process slept, a request was on its way for
   * long) must not begin at all, and the launch rejects: somebody else may
   * have started the task anew by then. Without it there is no such limit.
   */
  beginWithinMs?: number;
}

/** What the executor `airflow` is told of a BashOperator. @public */
export interface BashLaunch extends BashDefinition {
  /** Names of the variables that its `env=` gives, all in the environment. */
  names: string[];
}

/** Templates of an attempt that is going to be launched. @public */
export interface RenderRequest {
  /** The environment of the attempt, with its token. */
  env: Record<string, string>;
  texts: string[];
  /** What people are told of it, by name: values that hold some of the texts. */
  fields: Record<string, unknown>;
  /** As in {@link LaunchRequest.waitedMs}. */
  waitedMs?: number;
}

/** @public */
export interface SourceFile {
  /** Relative, POSIX, without `..`. */
  path: string;
  content: Uint8Array;
  /** Whether it gets the executable bit. */
  executable?: boolean;
}

/**
 * One attempt as it is found to exist.
 *
 * @public
 */
export interface ObservedAttempt {
  attemptId: string;
  phase: 'starting' | 'running' | 'ended';
  /** Epoch ms, by the clock of the host that runs it. */
  startedAt?: number;
  /** Epoch ms. */
  endedAt?: number;
  /** What people look for on the host: `pid 4711`, a pod's name. */
  object?: string;
  /** Bytes of raw log there are at least. */
  logBytes?: number;
  /**
   * Only with phase `starting`: what it waits for, in the words of what runs
   * it ("0/3 nodes are available: …"), for people.
   */
  waitsFor?: string;
  /** Only with phase `ended`. */
  outcome?: AttemptOutcome;
}

/** @public */
export type AttemptOutcome =
  | { result: 'success'; exitCode: 0; outputs?: string }
  | { result: 'skipped'; exitCode: number; outputs?: string }
  | ({ result: 'failed'; exitCode?: number; outputs?: string } & FailureReport);

/**
 * A place in a log, to be stored together with the bytes before it.
 *
 * @public
 */
export interface LogPlace {
  /** Offset of the raw log; at most the end of the slice it came with. */
  at: number;
  /** Means something to the executor only. */
  token: string;
}

/** @public */
export interface LogSlice {
  offset: number;
  bytes: Uint8Array;
  /**
   * Bytes between those before `offset` and these are missing, it is not known
   * how many: why, as a part of a sentence. Never with an empty slice unless
   * it is the end.
   */
  missing?: string;
  /**
   * Bytes may be missing before these, and nobody knows: why, as a part of a
   * sentence.
   */
  doubt?: string;
  /**
   * Where to go on from after a restart, where the source of the log has no
   * offsets. Without it any process finds the same bytes at the same offset.
   */
  place?: LogPlace;
  /** True when the attempt ended and this is all there is. */
  end: boolean;
}
