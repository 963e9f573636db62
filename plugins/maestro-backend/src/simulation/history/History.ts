import type {
  BackfillOnly,
  PipelineSpec,
  Policy,
} from '@maestro/plugin-maestro-common';
import type { TimetablePlan } from './timetables';

/**
 * Everything that a simulation does, as data: the same history is the same
 * simulation, so that one that fails can be cut down, stored and replayed.
 *
 * Durations are milliseconds of virtual time.
 */
export interface History {
  /** Of what is still drawn while it runs: the order of what happens at once. */
  seed: number;
  /** Hosts with one scheduler process each. */
  hosts: number;
  executors: ExecutorPlan[];
  pools: Array<{ name: string; slots: number }>;
  /** Tasks at the same time of the one owner of all pipelines. */
  ownerSlots?: number;
  /** What pipelines may use; absent means everything. */
  policy?: Policy;
  pipelines: PipelinePlan[];
  commands: Command[];
  faults: Fault[];
  /** After this nothing goes wrong any more, and everything must come to an end. */
  horizonMs: number;
}

/** An executor: one for all hosts, or one that each host has. */
export interface ExecutorPlan {
  name: string;
  scope: 'shared' | 'host';
  maxParallel: number;
  /**
   * Its tasks wait for a node before they run, at most so long, and what there
   * is no room for at all is refused for later. Without it they run at once.
   */
  startTimeoutMs?: number;
}

/** A pipeline and what its tasks really do. */
export interface PipelinePlan {
  name: string;
  spec: Pick<
    PipelineSpec,
    | 'tasks'
    | 'groups'
    | 'finally'
    | 'schedule'
    | 'sla'
    | 'overlap'
    | 'timeout'
    | 'maxActiveRuns'
    | 'maxActiveTasks'
    | 'defaults'
    | 'params'
  >;
  /** Of its schedules, where a DAG has more than a pipeline can say. */
  timetable?: TimetablePlan;
  /** By task; each list by try, the last one for all later tries. */
  acts: Record<string, TaskAct[]>;
}

/** What a task does when it runs. */
export interface TaskAct {
  /** How long it waits for a node, where tasks do. */
  startsAfterMs?: number;
  /** How long it runs. */
  ms: number;
  ends:
    | 'success'
    | 'failed'
    | 'skipped'
    | 'oom'
    | 'evicted'
    | 'bad_outputs'
    | 'hangs';
  outputs?: Record<string, unknown>;
  /** Does not end on TERM, only on KILL. */
  ignoresTerm?: boolean;
  /** What it waits for without a process, one after the other, before it ends so. */
  defers?: DeferralPlan[];
}

/** A trigger that a task defers itself to, and what becomes of it. */
export interface DeferralPlan {
  /** From its start, on whatever host; one that is taken over begins anew. */
  afterMs: number;
  /** Nothing comes of it at all: only its time ends it. */
  fires: 'event' | 'failed' | 'success' | 'skipped' | 'gives_up' | 'never';
  timeoutMs?: number;
  /** It says so twice. */
  twice?: boolean;
  /** It says so also when it was told to stop. */
  isDeaf?: boolean;
}

/** What people and programs do. */
export type Command = {
  /** From the beginning of the simulation. */
  at: number;
  /** Which host answers the request. */
  host: number;
} & (
  | {
      do: 'trigger';
      pipeline: string;
      runKey?: string;
      params?: { x: number; list?: number[] };
      partitionKey?: string;
      noCache?: boolean;
      sla?: boolean;
    }
  | { do: 'cancel'; run: number; force?: boolean }
  | {
      do: 'clear';
      run: number;
      task?: number;
      /** Instead of a task, when the pipeline has groups. */
      group?: boolean;
      /** An instance of the first mapped task, if there is one. */
      index?: number;
      downstream: boolean;
      onlyFailed: boolean;
      fromFailed?: boolean;
      /** Also in later or earlier runs. */
      future?: boolean;
      past?: boolean;
    }
  | {
      do: 'mark';
      run: number;
      tasks: number[];
      /** An instance of the first mapped task, if there is one. */
      index?: number;
      state: 'success' | 'failed' | 'skipped';
    }
  | { do: 'pause' | 'unpause'; pipeline: string }
  | { do: 'note'; run: number }
  | { do: 'emit'; asset: string; eventKey?: string; partitionKey?: string }
  | { do: 'register'; pipeline: string; spec: PipelinePlan['spec'] }
  | { do: 'resize_pool'; pool: string; slots: number }
  | {
      do: 'backfill';
      pipeline: string;
      schedule?: string;
      /** From the beginning of the simulation; the past has its due times too. */
      fromMs: number;
      toMs: number;
      only: BackfillOnly;
      order: 'oldest' | 'newest';
      maxActive: number;
    }
  | {
      do: 'backfill_state';
      backfill: number;
      state: 'running' | 'paused' | 'cancelled';
    }
  | {
      do: 'decide';
      /** Of what waits for a decision at that time. */
      wait: number;
      decision: 'approve' | 'reject';
      /** Two people at the same time. */
      twice: boolean;
    }
  | { do: 'restart' }
);

/** What goes wrong. See {@link FAULT_KINDS}. */
export interface Fault {
  kind: FaultKind;
  /** From this operation on it hits the first one that it can hit. */
  at: number;
  /** How long it lasts, or how far a clock jumps. */
  ms?: number;
}

/** Kinds of faults, and the operations that each can hit. */
export const FAULT_KINDS = {
  /** The process dies before the operation; it comes back after `ms`. */
  crash: 'any',
  /** The operation is done, and the process dies without knowing. */
  crash_after: 'any',
  /** Its server notices only `ms` later that the process is gone. */
  crash_silent: 'statement',
  /** The process stands still for `ms` and wakes as if nothing had been. */
  sleep: 'any',
  /** As above, with a launch that the process is just sending. */
  sleep_at_launch: 'launch',
  statement_fails: 'statement',
  commit_fails: 'commit',
  /** It is committed, but the answer is lost. */
  commit_unknown: 'commit',
  serialization: 'statement',
  /** No statement of anybody works for `ms`. */
  database_away: 'statement',
  /** The statement takes `ms`. */
  statement_slow: 'statement',
  launch_lost: 'launch',
  launch_unanswered: 'launch',
  launch_refused: 'launch',
  /** There is no room for anything new for `ms`. */
  launch_full: 'launch',
  /** The request is on its way for `ms`. */
  launch_slow: 'launch',
  cancel_lost: 'cancel',
  list_fails: 'list',
  list_slow: 'list',
  start_fails: 'start',
  forget_fails: 'forget',
  observation_lost: 'observation',
  observation_doubled: 'observation',
  observation_late: 'observation',
  database_clock_jumps: 'any',
  process_clock_jumps: 'any',
  /** What runs vanishes without a trace, as with the node of a pod. */
  task_vanishes: 'any',
  /** Host, process and everything that runs on it are gone for good. */
  host_lost: 'any',
} as const satisfies Record<string, OperationKind | 'any'>;

/** See {@link FAULT_KINDS}. */
export type FaultKind = keyof typeof FAULT_KINDS;

/** What waits for its turn in a simulation. */
export type OperationKind =
  | 'statement'
  | 'commit'
  | 'start'
  | 'launch'
  | 'cancel'
  | 'list'
  | 'forget'
  | 'observation'
  | 'trigger';
