import type {
  V1Container,
  V1Pod,
  V1PodSpec,
  V1Volume,
  V1VolumeMount,
} from '@kubernetes/client-node';
import {
  kubernetesProblem,
  TASK_CONTAINER,
  TASK_FOLDER,
  type KubernetesContainer,
  type KubernetesSettings,
} from '@maestro/plugin-maestro-common';
import {
  ExecutorError,
  type LaunchRequest,
} from '@maestro/plugin-maestro-node';
import {
  ANNOTATION,
  attemptObjectName,
  FINALIZER,
  LABEL,
  labelValue,
} from './names';
import { merge } from './mergePatch';
import { layoutEnvironment } from './secret';
import { literal, podArguments } from './secretArguments';
import type { PodSources } from './sources';
import { outputLimit, START_SCRIPT } from './startScript';

/** What the configuration says of every pod. */
export interface PodDefaults {
  /** For tasks that name none. */
  image?: string;
  /** User of the containers unless the task names another one. */
  runAsUser: number;
  serviceAccount?: string;
  imagePullSecrets: string[];
}

const SHELL = '/bin/sh';
const BASE = TASK_FOLDER;

/** The names of Maestro's own volumes. */
const OWN = {
  work: 'maestro-work',
  sources: 'maestro-sources',
};

/**
 * The pod of an attempt. Restricted in the sense of Kubernetes' pod security
 * standards unless the task asks for another user; policy decides whether it
 * may.
 *
 * @throws ExecutorError (`config`) when no such pod can be
 */
export function buildPod(options: {
  request: LaunchRequest;
  sources: PodSources | undefined;
  namespace: string;
  instance: string;
  defaults: PodDefaults;
}): V1Pod {
  const { request, sources, namespace, instance, defaults } = options;
  const { labels, attemptId } = request;
  const asked = request.kubernetes ?? {};
  const problem = kubernetesProblem(asked);
  if (problem) throw new ExecutorError('config', problem.message);
  const spec = merge(
    podSpec(request, asked, sources, defaults),
    asked.podSpec ?? {},
  ) as V1PodSpec;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: attemptObjectName(attemptId),
      namespace,
      finalizers: [FINALIZER],
      labels: {
        ...asked.labels,
        ...(asked.queue ? { 'kueue.x-k8s.io/queue-name': asked.queue } : {}),
        [LABEL.instance]: instance,
        [LABEL.attempt]: attemptId,
        [LABEL.run]: labels.runId,
        [LABEL.pipeline]: labelValue(labels.pipeline),
        [LABEL.task]: labelValue(labels.taskId),
        ...(labels.mapIndex >= 0
          ? { [LABEL.mapIndex]: String(labels.mapIndex) }
          : {}),
        ...(sources ? { [LABEL.sources]: sources.name } : {}),
        [LABEL.managedBy]: 'maestro',
        [LABEL.backstage]: labelValue(labels.pipeline),
      },
      annotations: {
        ...asked.annotations,
        [ANNOTATION.pipeline]: labels.pipeline,
        [ANNOTATION.task]: labels.taskId,
        [ANNOTATION.logLimit]: String(request.logLimitBytes),
        [ANNOTATION.logBegin]: 'marked',
        ...(asked.startTimeoutMs === undefined
          ? {}
          : { [ANNOTATION.startTimeout]: String(asked.startTimeoutMs) }),
        ...(request.waitedMs === undefined
          ? {}
          : { [ANNOTATION.waited]: String(request.waitedMs) }),
      },
    },
    spec,
  };
}

