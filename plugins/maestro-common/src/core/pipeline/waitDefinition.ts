/**
 * Tasks that wait for something outside: as they stand in a version. Texts
 * may hold `${{ }}` templates; expressions are CEL. Durations in milliseconds.
 *
 * @packageDocumentation
 */

/**
 * What a task of kind `wait` waits for: exactly one of `forMs`, `until`,
 * `http`, `object`, `s3`, `run` and `asset`.
 *
 * @public
 */
export interface WaitDefinition {
  /** Time from when the task is ready. */
  forMs?: number;
  /** ISO 8601 instant. */
  until?: string;
  http?: HttpConditionDefinition;
  /** A file that exists. */
  object?: { path: string };
  /** An object of S3 that exists. */
  s3?: S3ObjectDefinition;
  run?: OtherRunDefinition;
  asset?: AwaitedAssetDefinition;
  /** Between two looks; absent for times. */
  everyMs?: number;
}

/** An object of S3 that is waited for. @public */
export interface S3ObjectDefinition {
  /** `s3://bucket/key`. */
  path: string;
  /** Of type `aws`: gives keys, region and address. */
  connection: string;
}

/** An event of an asset that is waited for. @public */
export interface AwaitedAssetDefinition {
  name: string;
  /**
   * The oldest event that will do. `run`: one since the run was due, or made
   * where nothing was due; `ready`: one since the task was ready.
   */
  since?: 'run' | 'ready';
  /** Instead of `since`: not longer before the task was ready than that. */
  withinMs?: number;
}

/** A request that Maestro itself sends. @public */
export interface HttpRequestDefinition {
  /** Default GET. */
  method: HttpMethod;
  /** Absolute, or a path on the host of the connection. */
  url: string;
  headers?: Record<string, string>;
  /** A text, or a JSON value. */
  body?: unknown;
  /** Gives host and credentials. */
  connection?: string;
}

/** @public */
export const HTTP_METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
] as const;

/** @public */
export type HttpMethod = (typeof HTTP_METHODS)[number];

/** An answer that is waited for. @public */
export interface HttpConditionDefinition extends HttpRequestDefinition {
  /** Statuses that are an answer at all. Default 200. */
  status: number[];
  /** CEL over `response`; absent means that the status is enough. */
  until?: string;
}

/** A run of another pipeline that is waited for. @public */
export interface OtherRunDefinition {
  pipeline: string;
  /** How it ended; `finished` takes either. */
  state: 'success' | 'failed' | 'finished';
  /** One that ended not longer ago than that, when this task was ready. */
  withinMs?: number;
  /** Without `withinMs`: a run with the logical date of this one. */
  sameLogicalDate?: boolean;
}

/** One HTTP request whose answer decides. @public */
export interface HttpCallDefinition extends HttpRequestDefinition {
  /** CEL over `response`; false fails the try. */
  expect: string;
  /** CEL over `response` by output key. */
  outputs?: Record<string, string>;
}

/** A question to people. @public */
export interface ApprovalDefinition {
  message: string;
  /** JSON Schema (`type: object`) of what the decider fills in. */
  input?: Record<string, unknown>;
  /** Entity references of users and groups; empty means everybody who may. */
  approvers: string[];
  timeoutMs?: number;
  onTimeout: 'fail' | 'skip';
}

/** A run of another pipeline that is started. @public */
export interface SubRunDefinition {
  name: string;
  /** Values may hold templates, at any depth. */
  params?: Record<string, unknown>;
  /** False: the task is done when the run is there. */
  wait: boolean;
}

/** Sub-runs inside sub-runs, at most. @public */
export const MAX_SUB_RUN_DEPTH = 10;
