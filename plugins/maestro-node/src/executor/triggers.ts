/**
 * A trigger of Airflow that a deferred task waits for.
 *
 * @public
 */
export interface TriggerToRun {
  /** Of the deferral; a trigger that is started again has the same. */
  id: string;
  /** Name of the Python environment. */
  environment: string;
  /** Of its class. */
  classpath: string;
  /** Arguments of its class, as the task SDK serializes them. */
  kwargs: Record<string, unknown>;
  /** Base address of the task execution interface, and the token for it. */
  api: { url: string; token: string };
  /** The task instance that waits. */
  task: {
    attemptId: string;
    dagId: string;
    taskId: string;
    runKey: string;
    tryNumber: number;
    mapIndex: number;
  };
}

/**
 * What became of a trigger, once.
 *
 * @public
 */
export type TriggerOutcome =
  /** `payload` is serialized as the task SDK does. */
  | { is: 'event'; payload: unknown }
  /** It says how the task ended. */
  | {
      is: 'ended';
      state: 'success' | 'failed' | 'skipped';
      xcoms: Record<string, unknown>;
    }
  /** `traceback` are lines for the log of the task. */
  | { is: 'failed'; traceback: string[] };

/**
 * Who is told of the triggers of a {@link TriggerHost}.
 *
 * @public
 */
export interface TriggerListener {
  onOutcome(id: string, outcome: TriggerOutcome): void;
  /** A line of its log, JSON without its end. */
  onLog(id: string, line: string): void;
  /**
   * The process that runs triggers of an environment ended, or cannot be
   * started; `undefined` when it runs again. It is started again by itself.
   */
  onTrouble(environment: string, message: string | undefined): void;
}

/**
 * Runs triggers: an event loop beside the backend, which ends with it. What is
 * to run is given to it again by the next one.
 *
 * @public
 */
export interface TriggerHost {
  /** How many it takes. */
  readonly capacity: number;
  /** Ids of its processes, by Python environment, for tests and people. */
  pids?(): Record<string, number | undefined>;

  connect(listener: TriggerListener): void;
  /** Whether it has this Python environment. */
  has(environment: string): boolean;
  /** Starts one; one that runs goes on. */
  start(trigger: TriggerToRun): void;
  /**
   * Ends one. With `killed` somebody has ended its task: `on_kill` of the
   * trigger is called.
   */
  stop(id: string, options: { killed: boolean }): void;
}
