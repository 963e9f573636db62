import {
  kubernetesProblem,
  type KubernetesSettings,
  type TaskDefinition,
} from '@maestro/plugin-maestro-common';
import { asJinjaLeavesIt } from './asJinjaLeavesIt';
import { type Fields, loweredOr, only, textOf, Unfit } from './podFields';
import {
  expand,
  lowerEnv,
  lowerResources,
  lowerSecurity,
  lowerVolumes,
  splitPod,
} from './podParts';
import { withoutUndefined } from './withoutUndefined';

/** What a KubernetesPodOperator would start, as the parse process tells it. */
export interface NativePod {
  /** JSON of a V1Pod of Kubernetes. */
  pod: Record<string, unknown>;
  /** As it was asked for. */
  namespace?: string | null;
  /** Name of the container that is the task. */
  container: string;
  /** Seconds in which it must run. */
  startSeconds: number;
  /** Exit codes with which it skips itself. */
  skipExitCodes: number[];
  /** What of its command is rendered when it runs, by argument. */
  templates?: Record<string, unknown>;
  /** Variables whose values Airflow shows to nobody, by their names. */
  hides?: string[];
}

/** The fields of a task that make Maestro start the same pod. */
export type LoweredPod = Pick<
  TaskDefinition,
  'image' | 'command' | 'env' | 'resources' | 'kubernetes' | 'skipExitCodes'
>;

/**
 * A pod of Airflow as a task of the executor `kubernetes`. Pure. Whatever of it
 * is not known here leaves the task to Python: it would be another pod.
 *
 * @returns why it cannot be, as a part of a sentence
 */
export function lowerPod(facts: NativePod): LoweredPod | { python: string } {
  const result = loweredOr(facts.pod, () => lower(facts));
  if ('unfit' in result) return { python: result.unfit };
  const problem = kubernetesProblem(result.lowered.kubernetes ?? {});
  return problem ? { python: problem.message } : result.lowered;
}

function lower({ pod, ...facts }: NativePod): LoweredPod {
  const { settings, containers, volumes, securityContext, restartPolicy } =
    splitPod(pod);
  if (restartPolicy !== 'Never') throw new Unfit('its pod is restarted');
  const [container, ...others] = containers;
  if (others.length > 0 || container?.name !== facts.container) {
    throw new Unfit('its pod has other containers beside that of the task');
  }
  const isRendered = Object.keys(facts.templates ?? {}).length > 0;
  const task = lowerContainer(container, isRendered);
  const kubernetes: KubernetesSettings = withoutUndefined({
    workDir: 'image' as const,
    pullPolicy: task.pullPolicy,
    ...settings,
    volumes: lowerVolumes(volumes, task.mounts),
    securityContext: lowerSecurity(securityContext, task.security),
    startTimeoutMs: facts.startSeconds * 1000,
  });
  return withoutUndefined({
    image: task.image,
    command: task.command,
    env: task.env,
    resources: task.resources,
    kubernetes,
    skipExitCodes: facts.skipExitCodes,
  });
}

function lowerContainer(container: Fields, isRendered: boolean) {
  const {
    image,
    command,
    args = [],
    env,
    resources,
    imagePullPolicy,
    volumeMounts,
    securityContext,
    terminationMessagePolicy = 'File',
  } = only(container, 'container', [
    'name',
    'image',
    'command',
    'args',
    'env',
    'resources',
    'imagePullPolicy',
    'volumeMounts',
    'securityContext',
    'terminationMessagePolicy',
    'ports',
  ]);
  if (typeof image !== 'string') throw new Unfit('it names no image');
  if (command === undefined) {
    throw new Unfit(
      'cmds= is missing: what the image starts by itself is not known beforehand',
    );
  }
  if (terminationMessagePolicy !== 'File') {
    throw new Unfit(
      `termination_message_policy= is ${terminationMessagePolicy}`,
    );
  }
  const finished = isRendered ? (text: string) => text : asJinjaLeavesIt;
  const variables = lowerEnv(env, 'env_vars=', finished);
  return {
    image,
    command: [...textsOf('cmds=', command), ...textsOf('arguments=', args)].map(
      text => expand(finished(text), variables),
    ),
    env: Object.keys(variables).length > 0 ? variables : undefined,
    resources: lowerResources(resources),
    pullPolicy: imagePullPolicy as KubernetesSettings['pullPolicy'],
    mounts: volumeMounts,
    security: securityContext,
  };
}

function textsOf(argument: string, list: unknown): string[] {
  if (!Array.isArray(list)) throw new Unfit(`${argument} is no list`);
  return list.map(each => textOf(argument, each));
}
