import type { KubernetesSettings } from './kubernetesSettings';

/** Beginning of the names of the objects that Maestro makes. */
const OWN_OBJECTS = 'maestro-';

/** Name of the container that runs the command of a task. @public */
export const TASK_CONTAINER = 'task';

/** Folder of a task's container that is Maestro's own. @public */
export const TASK_FOLDER = '/maestro';

/**
 * What the sources of a pod may have: an object of Kubernetes may have 1 MiB, and
 * content grows by a third.
 *
 * @public
 */
export const MAX_POD_SOURCE_BYTES = 700 * 1024;

/** Fields of a pod that decide how an attempt runs and ends, and what to use instead. */
const EXECUTORS_OWN: Readonly<Record<string, string>> = {
  restartPolicy: 'an attempt runs once; use `retries`',
  containers: 'use `run.command`, `image` and `kubernetes.sidecars`',
  initContainers: 'use `kubernetes.initContainers` and `kubernetes.sidecars`',
  ephemeralContainers: 'kubectl debug adds them',
  volumes: 'use `kubernetes.volumes`',
  serviceAccount: 'use `kubernetes.serviceAccount`',
  serviceAccountName: 'use `kubernetes.serviceAccount`',
  automountServiceAccountToken: 'use `kubernetes.serviceAccount`',
  securityContext: 'use `kubernetes.securityContext`',
  nodeSelector: 'use `kubernetes.nodeSelector`',
  tolerations: 'use `kubernetes.tolerations`',
  affinity: 'use `kubernetes.affinity`',
  priorityClassName: 'use `kubernetes.priorityClass`',
  priority: 'use `kubernetes.priorityClass`',
  imagePullSecrets: 'use `kubernetes.imagePullSecrets`',
  nodeName: 'use `kubernetes.nodeSelector`',
  shareProcessNamespace:
    'the end of the command must be the end of all its processes',
  hostPID: 'the end of the command must be the end of all its processes',
  hostIPC: 'a task shares no memory with its node',
  hostNetwork: 'a task shares no network with its node',
  hostUsers: 'a task shares no users with its node',
  activeDeadlineSeconds: 'use `timeout`',
};

/** Labels and annotations that Maestro sets. */
const OWN_NAMES =
  /^(maestro\.dev\/|backstage\.io\/|app\.kubernetes\.io\/managed-by$|kueue\.x-k8s\.io\/)/;

/** Whether a label or annotation is Maestro's to set. @internal */
export function isMaestrosName(key: string): boolean {
  return OWN_NAMES.test(key);
}

/** What is wrong, and where below `kubernetes`. @public */
export interface KubernetesProblem {
  path: (string | number)[];
  message: string;
}

/**
 * Where a task's settings fight what the executor must decide itself. One
 * judge: the validator asks before a version is made, the executor before a
 * launch.
 *
 * @public
 */
export function kubernetesProblem(
  settings: KubernetesSettings,
): KubernetesProblem | undefined {
  for (const field of Object.keys(settings.podSpec ?? {})) {
    if (Object.hasOwn(EXECUTORS_OWN, field)) {
      return {
        path: ['podSpec', field],
        message: `kubernetes.podSpec cannot set "${field}": ${EXECUTORS_OWN[field]}`,
      };
    }
  }
  for (const kind of ['labels', 'annotations'] as const) {
    for (const key of Object.keys(settings[kind] ?? {})) {
      if (isMaestrosName(key)) {
        return {
          path: [kind, key],
          message: `"${key}" is set by Maestro: leave it out of kubernetes.${kind}`,
        };
      }
    }
  }
  const paths = new Set<string>();
  for (const [i, volume] of (settings.volumes ?? []).entries()) {
    const { mountPath } = volume;
    for (const kind of ['secret', 'configMap'] as const) {
      if (volume[kind]?.startsWith(OWN_OBJECTS)) {
        return {
          path: ['volumes', i, kind],
          message: `A volume cannot be "${volume[kind]}": what begins with "${OWN_OBJECTS}" holds what Maestro gives to a task`,
        };
      }
    }
    const path = mountPath.replace(/\/+/g, '/').replace(/(.)\/$/, '$1');
    if (path === TASK_FOLDER || path.startsWith(`${TASK_FOLDER}/`)) {
      return {
        path: ['volumes', i, 'mountPath'],
        message: `A volume cannot be mounted at "${mountPath}": ${TASK_FOLDER} is Maestro's own folder`,
      };
    }
    if (path === '/' || path.split('/').includes('..')) {
      return {
        path: ['volumes', i, 'mountPath'],
        message: `A volume cannot be mounted at "${mountPath}"`,
      };
    }
    if (paths.has(path)) {
      return {
        path: ['volumes', i, 'mountPath'],
        message: `Two volumes are mounted at "${path}"`,
      };
    }
    paths.add(path);
  }
  const names = new Set<string>([TASK_CONTAINER]);
  for (const kind of ['initContainers', 'sidecars'] as const) {
    for (const [i, { name }] of (settings[kind] ?? []).entries()) {
      if (names.has(name)) {
        return {
          path: [kind, i, 'name'],
          message:
            name === TASK_CONTAINER
              ? `"${TASK_CONTAINER}" is the name of the task's own container`
              : `Two containers are named "${name}"`,
        };
      }
      names.add(name);
    }
  }
  return undefined;
}
