/**
 * What the HTTP API needs from the rest of the backend. The router knows only
 * these interfaces; the engine, the stores and the log reader implement them.
 *
 * `actor` is who asked: the entity reference of a user, or `service:<subject>`.
 *
 * @packageDocumentation
 */
import type { Readable } from 'node:stream';
import type {
  ApiProblem,
  BackfillOnly,
  BackfillPreviewAnswer,
  ClearedRun,
  ClearedTask,
  Connection,
  ConnectionTest,
  ConnectionWrite,
  EngineStatus,
  HistoryExtent,
  LogPage,
  MarkRequest,
  MarkResult,
  Pool,
  PoolWrite,
  RefreshResult,
  Variable,
  VariableWrite,
  Webhook,
  WebhookSecret,
} from '@maestro/plugin-maestro-common';

/** A run that somebody wants. */
export interface TriggerRunInput {
  /** Name of the pipeline. */
  pipeline: string;
  trigger: 'manual' | 'api';
  /** Before defaults; checked against the JSON Schema of the pipeline. */
  params: Record<string, unknown>;
  /** The same key again gives the same run. Default: one of its own. */
  runKey?: string;
  /** Epoch ms. */
  logicalDate?: number;
  /** Key of the partition that the run is about. */
  partitionKey?: string;
  note?: string;
  /** No task is given the result of an earlier run. */
  noCache?: boolean;
  /** Holds the run to the deadline of its pipeline, from its creation. */
  sla?: boolean;
  actor: string;
}

/** Which tasks of a run are cleared. */
export interface ClearTasksInput {
  /** Without these and groups: all. */
  taskIds?: string[];
  /** Only these instances of the one mapped task that is named. */
  mapIndices?: number[];
  groupIds?: string[];
  downstream: boolean;
  upstream: boolean;
  onlyFailed: boolean;
  /** What failed and all below it, instead of all that stands above. */
  fromFailed?: boolean;
  /** Changes nothing, answers what would be cleared. */
  dryRun: boolean;
}

/**
 * Everything that people do to runs. Each method returns after the commit.
 *
 * An `InputError` may carry `problems` (`ApiProblem[]`), which the API hands
 * on.
 */
export interface RunControl {
  /**
   * @throws NotFoundError unknown pipeline
   * @throws ConflictError the pipeline is removed or was never valid
   * @throws InputError params that the schema refuses, with `problems`; `sla`
   * where the pipeline has none
   */
  triggerRun(
    input: TriggerRunInput,
  ): Promise<{ runId: string; created: boolean }>;
  /**
   * Ends every task but what cleans up; with `force` that too. A run that ended
   * already stays as it is.
   */
  cancelRun(
    runId: string,
    actor: string,
    options?: { force?: boolean },
  ): Promise<void>;
  /** @returns the instances that are or would be cleared, with their state before */
  clearTasks(
    runId: string,
    input: ClearTasksInput,
    actor: string,
  ): Promise<ClearedTask[]>;
  /**
   * Also in other runs of the pipeline: of later logical dates (`future`), of
   * earlier ones (`past`).
   * @throws InputError for more than a thousand runs, or with `mapIndices`
   */
  clearRange(
    runId: string,
    input: ClearTasksInput & { future: boolean; past: boolean },
    actor: string,
  ): Promise<{ tasks: ClearedTask[]; others: ClearedRun[] }>;
  /** @returns what is or would be touched, with the states before */
  markTasks(
    runId: string,
    input: MarkRequest & { dryRun: boolean },
    actor: string,
  ): Promise<Omit<MarkResult, 'dryRun'>>;
  /**
   * @param of - `mapIndex`: of a mapped task, which of its instances asks
   * @throws ConflictError when it was decided or asks something else than at
   * `since`, NotAllowedError for somebody who is no approver, InputError with
   * `problems` for a wrong input
   */
  decideApproval(
    of: { runId: string; taskId: string; mapIndex?: number },
    decision: {
      decision: 'approve' | 'reject';
      input: Record<string, unknown>;
      since?: number;
    },
    decider: { actor: string; ownership: readonly string[] },
  ): Promise<void>;
  /** Idempotent. */
  setPaused(pipeline: string, paused: boolean, actor: string): Promise<void>;
  /** An empty note removes it. */
  setRunNote(runId: string, note: string, actor: string): Promise<void>;
}

/** A range of due times to run, defaults applied. */
export interface BackfillInput {
  pipeline: string;
  /** Epoch ms, both included. */
  from: number;
  to: number;
  /** Needed only where the pipeline has several. */
  schedule?: string;
  params: Record<string, unknown>;
  maxActive: number;
  order: 'oldest' | 'newest';
  only: BackfillOnly;
}

