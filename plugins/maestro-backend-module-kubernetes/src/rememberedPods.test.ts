import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { V1Pod } from '@kubernetes/client-node';
import type { ClusterApi } from './cluster/ClusterApi';
import type { WatchListener } from './cluster/watchObjects';
import { KubernetesExecutor } from './KubernetesExecutor';
import { attemptObjectName, FINALIZER, LABEL } from './pod/names';

/** The pods of a cluster in memory; what is asked of it is written down. */
class FakeCluster {
  readonly server = 'https://cluster';
  readonly asked: string[] = [];
  pods: V1Pod[] = [];
  told!: WatchListener<V1Pod>;

  async listPods() {
    return { items: this.pods };
  }

  async watchPods(_n: string, _s: string, listener: WatchListener<V1Pod>) {
    this.told = listener;
  }

  async readPod(_namespace: string, name: string) {
    this.asked.push(`read ${name}`);
    return this.pods.find(({ metadata }) => metadata!.name === name);
  }

  async listConfigMaps() {
    return [];
  }

  async patchPodMetadata() {
    this.asked.push('patch');
  }

  async deletePod() {
    this.asked.push('delete pod');
  }

  async deleteSecret() {
    this.asked.push('delete Secret');
  }
}

const podOf = (attemptId: string, status: V1Pod['status']): V1Pod => ({
  metadata: {
    name: attemptObjectName(attemptId),
    namespace: 'ml',
    uid: attemptId,
    finalizers: [FINALIZER],
    labels: { [LABEL.attempt]: attemptId },
    creationTimestamp: new Date(),
  },
  spec: { containers: [], nodeName: 'n' },
  status,
});
const ended = (attemptId: string) => podOf(attemptId, { phase: 'Failed' });
const cannotStart = (attemptId: string) =>
  podOf(attemptId, {
    phase: 'Pending',
    containerStatuses: [
      {
        name: 'task',
        image: 'x',
        imageID: '',
        ready: false,
        restartCount: 0,
        state: { waiting: { reason: 'ErrImagePull', message: 'timeout' } },
      },
    ],
  });

let dir: string;
let cluster: FakeCluster;
let executor: KubernetesExecutor;
let observed: string[];

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'executor-'));
  cluster = new FakeCluster();
  observed = [];
  executor = new KubernetesExecutor({
    api: cluster as unknown as ClusterApi,
    instance: 'test',
    namespaces: { default: 'ml', pipelines: {}, owners: {} },
    defaults: { runAsUser: 1000, imagePullSecrets: [] },
    maxParallel: 1,
    startTimeoutMs: 60_000,
    pullTimeoutMs: 200,
    keepSourcesMs: 60_000,
    spoolDir: dir,
  });
  await executor.start({
    onObservation: ({ attemptId, phase }) =>
      observed.push(`${attemptId} ${phase}`),
    onLogGrowth: () => {},
    signal: new AbortController().signal,
  });
});

afterEach(async () => {
  await executor.stop();
  rmSync(dir, { recursive: true, force: true });
});

describe('what is remembered of a pod', () => {
  it('stays while it is listed: its end is told once, and it is not read again', async () => {
    cluster.pods = [ended('1')];
    cluster.told.changed(ended('1'));
    await executor.list();
    cluster.told.changed(ended('1'));
    expect(observed).toEqual(['1 ended']);
    await executor.forget('1');
    expect(cluster.asked).toEqual(['delete Secret', 'patch', 'delete pod']);
  });

  it('goes with the listing that does not have it any more, whoever forgot it', async () => {
    cluster.told.changed(ended('1'));
    expect(observed).toEqual(['1 ended']);
    // Another process forgot it, and the watch missed that.
    await executor.list();
    cluster.told.changed(ended('1'));
    expect(observed).toEqual(['1 ended', '1 ended']);
    await executor.list();
    await executor.forget('1');
    // Not by memory: it is asked for, and is not there.
    expect(cluster.asked).toEqual([
      `read ${attemptObjectName('1')}`,
      'delete Secret',
    ]);
  });

  it('goes with the watch that tells that it is gone', async () => {
    cluster.told.changed(ended('1'));
    cluster.told.gone(ended('1'));
    cluster.told.changed(ended('1'));
    expect(observed).toEqual(['1 ended', '1 ended']);
  });

  it('and for how long it could not start is counted anew', async () => {
    cluster.told.changed(cannotStart('1'));
    await executor.list();
    await new Promise(resolve => setTimeout(resolve, 300));
    cluster.told.changed(cannotStart('1'));
    // It would be ended by now, which begins with reading it.
    expect(cluster.asked).toEqual([]);
    cluster.pods = [cannotStart('1')];
    await executor.list();
    await new Promise(resolve => setTimeout(resolve, 300));
    await executor.list();
    expect(cluster.asked).toContain(`read ${attemptObjectName('1')}`);
  });
});

it('forgets once what is asked for twice, as long as its pod is listed', async () => {
  cluster.pods = [ended('1')];
  await executor.list();
  await executor.forget('1');
  const { length } = cluster.asked;
  await executor.forget('1');
  expect(cluster.asked).toHaveLength(length);
  cluster.pods = [];
  await executor.list();
  await executor.forget('1');
  expect(cluster.asked.length).toBeGreaterThan(length);
});

it('forgets the pod that came only after its attempt was forgotten', async () => {
  await executor.forget('1');
  cluster.pods = [ended('1')];
  await executor.list();
  cluster.asked.length = 0;
  await executor.forget('1');
  expect(cluster.asked).toEqual(['delete Secret', 'patch', 'delete pod']);
});
