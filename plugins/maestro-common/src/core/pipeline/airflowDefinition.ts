import type { KubernetesSettings } from '../kubernetes/kubernetesSettings';

/**
 * Name of the executor that runs tasks of Airflow, and nothing else.
 *
 * @public
 */
export const AIRFLOW_EXECUTOR = 'airflow';

/**
 * Where the DAG of Airflow is that a pipeline was read from. The file itself
 * is among the pinned sources of the version.
 *
 * @public
 */
export interface AirflowDagDefinition {
  dagId: string;
  /** Name of the DAG source, as in the configuration. */
  source: string;
  /** Path of the DAG file below the folder of the source. */
  file: string;
  /** Name of the Python environment that parses it and runs its tasks. */
  environment: string;
  /** `doc_md`, Markdown. */
  docs?: string;
  /** What its author should know: spellings of Airflow 2, settings without effect. */
  notes?: AirflowNote[];
}

/**
 * Something in a DAG file that works otherwise than it is written.
 *
 * @public
 */
export interface AirflowNote {
  /** Below the folder of the source; absent means the DAG file. */
  file?: string;
  /** From 1, where it is known. */
  line?: number;
  message: string;
}

/**
 * A task of a DAG of Airflow; of kind `run`, without a command.
 *
 * @public
 */
export interface AirflowTaskDefinition {
  /** Name of the operator's class, `PythonOperator`. */
  operator: string;
  /**
   * It does nothing, and is a success as soon as it is ready. Every other one
   * is run by the task SDK, in a fork of a process that has imported Airflow.
   */
  empty?: true;
  /** `doc_md`, Markdown. */
  docs?: string;
  /** Line that makes it, from 1. */
  line?: number;
  /** File with that line, where it is not the DAG file. */
  file?: string;
  /** Links of the operator: by name the key of the output with the address. */
  links?: Record<string, string>;
  /**
   * Of a mapped task: what it is expanded over. It has as many instances as the
   * product of the lengths; each finds its own part by its map index.
   */
  mapOver?: AirflowMapLength[];
  /**
   * It may defer itself, so its run needs schedulers that know triggers: others
   * would begin it again where it is to go on.
   */
  defers?: true;
  /**
   * In which its pod was to run; only of one that takes the native way, where
   * the executor says so.
   */
  namespace?: string;
  /**
   * Of one that takes the native way: arguments of the operator with templates
   * of Jinja, by name. Command and environment hold their texts, and the
   * executor `airflow` renders them before they are launched.
   */
  templates?: Record<string, unknown>;
  /**
   * Of one that takes the native way: variables of its environment whose values
   * Airflow shows to nobody, by their names (`DB_PASSWORD`).
   */
  hides?: string[];
}

/**
 * How the command of a BashOperator is run without Python: `bash -c TEXT` is
 * what the task has as its command, and `env=` as its environment.
 *
 * @public
 */
export interface BashDefinition {
  /** What the command finds in its environment beside `env=`. */
  env: 'inherit' | 'only';
  /** The last line that it prints is its output `return_value`. */
  handsOn?: true;
  /** `owner=`, which the command finds in its environment. */
  owner: string;
}

/**
 * Variable of a task with {@link BashDefinition} that holds `cwd=`, which the
 * command itself does not see.
 *
 * @public
 */
export const BASH_CWD = 'MAESTRO_BASH_CWD';

/**
 * Of a task of Airflow whose process has a pod of its own, with an image of the
 * team: an attempt of the executor that the task names, with its image,
 * resources and settings of pods.
 *
 * @public
 */
export interface AirflowPodDefinition {
  /** The interpreter of the image that has Airflow, a name or a path. */
  python: string;
  /**
   * Folder of the image with the DAG files, absolute. Without it the sources of
   * the version come to the pod.
   */
  dagsInImage?: string;
  /** Of the Airflow that read the DAG file: the image is to have the same. */
  airflowVersion?: string;
  /**
   * Fields of the task's `kubernetes` that are as the configuration says, sorted:
   * its source, or the queue that the task names. `maestro.policy` need not grant
   * them. Only what compiles the DAG sets it, never what its file says. Absent:
   * none is.
   */
  configured?: (keyof KubernetesSettings)[];
}

/**
 * Which way a task of Airflow takes.
 *
 * - `python`: a process with Airflow in it, on the host of the scheduler or in
 *   a pod ({@link AirflowPodDefinition})
 * - `native`: what that would only start and watch, or nothing for one that
 *   does nothing; its result is that of the command
 *
 * @public
 */
export interface AirflowPath {
  path: 'native' | 'python';
  /** Why it needs Python, as a part of a sentence. */
  reason?: string;
}

/**
 * The length of a list that a task of Airflow is expanded over.
 *
 * - `length`: as it was written
 * - `task`, `key`: what another task hands on, or each instance of it
 * - `zip`: that of the shortest, or of the longest
 * - `concat`: of all together
 *
 * @public
 */
export type AirflowMapLength =
  | { length: number }
  | { task: string; key: string }
  | { zip: AirflowMapLength[]; longest: boolean }
  | { concat: AirflowMapLength[] };
