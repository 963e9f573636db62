import { isDeepStrictEqual } from 'node:util';
import {
  type AirflowPodDefinition,
  kubernetesProblem,
  type KubernetesSettings,
  type PodSettings,
  type TaskDefinition,
} from '@maestro/plugin-maestro-common';
import {
  type ExecutorConfig,
  type LoweredOverride,
  lowerOverride,
  overlay,
} from './podOverride';
import type { SerializedTask } from './serialized';
import { withoutUndefined } from './withoutUndefined';

/**
 * That tasks of a source which are Python run as pods, and as which.
 *
 * @public
 */
export interface AirflowPods {
  pod: AirflowPodDefinition;
  settings: PodSettings;
  /** What differs by `queue=` of a task. */
  queues: ReadonlyMap<string, PodSettings>;
}

/** How a task in Python runs, and what of its pod cannot be. */
export interface PlacedTask {
  task?: Partial<TaskDefinition>;
  /** In which its pod was to run. */
  namespace?: string;
  /** It cannot be run as it is written. */
  problem?: string;
  /** What has no effect. */
  notes: string[];
}

/** Airflow's own name of the queue of tasks that name none. */
const DEFAULT_QUEUE = 'default';

/**
 * Where a task in Python runs: as a process, or in a pod of the team's image.
 * What the narrower says counts: `pod_override` before the queue of the task,
 * that before its source. Pure.
 */
export function placeTask(
  task: SerializedTask,
  config: ExecutorConfig | undefined,
  {
    pods,
    airflowVersion,
  }: { pods?: AirflowPods; airflowVersion?: string } = {},
): PlacedTask {
  const id = task.task_id;
  const queue = task.queue === DEFAULT_QUEUE ? undefined : task.queue;
  const notes: string[] = [];
  if (!pods) {
    const reason =
      'its process runs on the machine of the scheduler, unless its source has executor: kubernetes';
    if (queue !== undefined) {
      notes.push(`queue="${queue}" of task "${id}" has no effect: ${reason}`);
    }
    if (config) {
      notes.push(`executor_config= of task "${id}" has no effect: ${reason}`);
    }
    return { notes };
  }
  let { settings } = pods;
  if (queue !== undefined) {
    const own = pods.queues.get(queue);
    if (own) settings = overlay(settings, own);
    else {
      notes.push(
        `queue="${queue}" of task "${id}" has no effect: its source in maestro.airflow has ${
          pods.queues.size === 0
            ? 'no queues'
            : `the queues ${[...pods.queues.keys()].join(', ')}`
        }`,
      );
    }
  }
  const override: LoweredOverride | { unfit: string } = config
    ? lowerOverride(config)
    : {};
  const unfit = (why: string): PlacedTask => ({
    notes,
    problem: `task "${id}" cannot have the pod of executor_config=: ${why}`,
  });
  if ('unfit' in override) return unfit(override.unfit);
  const { env, namespace, ...narrow } = override;
  const whole = overlay(settings, narrow);
  // Each was judged alone: together they may mount two volumes at one place.
  const problem = kubernetesProblem(whole.kubernetes ?? {});
  if (problem) return unfit(problem.message);
  return {
    notes,
    task: withoutUndefined({
      executor: 'kubernetes',
      airflowPod: withoutUndefined({
        ...pods.pod,
        airflowVersion,
        configured: configuredFields(settings, whole),
      }),
      env,
      ...whole,
    }),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/**
 * The fields that `pod_override` has left as source and queue say. One that it
 * only adds to is not among them: its value is nobody's in the configuration.
 */
function configuredFields(
  { kubernetes: configured = {} }: PodSettings,
  { kubernetes: whole = {} }: PodSettings,
): (keyof KubernetesSettings)[] | undefined {
  const fields = (Object.keys(whole) as (keyof KubernetesSettings)[])
    .filter(field => isDeepStrictEqual(whole[field], configured[field]))
    .sort();
  return fields.length > 0 ? fields : undefined;
}
