import {
  kubernetesProblem,
  type KubernetesSecurity,
  type KubernetesSettings,
  type KubernetesToleration,
  type KubernetesVolume,
  type TaskDefinition,
} from '@maestro/plugin-maestro-common';
import { asJinjaLeavesIt } from './asJinjaLeavesIt';
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
}

/** The fields of a task that make Maestro start the same pod. */
export type LoweredPod = Pick<
  TaskDefinition,
  'image' | 'command' | 'env' | 'resources' | 'kubernetes' | 'skipExitCodes'
>;

/** Something of a pod that Maestro's pods cannot have. */
class Unfit extends Error {}

type Fields = Record<string, unknown>;

/** Fields of a pod's spec that are taken over as they are. */
const AS_THEY_ARE = [
  'dnsConfig',
  'dnsPolicy',
  'hostAliases',
  'hostname',
  'runtimeClassName',
  'schedulerName',
  'subdomain',
  'terminationGracePeriodSeconds',
];

/**
 * A pod of Airflow as a task of the executor `kubernetes`. Pure. Whatever of it
 * is not known here leaves the task to Python: it would be another pod.
 *
 * @returns why it cannot be, as a part of a sentence
 */
export function lowerPod(facts: NativePod): LoweredPod | { python: string } {
  try {
    const lowered = lower(facts);
    const problem = kubernetesProblem(lowered.kubernetes ?? {});
    return problem ? { python: problem.message } : lowered;
  } catch (error) {
    if (error instanceof Unfit) return { python: error.message };
    throw error;
  }
}

function lower({ pod, ...facts }: NativePod): LoweredPod {
  const { metadata, spec } = only(pod, '', [
    'apiVersion',
    'kind',
    'metadata',
    'spec',
  ]);
  // Maestro names its pods, and the configuration says where they run.
  const { labels, annotations } = only(metadata, 'metadata', [
    'name',
    'namespace',
    'labels',
    'annotations',
  ]);
  const {
    containers,
    volumes,
    nodeSelector,
    tolerations,
    affinity,
    imagePullSecrets,
    securityContext,
    serviceAccountName,
    automountServiceAccountToken,
    priorityClassName,
    restartPolicy,
    ...rest
  } = only(
    spec,
    'spec',
    [
      'containers',
      'volumes',
      'nodeSelector',
      'tolerations',
      'affinity',
      'imagePullSecrets',
      'securityContext',
      'serviceAccountName',
      'automountServiceAccountToken',
      'priorityClassName',
      'restartPolicy',
      ...AS_THEY_ARE,
    ],
    ['automountServiceAccountToken'],
  );
  if (restartPolicy !== 'Never') throw new Unfit('its pod is restarted');
  const hasToken = serviceAccountName !== undefined;
  if ((automountServiceAccountToken ?? hasToken) !== hasToken) {
    throw new Unfit(
      'automount_service_account_token= says otherwise than that a pod with service_account_name= has a token and another one has none',
    );
  }
  const [container, ...others] = containers as Fields[];
  if (others.length > 0 || container.name !== facts.container) {
    throw new Unfit('its pod has other containers beside that of the task');
  }
  const isRendered = Object.keys(facts.templates ?? {}).length > 0;
  const task = lowerContainer(container, isRendered);
  const kubernetes: KubernetesSettings = withoutUndefined({
    workDir: 'image' as const,
    pullPolicy: task.pullPolicy,
    imagePullSecrets: (imagePullSecrets as { name: string }[] | undefined)?.map(
      ({ name }) => name,
    ),
    serviceAccount: serviceAccountName as string | undefined,
    nodeSelector: nodeSelector as Record<string, string> | undefined,
    tolerations: tolerations as KubernetesToleration[] | undefined,
    affinity: affinity as Fields | undefined,
    priorityClass: priorityClassName as string | undefined,
    labels: labels as Record<string, string> | undefined,
    annotations: annotations as Record<string, string> | undefined,
    volumes: lowerVolumes(
      (volumes ?? []) as Fields[],
      task.mounts as Fields[] | undefined,
    ),
    securityContext: lowerSecurity(securityContext, task.security),
    podSpec: Object.keys(rest).length > 0 ? rest : undefined,
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
  const variables = lowerEnv((env ?? []) as Fields[], finished);
  return {
    image,
    command: [...textsOf('cmds=', command), ...textsOf('arguments=', args)].map(
      text => expand(finished(text), variables),
    ),
    env: Object.keys(variables).length > 0 ? variables : undefined,
    resources: lowerResources(resources),
    pullPolicy: imagePullPolicy as KubernetesSettings['pullPolicy'],
    mounts: volumeMounts as Fields[] | undefined,
    security: securityContext,
  };
}

/** Each may name those before it. */
function lowerEnv(
  list: readonly Fields[],
  finished: (text: string) => string,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const entry of list) {
    const { name, value } = only(entry, `env ${entry.name}`, ['name', 'value']);
    const text = textOf('env_vars=', value ?? '');
    env[name as string] = expand(finished(text), env);
  }
  return env;
}

function textsOf(argument: string, list: unknown): string[] {
  if (!Array.isArray(list)) throw new Unfit(`${argument} is no list`);
  return list.map(each => textOf(argument, each));
}

/** Kubernetes refuses what is none, and the operator says so. */
function textOf(argument: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new Unfit(`${argument} has ${JSON.stringify(value)}, which is no text`);
}

/** What Kubernetes puts in for `$(NAME)`; `$$` is one `$`. */
function expand(text: string, variables: Record<string, string>): string {
  if (text.includes('${{')) {
    throw new Unfit('"${{" in it would be an expression of Maestro');
  }
  return text.replace(
    /\$(?:\$|\(([^)]*)\))/g,
    (whole: string, name: string | undefined) => {
      if (name === undefined) return '$';
      return Object.hasOwn(variables, name) ? variables[name] : whole;
    },
  );
}

