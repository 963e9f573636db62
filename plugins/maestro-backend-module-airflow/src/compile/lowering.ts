import type {
  AirflowPath,
  TaskDefinition,
} from '@maestro/plugin-maestro-common';
import { lowerBash, type NativeBash } from './lowerBash';
import { type AirflowPods, placeTask } from './inPod';
import { lowerPod, type NativePod } from './lowerPod';
import type { ExecutorConfig } from './podOverride';
import type { SerializedTask } from './serialized';

/** What the parse process says of a task that may do without Python. */
export type NativeFacts = NativePod | NativeBash | { python: string };

/** What the parse process says of how a task may run. */
export interface LoweringFacts {
  native?: NativeFacts;
  /** Absent where it says nothing. */
  executorConfig?: ExecutorConfig;
}

/** Which tasks do without Python, and where the others run. */
export interface LoweringOptions {
  /**
   * Why those of a KubernetesPodOperator do not, as a part of a sentence;
   * absent where they may.
   */
  podsInPython?: string;
  /** Why those of a BashOperator do not, likewise. */
  bashInPython?: string;
  /** Of those in Python; absent where they are processes of this machine. */
  pods?: AirflowPods;
  /** Of the Airflow that read the file. */
  airflowVersion?: string;
}

/** How a task runs, and the fields of its definition that say so. */
export interface Lowering {
  path: AirflowPath;
  /** Of one without Python, or whose Python runs in a pod. */
  task?: Partial<TaskDefinition>;
  /** In which its pod was to run. */
  namespace?: string;
  /** What is rendered before it is launched. */
  templates?: Record<string, unknown>;
  /** Variables whose values are not shown. */
  hides?: string[];
  /** It cannot be run as it is written. */
  problem?: string;
  /** What has no effect. */
  notes?: string[];
}

/**
 * Which way a task takes: a process of Airflow, here or in a pod, or what that
 * would start.
 */
export function loweringOf(
  task: SerializedTask,
  { native: facts, executorConfig }: LoweringFacts,
  { podsInPython, bashInPython, ...options }: LoweringOptions,
): Lowering {
  if (isEmpty(task)) return { path: { path: 'native' } };
  const python = (reason: string): Lowering => ({
    path: { path: 'python', reason },
    ...placeTask(task, executorConfig, options),
  });
  if (!facts) {
    return python(
      task._is_mapped
        ? 'it is mapped'
        : `${task._operator_name ?? task.task_type} is Python code`,
    );
  }
  if ('python' in facts) return python(facts.python);
  if ('bash' in facts) {
    if (bashInPython !== undefined) return python(bashInPython);
    // Without Python it would be a process of this machine.
    if (options.pods)
      return python('its command runs in the image of its source');
    const command = lowerBash(facts);
    if ('python' in command) return python(command.python);
    return {
      path: { path: 'native' },
      task: command,
      ...shownOf(facts.bash),
    };
  }
  if (podsInPython !== undefined) return python(podsInPython);
  const lowered = lowerPod(facts);
  if ('python' in lowered) return python(lowered.python);
  const { namespace } = facts;
  return {
    path: { path: 'native' },
    task: { executor: 'kubernetes', ...lowered },
    ...(namespace ? { namespace } : {}),
    ...shownOf(facts),
  };
}

function shownOf({
  templates = {},
  hides = [],
}: Pick<Lowering, 'templates' | 'hides'>): Pick<
  Lowering,
  'templates' | 'hides'
> {
  return {
    ...(Object.keys(templates).length > 0 ? { templates } : {}),
    ...(hides.length > 0 ? { hides } : {}),
  };
}

/** Airflow's rule for tasks that it sets to success without a worker. */
export function isEmpty(task: SerializedTask): boolean {
  return Boolean(
    task._is_empty &&
      !task._is_mapped &&
      !task.has_on_execute_callback &&
      !task.has_on_success_callback &&
      !task.outlets?.length &&
      !task.inlets?.length,
  );
}