function podSpec(
  request: LaunchRequest,
  asked: KubernetesSettings,
  sources: PodSources | undefined,
  defaults: PodDefaults,
): V1PodSpec {
  const containers =
    1 + (asked.sidecars?.length ?? 0) + (asked.initContainers?.length ?? 0);
  const image = request.image ?? defaults.image;
  if (!image) {
    throw new ExecutorError(
      'config',
      `Task "${request.labels.taskId}" names no image: give it or the pipeline's defaults an \`image\`, or set maestro.executors.kubernetes.image`,
    );
  }
  const volumes = taskVolumes(asked);
  const pullSecrets = [
    ...defaults.imagePullSecrets,
    ...(asked.imagePullSecrets ?? []),
  ];
  const { runAsUser, runAsGroup, fsGroup } = asked.securityContext ?? {};
  const user = runAsUser ?? defaults.runAsUser;
  const ofImage = asked.workDir === 'image';
  const task: V1Container = {
    name: TASK_CONTAINER,
    image,
    ...(asked.pullPolicy ? { imagePullPolicy: asked.pullPolicy } : {}),
    command: [SHELL, '-c', literal(START_SCRIPT), 'maestro'],
    args: podArguments(request).args,
    ...(ofImage ? {} : { workingDir: BASE }),
    env: [
      ...layoutEnvironment(request.env),
      { name: 'MAESTRO_OUTPUT_LIMIT', value: String(outputLimit(containers)) },
      ...(ofImage ? [{ name: 'MAESTRO_WORK_DIR', value: 'image' }] : []),
    ],
    envFrom: [{ secretRef: { name: attemptObjectName(request.attemptId) } }],
    ...(request.resources ? { resources: request.resources } : {}),
    securityContext: containerSecurity(asked),
    volumeMounts: [
      { name: OWN.work, mountPath: BASE },
      ...(sources
        ? [{ name: OWN.sources, mountPath: `${BASE}/source`, readOnly: true }]
        : []),
      ...volumes.mounts,
    ],
    terminationMessagePolicy: 'File',
  };
  return {
    restartPolicy: 'Never',
    automountServiceAccountToken: asked.serviceAccount !== undefined,
    enableServiceLinks: false,
    serviceAccountName: asked.serviceAccount ?? defaults.serviceAccount,
    nodeSelector: asked.nodeSelector,
    tolerations: asked.tolerations,
    affinity: asked.affinity,
    priorityClassName: asked.priorityClass,
    ...(pullSecrets.length > 0
      ? { imagePullSecrets: pullSecrets.map(name => ({ name })) }
      : {}),
    securityContext: {
      runAsUser: user,
      ...(runAsGroup === undefined ? {} : { runAsGroup }),
      ...(fsGroup === undefined ? {} : { fsGroup }),
      ...(user === 0 ? {} : { runAsNonRoot: true }),
      seccompProfile: { type: 'RuntimeDefault' },
    },
    // Those that run beside it are up before it starts and end after it.
    initContainers: [
      ...(asked.sidecars ?? []).map(container => ({
        ...otherContainer(container, asked, volumes.mounts),
        restartPolicy: 'Always',
      })),
      ...(asked.initContainers ?? []).map(container =>
        otherContainer(container, asked, volumes.mounts),
      ),
    ],
    containers: [task],
    volumes: [
      { name: OWN.work, emptyDir: {} },
      ...(sources
        ? [
            {
              name: OWN.sources,
              configMap: { name: sources.name, items: sources.items },
            },
          ]
        : []),
      ...volumes.volumes,
    ],
  };
}

function containerSecurity(asked: KubernetesSettings) {
  return {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    ...(asked.securityContext?.readOnlyRootFilesystem
      ? { readOnlyRootFilesystem: true }
      : {}),
  };
}

function otherContainer(
  { name, image, command, env, resources }: KubernetesContainer,
  asked: KubernetesSettings,
  mounts: V1VolumeMount[],
): V1Container {
  return {
    name,
    image,
    ...(asked.pullPolicy ? { imagePullPolicy: asked.pullPolicy } : {}),
    command: command?.map(literal),
    env: Object.entries(env ?? {}).map(([key, value]) => ({
      name: key,
      value: literal(value),
    })),
    ...(resources ? { resources } : {}),
    securityContext: containerSecurity(asked),
    volumeMounts: mounts,
  };
}

function taskVolumes(asked: KubernetesSettings): {
  volumes: V1Volume[];
  mounts: V1VolumeMount[];
} {
  const volumes: V1Volume[] = [];
  const mounts: V1VolumeMount[] = [];
  (asked.volumes ?? []).forEach((volume, i) => {
    const { mountPath, subPath, claim, configMap, secret, empty } = volume;
    const name = `volume-${i}`;
    mounts.push({
      name,
      mountPath,
      ...(subPath ? { subPath } : {}),
      readOnly: volume.readOnly ?? Boolean(configMap ?? secret),
    });
    if (claim)
      volumes.push({ name, persistentVolumeClaim: { claimName: claim } });
    else if (configMap) volumes.push({ name, configMap: { name: configMap } });
    else if (secret) volumes.push({ name, secret: { secretName: secret } });
    else volumes.push({ name, emptyDir: empty ? { sizeLimit: empty } : {} });
  });
  return { volumes, mounts };
}
