import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../portal/until.mjs';
import { withKubelet, withSmallDisk } from './kubelet.mjs';
import { apiAnswers, crash, IMAGE, nodeReady, NAMESPACE } from './onPods.mjs';
import { talks } from './OneRun.mjs';

/*
 * The rule, a row each: what happens to a run of one task, and what becomes of
 * it. `lines` is what the task writes, ten a second; where it is `held` its first
 * attempt never ends by itself; `attempts` are state or failure class, reason,
 * and log (see OneRun).
 */

const SUCCESS = log => ['success', undefined, log];

const delPod = (one, attempt, ...args) =>
  one.kube.kubectl([
    ...['delete', 'pod', one.podOf(attempt), `--namespace=${NAMESPACE}`],
    ...['--wait=false', ...args],
  ]);

/** Makes a quota of no pods, and waits until the API server goes by it. */
async function refusePods({ kube }) {
  const metadata = { name: 'none', namespace: NAMESPACE };
  await kube.apply({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata,
    spec: { hard: { pods: '0' } },
  });
  await until('the quota is in force', () =>
    kube
      .kubectl(['create', '--dry-run=server', '--filename=-'], {
        input: JSON.stringify({
          apiVersion: 'v1',
          kind: 'Pod',
          metadata,
          spec: { containers: [{ name: 'none', image: IMAGE }] },
        }),
      })
      .then(
        () => false,
        error => error.message.includes('exceeded quota: none'),
      ),
  );
}

/** Through the API that a drain uses. */
const evict = (one, attempt) =>
  one.kube.kubectl(
    [
      ...['create', '--raw'],
      `/api/v1/namespaces/${NAMESPACE}/pods/${one.podOf(attempt)}/eviction`,
      ...['--filename', '-'],
    ],
    {
      input: JSON.stringify({
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: one.podOf(attempt), namespace: NAMESPACE },
      }),
    },
  );