/** Everything that people do to backfills; the last three are idempotent. */
export interface BackfillControl {
  /** Changes nothing; throws as `create`; without params these are not checked. */
  preview(
    input: Omit<BackfillInput, 'params'> &
      Partial<Pick<BackfillInput, 'params'>>,
  ): Promise<BackfillPreviewAnswer>;
  /**
   * @returns its id
   * @throws NotFoundError unknown pipeline or schedule
   * @throws ConflictError nothing to run, or the pipeline is removed
   * @throws InputError a range without due times, or params refused
   */
  create(input: BackfillInput, actor: string): Promise<string>;
  /** @throws NotFoundError; ConflictError when it is over */
  pause(backfillId: string, actor: string): Promise<void>;
  /** @throws NotFoundError; ConflictError when it is over */
  unpause(backfillId: string, actor: string): Promise<void>;
  /** @throws NotFoundError; ConflictError when it is done */
  cancel(backfillId: string, actor: string): Promise<void>;
}

/** Deleting by hand what happened; there is no way back. */
export interface HistoryControl {
  /** @throws NotFoundError; ConflictError while it is not over */
  deleteRun(runId: string): Promise<void>;
  /** @throws NotFoundError */
  deleteHistory(of: {
    pipeline: string;
    before?: number;
    dryRun: boolean;
  }): Promise<HistoryExtent>;
}

/** Results that later runs may reuse. */
export interface StepCacheControl {
  /**
   * @returns how many were forgotten
   * @throws NotFoundError
   */
  clear(of: { pipeline: string; taskId?: string }): Promise<number>;
}

/** What the engine knows about itself; counts come from the database. */
export interface EngineStatusSource {
  status(): Promise<
    Pick<
      EngineStatus,
      'ok' | 'message' | 'executors' | 'defaultExecutor' | 'schedulers'
    >
  >;
}

/** Reads the catalog now. */
export interface PipelineRefresher {
  refresh(): Promise<RefreshResult>;
}

/** Connections without their secrets. */
export interface ConnectionsService {
  /** By id. */
  list(): Promise<Connection[]>;
  /** @throws NotFoundError */
  get(connId: string): Promise<Connection>;
  /** @throws ConflictError when the id exists */
  create(connection: ConnectionWrite, actor: string): Promise<Connection>;
  /**
   * Replaces all but secrets: an absent one stays, an empty one is removed.
   * @throws NotFoundError
   * @throws InputError when `write.connId` is another one
   */
  update(
    connId: string,
    write: ConnectionWrite,
    actor: string,
  ): Promise<Connection>;
  /** @throws NotFoundError */
  delete(connId: string): Promise<void>;
  /** Tries it and keeps the result. */
  test(connId: string): Promise<ConnectionTest>;
}

/** Variables; secret ones without their value. */
export interface VariablesService {
  /** By key. */
  list(): Promise<Variable[]>;
  /** @throws NotFoundError */
  get(key: string): Promise<Variable>;
  /** Makes or replaces; without `secret` it stays what it is. */
  set(key: string, variable: VariableWrite, actor: string): Promise<Variable>;
  /** @throws NotFoundError */
  delete(key: string): Promise<void>;
}

/** Pools: how many slots they have, and who has them. */
export interface PoolsService {
  /** By name. */
  list(): Promise<Pool[]>;
  /** Makes or changes; without `description` it stays what it is. */
  set(name: string, write: PoolWrite): Promise<Pool>;
  /**
   * @throws NotFoundError
   * @throws ConflictError while tasks name it, unless forced
   */
  delete(name: string, options?: { force?: boolean }): Promise<void>;
}

/** Events of assets from outside of runs. */
export interface AssetControl {
  /** @throws InputError; NotFoundError for an asset that no pipeline names */
  emit(request: {
    asset: string;
    extra?: unknown;
    eventKey?: string;
    actor: string;
  }): Promise<{ id: number; created: boolean }>;
}

/** Webhooks of pipelines and their secrets. */
export interface WebhookControl {
  /** @throws NotFoundError */
  list(pipeline: string): Promise<Webhook[]>;
  /** @throws NotFoundError */
  rotate(
    pipeline: string,
    webhookId: string,
    actor: string,
  ): Promise<WebhookSecret>;
}

/** Masked logs, wherever they stand; `LogReader` of `src/logs`. */
export interface LogSource {
  /**
   * A piece; a negative offset counts from the end. `end`: no more will come.
   * @throws NotFoundError
   */
  read(
    attemptId: string,
    range: { offset?: number; limit?: number },
  ): Promise<{ end: boolean }>;
  /**
   * A piece as text of whole UTF-8 characters.
   * @throws NotFoundError
   */
  readPage(
    attemptId: string,
    range: { offset?: number; limit?: number },
  ): Promise<LogPage>;
  /**
   * The stored bytes from `offset` to what there is now.
   * @throws NotFoundError
   */
  stream(attemptId: string, offset?: number): Promise<Readable>;
}

/** Bytes of reports; `ArtifactStore` of `src/artifacts`. */
export interface ArtifactSource {
  /** @throws NotFoundError when the bytes are gone */
  open(location: string): Promise<{ size: number; stream: Readable }>;
}

/** An error that says place by place what is wrong with a request. */
export interface ErrorWithProblems extends Error {
  problems: readonly ApiProblem[];
}
