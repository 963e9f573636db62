import type { V1PodSpec } from '@kubernetes/client-node';
import { ExecutorError } from '@maestro/plugin-maestro-node';

/** What decides how the attempt runs and ends. */
const EXECUTORS_OWN: Record<string, string> = {
  restartPolicy: 'an attempt runs once; use `retries`',
  containers: 'use `run.command`, `image`, `kubernetes.sidecars`',
  initContainers: 'use `kubernetes.initContainers` or `kubernetes.sidecars`',
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
  imagePullSecrets: 'use `kubernetes.imagePullSecrets`',
  nodeName: 'use `kubernetes.nodeSelector`',
  shareProcessNamespace:
    'the end of the command must be the end of all its processes',
  hostPID: 'the end of the command must be the end of all its processes',
  hostIPC: 'a task shares no memory with the node',
  hostNetwork: 'a task shares no network with the node',
  activeDeadlineSeconds: 'use `timeout`',
};

/**
 * Merges more fields into a pod's spec (JSON merge patch).
 *
 * @throws ExecutorError (`config`) for a field that is the executor's own,
 * naming what to use instead
 */
export function mergePodSpec(
  spec: V1PodSpec,
  patch: Record<string, unknown> | undefined,
): V1PodSpec {
  const problem = podSpecProblem(patch);
  if (problem) throw new ExecutorError('config', problem);
  return merge(spec, patch ?? {}) as V1PodSpec;
}

function podSpecProblem(
  patch: Record<string, unknown> | undefined,
): string | undefined {
  const field = Object.keys(patch ?? {}).find(key =>
    Object.hasOwn(EXECUTORS_OWN, key),
  );
  return field === undefined
    ? undefined
    : `\`kubernetes.podSpec\` cannot set ${field}: ${EXECUTORS_OWN[field]}`;
}

function merge(target: unknown, patch: unknown): unknown {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch)) {
    return patch;
  }
  const base =
    target !== null && typeof target === 'object' && !Array.isArray(target)
      ? target
      : {};
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    if (key === '__proto__') continue;
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  }
  return result;
}
