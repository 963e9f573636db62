/**
 * The parts of a pod of Kubernetes that Maestro's pods have too, each as Maestro
 * says it. Pure. Whatever is not known here is refused by its name: it would be
 * another pod.
 *
 * @packageDocumentation
 */
import type {
  KubernetesSecurity,
  KubernetesSettings,
  KubernetesToleration,
  KubernetesVolume,
  TaskDefinition,
} from '@maestro/plugin-maestro-common';
import {
  type Fields,
  objectOf,
  objectsOf,
  only,
  shown,
  textOf,
  Unfit,
} from './podFields';
import { withoutUndefined } from './withoutUndefined';

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

/** Fields of a pod's spec that say where, and with which rights, it runs. */
const PLACEMENT = [
  'nodeSelector',
  'tolerations',
  'affinity',
  'imagePullSecrets',
  'serviceAccountName',
  'automountServiceAccountToken',
  'priorityClassName',
];

/** A pod in what Maestro says of it, and what is still to be looked at. */
export interface SplitPod {
  /** What is said of the pod besides its containers and volumes. */
  settings: KubernetesSettings;
  namespace?: string;
  containers: Fields[];
  volumes: Fields[];
  securityContext: unknown;
  restartPolicy: unknown;
}

/** @throws Unfit */
export function splitPod(pod: Fields): SplitPod {
  const { metadata, spec } = only(pod, '', [
    'apiVersion',
    'kind',
    'metadata',
    'spec',
  ]);
  // Maestro names its pods, and the configuration says where they run.
  const { labels, annotations, namespace } = only(metadata, 'metadata', [
    'name',
    'namespace',
    'labels',
    'annotations',
  ]);
  const {
    containers = [],
    volumes = [],
    securityContext,
    restartPolicy,
    ...rest
  } = only(
    spec,
    'spec',
    [
      'containers',
      'volumes',
      'securityContext',
      'restartPolicy',
      ...PLACEMENT,
      ...AS_THEY_ARE,
    ],
    ['automountServiceAccountToken'],
  );
  const podSpec = Object.fromEntries(
    Object.entries(rest).filter(([name]) => !PLACEMENT.includes(name)),
  );
  return {
    settings: withoutUndefined({
      ...lowerPlacement(rest),
      labels: labels as Record<string, string> | undefined,
      annotations: annotations as Record<string, string> | undefined,
      podSpec: Object.keys(podSpec).length > 0 ? podSpec : undefined,
    }),
    namespace: namespace as string | undefined,
    containers: objectsOf(containers, 'spec.containers'),
    volumes: objectsOf(volumes, 'spec.volumes'),
    securityContext,
    restartPolicy,
  };
}

function lowerPlacement({
  nodeSelector,
  tolerations,
  affinity,
  imagePullSecrets,
  serviceAccountName,
  automountServiceAccountToken,
  priorityClassName,
}: Fields): KubernetesSettings {
  const hasToken = serviceAccountName !== undefined;
  if ((automountServiceAccountToken ?? hasToken) !== hasToken) {
    throw new Unfit(
      'automount_service_account_token= says otherwise than that a pod with a service account has a token and another one has none',
    );
  }
  return {
    imagePullSecrets:
      imagePullSecrets === undefined
        ? undefined
        : objectsOf(imagePullSecrets, 'spec.imagePullSecrets').map(
            ({ name }) => name as string,
          ),
    serviceAccount: serviceAccountName as string | undefined,
    nodeSelector: nodeSelector as Record<string, string> | undefined,
    tolerations: tolerations as KubernetesToleration[] | undefined,
    affinity: affinity as Fields | undefined,
    priorityClass: priorityClassName as string | undefined,
  };
}

/**
 * Each may name those before it.
 *
 * @param argument - where they are written
 */
export function lowerEnv(
  list: unknown,
  argument: string,
  finished: (text: string) => string = text => text,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const entry of objectsOf(list ?? [], argument)) {
    const { name, value } = only(entry, `env ${entry.name}`, ['name', 'value']);
    if (typeof name !== 'string') {
      throw new Unfit(`${argument} has ${shown(entry)}, which has no name`);
    }
    const text = textOf(argument, value ?? '');
    env[name] = expand(finished(text), env);
  }
  return env;
}

/** What Kubernetes puts in for `$(NAME)`; `$$` is one `$`. */
export function expand(
  text: string,
  variables: Record<string, string>,
): string {
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

export function lowerResources(
  resources: unknown,
): TaskDefinition['resources'] {
  if (resources === undefined) return undefined;
  const known = only(resources, 'resources', ['requests', 'limits']);
  return withoutUndefined({
    requests: amountsOf(known.requests, 'resources.requests'),
    limits: amountsOf(known.limits, 'resources.limits'),
  });
}

function amountsOf(
  amounts: unknown,
  where: string,
): Record<string, string> | undefined {
  if (amounts === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(objectOf(amounts, where)).map(([name, amount]) => {
      if (typeof amount !== 'string' && typeof amount !== 'number') {
        throw new Unfit(
          `${where}.${name} is ${shown(amount)}, which is no amount`,
        );
      }
      return [name, String(amount)];
    }),
  );
}

export function lowerVolumes(
  volumes: readonly Fields[],
  volumeMounts: unknown,
): KubernetesVolume[] | undefined {
  const mounts = objectsOf(volumeMounts ?? [], 'container.volumeMounts');
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
export function lowerSecurity(
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