export const ROWS = [
  {
    fault: 'kill -9 of the backend, which comes again while the task runs',
    lines: 50,
    happen: async one => {
      await one.running();
      await one.backend.kill();
      await pause(1_500);
      await one.backend.start();
    },
    expected: { run: 'success', attempts: [SUCCESS('whole')] },
  },
  {
    fault: 'kill -9 of the backend, which comes again when the pod has ended',
    lines: 60,
    happen: async one => {
      await one.running();
      await one.backend.kill();
      await one.podEnded();
      await one.backend.start();
    },
    expected: { run: 'success', attempts: [SUCCESS('whole')] },
  },
  {
    fault: 'kill -9 of the API server while the task runs',
    lines: 80,
    happen: async one => {
      await one.running();
      await crash(one.kube, 'kube-apiserver', 1_000);
      await apiAnswers(one.kube);
    },
    expected: { run: 'success', attempts: [SUCCESS('whole')] },
  },
  {
    fault: 'kill -9 of the API server, and the task ends without one',
    lines: 50,
    happen: async one => {
      await one.running();
      await crash(one.kube, 'kube-apiserver', 9_000);
      await apiAnswers(one.kube);
    },
    expected: { run: 'success', attempts: [SUCCESS('whole')] },
  },
  {
    fault: 'kill -9 of the kubelet, and the task ends without one',
    lines: 50,
    happen: async one => {
      await one.running();
      await crash(one.kube, 'kubelet', 9_000);
      await nodeReady(one.kube);
    },
    expected: { run: 'success', attempts: [SUCCESS('whole')] },
  },
  {
    fault: 'kill -9 of containerd while the task runs',
    lines: 60,
    happen: async one => {
      await one.running();
      await crash(one.kube, 'containerd', 1_500);
      await nodeReady(one.kube);
    },
    expected: { run: 'success', attempts: [SUCCESS('whole')] },
  },
  {
    fault: 'etcd restarted while the task runs',
    lines: 60,
    happen: async one => {
      await one.running();
      await crash(one.kube, 'etcd', 2_000);
      await apiAnswers(one.kube);
    },
    expected: { run: 'success', attempts: [SUCCESS('whole')] },
  },
  {
    fault: 'its pod deleted by hand',
    lines: 30,
    held: true,
    happen: async one => {
      await one.running();
      await delPod(one, await one.last(), '--grace-period=1');
    },
    expected: {
      run: 'success',
      attempts: [
        ['evicted', /deleted by somebody else/, 'until its end'],
        SUCCESS('whole'),
      ],
    },
  },
  {
    fault: 'its pod deleted by hand with --force',
    lines: 30,
    held: true,
    happen: async one => {
      await one.running();
      await delPod(one, await one.last(), '--force', '--grace-period=0');
    },
    expected: {
      run: 'success',
      attempts: [
        ['evicted', /deleted by somebody else/, 'until its end'],
        SUCCESS('whole'),
      ],
    },
  },
  {
    fault: 'its node cordoned and drained',
    lines: 30,
    held: true,
    happen: async one => {
      await one.running();
      const { node } = one.kube.settings;
      await one.kube.kubectl(['cordon', node]);
      try {
        await evict(one, await one.last());
        await one.says(/node\(s\) were unschedulable/);
      } finally {
        await one.kube.kubectl(['uncordon', node]);
      }
    },
    expected: {
      run: 'success',
      attempts: [
        ['evicted', /evicted, as a drain of its node does/, 'until its end'],
        SUCCESS('whole'),
      ],
    },
  },
  {
    fault: 'an image that does not exist',
    lines: 1,
    task: { image: 'registry.invalid/none:1', retries: 3 },
    expected: {
      run: 'failed',
      attempts: [['image', /registry\.invalid\/none:1/, 'none']],
    },
  },
  {
    fault: 'memory runs out',
    lines: 5,
    more: 'exec tail /dev/zero',
    task: { resources: { limits: { memory: '32Mi' } } },
    expected: {
      run: 'failed',
      attempts: [['oom', /the container may have 32Mi/, 'whole']],
    },
  },
  {
    fault: 'it takes longer than its timeout',
    lines: 600,
    task: { timeout: 'PT6S' },
    expected: {
      run: 'failed',
      attempts: [
        [
          'timeout',
          /ran longer than its timeout and was ended/,
          'until its end',
        ],
      ],
    },
  },
  {
    fault: 'the disk of the node fills up',
    lines: 30,
    held: true,
    around: withSmallDisk,
    happen: async (one, disk) => {
      await one.running();
      await disk.fill();
      await until(
        'the attempt was evicted',
        async () => (await one.attempts())[0].state === 'ended',
        { timeoutMs: 180_000 },
      );
      await disk.free();
    },
    // While the pressure lasts the node may refuse the next one too.
    some: 'evicted',
    expected: {
      run: 'success',
      attempts: [
        ['evicted', /low on resource: ephemeral-storage/, 'until its end'],
        SUCCESS('whole'),
      ],
    },
  },
  {
    fault: 'its log is rotated while it is read',
    lines: 200,
    around: rotating,
    expected: { run: 'success', attempts: [SUCCESS('whole')] },
  },
  {
    fault: 'its log is rotated behind its last line, which nobody sees again',
    lines: 90,
    // So that it is too large between the last line and the end.
    atOnce: 60,
    more: 'sleep 5',
    around: rotating,
    expected: { run: 'success', attempts: [SUCCESS('whole')] },
  },
  {
    fault: 'its log is rotated away while nobody reads it',
    lines: 400,
    around: rotating,
    happen: async one => {
      await one.running();
      await one.backend.kill();
      await pause(25_000);
      await one.backend.start();
    },
    expected: {
      run: 'success',
      attempts: [SUCCESS('gap')],
    },
  },
  {
    fault: 'a quota of no pods, lifted after a while',
    lines: 5,
    before: refusePods,
    happen: async one => {
      await one.says(/exceeded quota/);
      await one.kube.kubectl([
        ...['delete', 'resourcequota', 'none', `--namespace=${NAMESPACE}`],
      ]);
    },
    expected: { run: 'success', attempts: [SUCCESS('whole')] },
  },
  {
    fault: 'a quota of no pods that stays, and a backend that comes again',
    lines: 5,
    task: { kubernetes: { startTimeout: 'PT20S' }, retries: 2 },
    before: refusePods,
    happen: async one => {
      await one.says(/exceeded quota/);
      await one.backend.kill();
      await pause(1_500);
      await one.backend.start();
      await one.isOver();
      await one.kube.kubectl([
        ...['delete', 'resourcequota', 'none', `--namespace=${NAMESPACE}`],
      ]);
    },
    expected: {
      run: 'failed',
      attempts: [
        ['queued_timeout', /not taken within 20 s: .*exceeded quota/, 'none'],
      ],
    },
  },
];

/** The kubelet rotates logs of a few KiB each three seconds, and keeps two. */
function rotating(kube, act) {
  return withKubelet(
    kube,
    {
      containerLogMaxSize: '2Ki',
      containerLogMaxFiles: 2,
      containerLogMonitorInterval: '3s',
    },
    act,
  );
}

export const taskOf = ({ lines, more, atOnce, held, task }) => ({
  run: talks(lines, more, atOnce, held),
  ...task,
});
