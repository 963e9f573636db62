import {
  type KubernetesSettings,
  type PodSettings,
  readPodSettings,
  type TaskDefinition,
} from '@maestro/plugin-maestro-common';
import { type Fields, loweredOr, only, Unfit } from './podFields';
import {
  lowerEnv,
  lowerResources,
  lowerSecurity,
  lowerVolumes,
  splitPod,
} from './podParts';
import { withoutUndefined } from './withoutUndefined';

/** What the parse process says of `executor_config=` of a task. */
export type ExecutorConfig =
  /** `pod_override`, JSON of a V1Pod of Kubernetes. */
  | { pod: Record<string, unknown> }
  /** What is no pod_override, as a part of a sentence. */
  | { unfit: string };

/** What it changes of the pod of a task. */
export interface LoweredOverride extends PodSettings {
  env?: TaskDefinition['env'];
  /** In which the pod was to run. */
  namespace?: string;
}

/**
 * `pod_override` as fields of a task. Pure.
 *
 * @returns `unfit`: what Maestro's pods cannot have, as a part of a sentence: a
 * pod without it would be another one
 */
export function lowerOverride(
  config: ExecutorConfig,
): LoweredOverride | { unfit: string } {
  if ('unfit' in config) return config;
  const result = loweredOr(config.pod, () => lower(config.pod));
  if ('unfit' in result) return result;
  const problem = problemOf(result.lowered);
  return problem === undefined ? result.lowered : { unfit: problem };
}

/** What is wrong with it by the rules for pods of pipelines. */
function problemOf({
  image,
  resources,
  kubernetes,
}: LoweredOverride): string | undefined {
  const volumes = kubernetes?.volumes?.map(volume =>
    // A pipeline has to say a limit; an empty folder of Kubernetes has none.
    volume.empty === '' ? { ...volume, empty: '1Gi' } : volume,
  );
  const read = readPodSettings(
    withoutUndefined({
      image,
      resources,
      kubernetes: kubernetes && withoutUndefined({ ...kubernetes, volumes }),
    }),
  );
  return 'problem' in read ? read.problem : undefined;
}

function lower(pod: Fields): LoweredOverride {
  const split = splitPod(pod);
  const { settings, namespace, containers, volumes, restartPolicy } = split;
  if (restartPolicy !== undefined && restartPolicy !== 'Never') {
    throw new Unfit(
      `its pod has restartPolicy ${restartPolicy}, and an attempt runs once`,
    );
  }
  const [container, ...others] = containers;
  if (others.length > 0) {
    throw new Unfit('its pod has other containers beside that of the task');
  }
  // Whatever it is called: there is no other one that it could mean.
  const { image, env, resources, imagePullPolicy, volumeMounts, ...more } =
    only(container, 'container', [
      'name',
      'image',
      'env',
      'resources',
      'imagePullPolicy',
      'volumeMounts',
      'securityContext',
      'ports',
    ]);
  const variables = lowerEnv(env, 'env of its container');
  const kubernetes: KubernetesSettings = withoutUndefined({
    pullPolicy: imagePullPolicy as KubernetesSettings['pullPolicy'],
    ...settings,
    volumes: lowerVolumes(volumes, volumeMounts),
    securityContext: lowerSecurity(split.securityContext, more.securityContext),
  });
  return withoutUndefined({
    image: image as string | undefined,
    resources: lowerResources(resources),
    env: Object.keys(variables).length > 0 ? variables : undefined,
    kubernetes: Object.keys(kubernetes).length > 0 ? kubernetes : undefined,
    namespace,
  });
}

/**
 * What is said of a pod twice, the narrower behind the wider, as Airflow puts
 * pods together: labels and annotations by name, user and groups, and what else a
 * pod's spec has, field by field, volumes beside each other. What else there is
 * counts as a whole where the narrower says it.
 */
export function overlay(wide: PodSettings, narrow: PodSettings): PodSettings {
  const { kubernetes: below = {} } = wide;
  const { kubernetes: above = {} } = narrow;
  const kubernetes: KubernetesSettings = withoutUndefined({
    ...below,
    ...above,
    labels: both(below.labels, above.labels),
    annotations: both(below.annotations, above.annotations),
    securityContext: both(below.securityContext, above.securityContext),
    podSpec: both(below.podSpec, above.podSpec),
    volumes:
      below.volumes && above.volumes
        ? [...below.volumes, ...above.volumes]
        : above.volumes ?? below.volumes,
  });
  return withoutUndefined({
    image: narrow.image ?? wide.image,
    resources: narrow.resources ?? wide.resources,
    kubernetes: Object.keys(kubernetes).length > 0 ? kubernetes : undefined,
  });
}

function both<T extends object>(
  below: T | undefined,
  above: T | undefined,
): T | undefined {
  return below && above ? { ...below, ...above } : above ?? below;
}
