import { until } from '../portal/until.mjs';

/* Pods as the tests of the cluster need them. */

const PHASES_AT_END = ['Succeeded', 'Failed'];

/**
 * A pod of one container that is not started again.
 *
 * @param options.script - what its shell runs
 */
export function shellPod(
  namespace,
  name,
  { script = 'true', image = 'busybox:1.35', labels, limits, spec = {} } = {},
) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      ...spec,
      containers: [
        {
          name: 'main',
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['sh', '-c', script],
          resources: {
            requests: { cpu: '10m', memory: '16Mi', ...spec.requests },
            limits: limits ?? { memory: '64Mi' },
          },
        },
      ],
      requests: undefined,
    },
  };
}

/**
 * Waits until a pod has ended.
 *
 * @returns `phase`, `reason` of the pod, `exitCode`, `why` (reason) and
 * `message` of its container, `log`
 */
export async function endOf(cluster, namespace, name, timeoutMs = 180_000) {
  let pod;
  await until(
    `the pod ${name} has ended`,
    async () => {
      pod = await cluster.json('get', 'pod', name, `--namespace=${namespace}`);
      return PHASES_AT_END.includes(pod.status.phase);
    },
    { timeoutMs, everyMs: 300, describe: () => JSON.stringify(pod.status) },
  );
  const { terminated } = pod.status.containerStatuses?.[0]?.state ?? {};
  return {
    phase: pod.status.phase,
    reason: pod.status.reason,
    exitCode: terminated?.exitCode,
    why: terminated?.reason,
    message: terminated?.message,
    // One whose container never was has none, which is an error.
    log:
      terminated &&
      (await cluster.kubectl(['logs', name, `--namespace=${namespace}`])),
  };
}
