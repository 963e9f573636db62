import { setTimeout as pause } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import type { ClusterApi } from './cluster/ClusterApi';
import { KubernetesExecutor } from './KubernetesExecutor';
import { ANNOTATION } from './pod/names';

const BEGIN_WITHIN_MS = 100;

/** Launches one whose requests take so long, in an API that only remembers. */
async function launch({ podMs = 0, ownMs = 0 }) {
  let pod: V1Pod | undefined;
  const deleted: string[] = [];
  const api = {
    server: 'https://cluster',
    createConfigMap: async () => undefined,
    createSecret: async () => undefined,
    createPod: async (body: V1Pod) => {
      await pause(podMs);
      pod = body;
      return body;
    },
    patchSecretMetadata: async () => pause(ownMs),
    readPod: async () => pod,
    patchPodMetadata: async (_ns: string, _name: string, patch: object) => {
      pod = { ...pod, metadata: { ...pod!.metadata, ...patch } };
    },
    deletePod: async (_namespace: string, name: string) => {
      deleted.push(name);
    },
  };
  const executor = new KubernetesExecutor({
    api: api as unknown as ClusterApi,
    instance: 'test',
    namespaces: { default: 'ml', pipelines: {}, owners: {} },
    defaults: { image: 'ml:1', runAsUser: 1000, imagePullSecrets: [] },
    maxParallel: 1,
    startTimeoutMs: 60_000,
    pullTimeoutMs: 60_000,
    keepSourcesMs: 60_000,
    spoolDir: '/nowhere',
  });
  const error = await executor
    .launch({
      attemptId: 'a',
      labels: { pipeline: 'p', runId: 'r', taskId: 't', mapIndex: -1 },
      command: ['true'],
      env: {},
      sources: { versionHash: 'v', files: [] },
      logLimitBytes: 1024,
      beginWithinMs: BEGIN_WITHIN_MS,
    })
    .then(
      () => undefined,
      (failure: Error) => failure,
    );
  return { error, deleted, mark: pod?.metadata?.annotations?.[ANNOTATION.end] };
}

describe('a launch that must be done within a time', () => {
  it('ends the pod that was made too late, and says so', async () => {
    const { error, deleted, mark } = await launch({ podMs: 200 });
    expect(error?.message).toMatch(/took longer than 100 ms/);
    expect(deleted).toEqual(['maestro-a']);
    expect(mark).toMatch(/"failure":"launch"/);
  });

  it('leaves the pod that was made in time, however long its Secret takes', async () => {
    const { error, deleted, mark } = await launch({ ownMs: 200 });
    expect(error).toBeUndefined();
    expect(deleted).toEqual([]);
    expect(mark).toBeUndefined();
  });
});
