/**
 * What the parse process says of a DAG: the JSON of Airflow's own serializer
 * (version 3), as far as it is looked at, and what that leaves out. Fields that
 * have the serializer's default are absent.
 *
 * @packageDocumentation
 */
import type { LoweringFacts } from './lowering';

/** A value with its type beside it. */
export interface Encoded {
  __type: string;
  __var: Record<string, unknown>;
}

/** Durations are seconds, instants epoch seconds. */
export interface SerializedDag {
  dag_id: string;
  relative_fileloc: string;
  description?: string | null;
  doc_md?: string | null;
  dag_display_name?: string | null;
  timetable: Encoded;
  timezone?: string | number;
  start_date?: number | null;
  end_date?: number | null;
  catchup?: boolean;
  max_active_runs?: number;
  max_active_tasks?: number;
  dagrun_timeout?: number | null;
  tags?: string[];
  params?: [string, SerializedParam][];
  task_group: SerializedGroup;
  tasks: { __type: string; __var: SerializedTask }[];
  fail_fast?: boolean;
  max_consecutive_failed_dag_runs?: number;
  deadline?: unknown;
  has_on_success_callback?: boolean;
  has_on_failure_callback?: boolean;
}

export interface SerializedParam {
  /** Absent for a param without a default. */
  default?: unknown;
  description?: string | null;
  schema?: unknown;
}

export interface SerializedGroup {
  _group_id: string | null;
  group_display_name?: string;
  tooltip?: string;
  /** Only of a mapped group. */
  expand_input?: SerializedExpandInput;
  is_mapped?: boolean;
  children: Record<
    string,
    ['operator', string] | ['taskgroup', SerializedGroup]
  >;
}

export interface SerializedTask {
  task_id: string;
  task_type: string;
  _operator_name?: string;
  _task_display_name?: string;
  doc_md?: string | null;
  downstream_task_ids?: string[];
  trigger_rule?: string;
  retries?: number;
  retry_delay?: number;
  retry_exponential_backoff?: number | boolean;
  max_retry_delay?: number | null;
  execution_timeout?: number | null;
  pool?: string;
  pool_slots?: number;
  queue?: string;
  executor?: string;
  priority_weight?: number;
  weight_rule?: string;
  depends_on_past?: boolean;
  wait_for_downstream?: boolean;
  ignore_first_depends_on_past?: boolean;
  max_active_tis_per_dag?: number | null;
  max_active_tis_per_dagrun?: number | null;
  is_setup?: boolean;
  is_teardown?: boolean;
  on_failure_fail_dagrun?: boolean;
  outlets?: Encoded[];
  inlets?: Encoded[];
  start_date?: number;
  end_date?: number;
  has_retry_policy?: boolean;
  email?: unknown;
  /** An EmptyOperator, or of a class that is one. */
  _is_empty?: boolean;
  has_on_execute_callback?: boolean;
  has_on_success_callback?: boolean;
  /** Links of its operator: by name the key of the XCom that has the address. */
  _operator_extra_links?: Record<string, string>;
  /** Runs once for each item of a list. */
  _is_mapped?: boolean;
  /** Of a mapped one: the name of the field with what it is expanded over. */
  _expand_input_attr?: 'expand_input' | 'op_kwargs_expand_input';
  expand_input?: SerializedExpandInput;
  op_kwargs_expand_input?: SerializedExpandInput;
  /** Of a mapped one: its arguments that are the same for all. */
  partial_kwargs?: Record<string, unknown>;
}

/** One DAG as the parse process tells it. */
export interface DescribedDag {
  dag: SerializedDag;
  /** Owners of its tasks, separated by commas. */
  owner: string;
  pausedUponCreation: boolean;
  /** Line that makes it. */
  line: number | null;
  /** What the serializer leaves out of a task. */
  tasks: Record<
    string,
    LoweringFacts & {
      /** Where it is made: below the folder, from 1. */
      file?: string;
      line?: number;
      slaSeconds?: number;
      /** Its code can defer it. */
      defers?: boolean;
    }
  >;
}

/** What a task is expanded over; both are encoded. */
export interface SerializedExpandInput {
  type: 'dict-of-lists' | 'list-of-dicts' | string;
  value: unknown;
}