function lowerResources(resources: unknown): TaskDefinition['resources'] {
  if (resources === undefined) return undefined;
  const { requests, limits } = only(resources, 'resources', [
    'requests',
    'limits',
  ]) as Record<string, Record<string, unknown> | undefined>;
  const texts = (amounts: Fields | undefined) =>
    amounts &&
    Object.fromEntries(
      Object.entries(amounts).map(([name, amount]) => [name, String(amount)]),
    );
  return withoutUndefined({ requests: texts(requests), limits: texts(limits) });
}

function lowerVolumes(
  volumes: readonly Fields[],
  mounts: readonly Fields[] = [],
): KubernetesVolume[] | undefined {
  const byName = new Map(volumes.map(volume => [volume.name, volume]));
  const lowered = mounts.map(mount => {
    const { name, ...place } = only(mount, `mount ${mount.name}`, [
      'name',
      'mountPath',
      'subPath',
      'readOnly',
    ]);
    const volume = byName.get(name);
    if (!volume) throw new Unfit(`it mounts no volume "${name}"`);
    const what = lowerVolume(volume);
    if ('empty' in what && mounts.filter(m => m.name === name).length > 1) {
      throw new Unfit(`its empty volume "${name}" is mounted twice`);
    }
    return { ...place, ...what } as KubernetesVolume;
  });
  return lowered.length > 0 ? lowered : undefined;
}

function lowerVolume(volume: Fields): Partial<KubernetesVolume> {
  const what = `volume ${volume.name}`;
  const known = only(
    volume,
    what,
    ['name', 'persistentVolumeClaim', 'configMap', 'secret', 'emptyDir'],
    ['emptyDir'],
  );
  if (known.persistentVolumeClaim) {
    const { claimName, readOnly } = only(known.persistentVolumeClaim, what, [
      'claimName',
      'readOnly',
    ]);
    if (readOnly) throw new Unfit(`its ${what} is mounted read-only`);
    return { claim: claimName as string };
  }
  if (known.configMap) {
    const { name } = only(known.configMap, what, ['name']);
    return { configMap: name as string };
  }
  if (known.secret) {
    const { secretName } = only(known.secret, what, ['secretName']);
    return { secret: secretName as string };
  }
  const { sizeLimit } = only(known.emptyDir ?? {}, what, ['sizeLimit']);
  return { empty: (sizeLimit as string | undefined) ?? '' };
}

/** What the container says counts before what the pod says. */
function lowerSecurity(
  pod: unknown,
  container: unknown,
): KubernetesSecurity | undefined {
  const { runAsNonRoot, ...ofPod } = only(pod ?? {}, 'securityContext', [
    'runAsUser',
    'runAsGroup',
    'runAsNonRoot',
    'fsGroup',
  ]);
  const { runAsNonRoot: itself, ...ofContainer } = only(
    container ?? {},
    'securityContext',
    ['runAsUser', 'runAsGroup', 'runAsNonRoot', 'readOnlyRootFilesystem'],
  );
  const security = { ...ofPod, ...ofContainer } as KubernetesSecurity;
  if ((itself ?? runAsNonRoot) && security.runAsUser === 0) {
    throw new Unfit('it is to run as root and not as root');
  }
  return Object.keys(security).length > 0 ? security : undefined;
}

/**
 * The fields of an object that say something.
 *
 * @param kept - those that count although they are empty
 * @throws Unfit for one that is not among the known ones
 */
function only(
  value: unknown,
  where: string,
  known: readonly string[],
  kept: readonly string[] = [],
): Fields {
  const said = Object.entries((value ?? {}) as Fields).filter(
    ([name, field]) => kept.includes(name) || !isEmpty(field),
  );
  for (const [name] of said) {
    if (!known.includes(name)) {
      throw new Unfit(
        `its pod has ${
          where === '' ? '' : `${where}.`
        }${name}, which Maestro's pods do not take over`,
      );
    }
  }
  return Object.fromEntries(said);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
