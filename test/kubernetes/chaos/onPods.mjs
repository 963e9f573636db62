import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { setTimeout as pause } from 'node:timers/promises';
import { startCluster } from '../../chaos/cluster.mjs';
import { inNetwork } from '../../cluster/commands.mjs';
import { startTestCluster } from '../../cluster/testCluster.mjs';
import { until } from '../../portal/until.mjs';

/*
 * The whole engine, as real processes, whose tasks are pods of a real cluster:
 * schedulers run in the network of the cluster and use its API as any client.
 */

export const NAMESPACE = 'chaos';
export const IMAGE = 'docker.io/library/busybox:1.35';

/** How long sources stay in the cluster; an hour would outlast the suite. */
const KEEP_SOURCES = 'PT6S';

/**
 * @param options.name - of the cluster
 * @param options.hosts, options.database - see startCluster of test/chaos
 * @param options.settings - further ones of the executor
 * @param options.engine - its times; shorter than in production by default
 * @returns `kube` (see startTestCluster), `engine` (see startCluster), `stop()`
 */
export async function startOnPods({
  name,
  hosts = [1],
  database = 'sqlite',
  settings = {},
  engine: times = { reconcileMs: 2_000, cancelGraceMs: 2_000 },
}) {
  const kube = await startTestCluster({ name });
  let engine;
  const stop = async options => {
    try {
      await engine?.stop(options);
    } finally {
      await kube.stop();
    }
  };
  try {
    await kube.kubectl(['create', 'namespace', NAMESPACE]);
    await until('the namespace has its service account', () =>
      kube
        .kubectl(['get', 'serviceaccount', 'default', `-n${NAMESPACE}`])
        .catch(() => false),
    );
    engine = await startCluster({
      hosts,
      database,
      engine: times,
      through: args => inNetwork(kube.settings, args),
      kubernetes: folder => ({
        maestro: {
          dataDir: folder,
          executors: {
            kubernetes: {
              kubeconfig: kube.kubeconfig,
              namespace: NAMESPACE,
              image: IMAGE,
              startTimeout: 'PT5M',
              // A kubelet tries again after 10 to 15 s.
              pullTimeout: 'PT30S',
              keepSources: KEEP_SOURCES,
              ...settings,
            },
          },
        },
      }),
    });
    for (const one of engine.schedulers) await one.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { kube, engine, stop };
}

/** Ends a component as a crash does, and starts it again after so long. */
export async function crash(kube, component, downMs) {
  await kube.kill(component);
  await pause(downMs);
  await kube.restart(component);
}

/** Waits until the API server answers, after it or etcd was away. */
export const apiAnswers = kube =>
  until(
    'the API server answers',
    () =>
      kube
        .kubectl(['get', '--raw', '/readyz'], { timeoutMs: 20_000 })
        .catch(() => false),
    { timeoutMs: 180_000 },
  );

/** Waits until the kubelet has told the API server that its node is ready. */
export const nodeReady = kube =>
  kube.kubectl([
    'wait',
    '--for=condition=Ready',
    `node/${kube.settings.node}`,
    '--timeout=180s',
  ]);

/** The stored log of an attempt that is sealed. */
export function sealedLog(engine, attempt) {
  return zlib
    .gunzipSync(
      fs.readFileSync(path.join(engine.dataDir, attempt.log_location)),
    )
    .toString();
}

/** Everything of Maestro that exists in the namespace, a line each. */
export async function remains(kube, kinds) {
  const { items } = await kube.json(
    'get',
    kinds.join(','),
    `--namespace=${NAMESPACE}`,
    '--selector=app.kubernetes.io/managed-by=maestro',
  );
  return items.map(
    ({ kind, metadata, status }) =>
      `${kind} ${metadata.name} ${
        status?.phase ?? ''
      } finalizers ${JSON.stringify(metadata.finalizers ?? [])}`,
  );
}

/** Waits until nothing of these kinds is left; a finalizer would hold it. */
export async function nothingLeft(kube, kinds, timeoutMs = 180_000) {
  let left = [];
  await until(
    'nothing of Maestro is left in the cluster',
    async () => {
      left = await remains(kube, kinds);
      return left.length === 0;
    },
    { timeoutMs, everyMs: 500, describe: () => left.join('; ') },
  );
}
