import { setTimeout as pause } from 'node:timers/promises';
import type { V1Pod, V1Secret } from '@kubernetes/client-node';
import type { ClusterApi } from './cluster/ClusterApi';
import { ClusterError } from './cluster/ClusterError';
import { KubernetesExecutor } from './KubernetesExecutor';
import { ANNOTATION } from './pod/names';

const BEGIN_WITHIN_MS = 100;

/** Launches one whose requests take so long, in an API that only remembers. */
async function launch({
  secretMs = 0,
  podMs = 0,
  ownMs = 0,
  away = 0,
  readsAway = 0,
  quota = false,
  podQuota = false,
  beginWithinMs = BEGIN_WITHIN_MS,
}) {
  const settings = { secretMs, quota, podQuota, beginWithinMs, hangs: false };
  const asked: string[] = [];
  let readFailures = readsAway;
  let pod: V1Pod | undefined;
  let failures = away;
  const deleted: string[] = [];
  const secrets = new Map<string, string>();
  /** Removals that were given up, and may be done all the same. */
  const late: (() => void)[] = [];
  const api = {
    server: 'https://cluster',
    createConfigMap: async () => undefined,
    createSecret: async (secret: V1Secret) => {
      await pause(settings.secretMs);
      if (settings.quota) {
        throw new ClusterError(403, 'Forbidden', 'exceeded quota: secrets');
      }
      const uid = `uid-${asked.length}`;
      secrets.set(secret.metadata!.name!, uid);
      return uid;
    },
    deleteSecret: async (_ns: string, name: string, uid?: string) => {
      const remove = () => {
        if (uid === undefined || secrets.get(name) === uid)
          secrets.delete(name);
      };
      if (settings.hangs) await new Promise(() => {});
      failures -= 1;
      if (failures >= 0) {
        late.push(remove);
        throw new Error('no answer within 30 s');
      }
      remove();
    },
    listPods: async () => ({ items: [] }),
    listConfigMaps: async () => [],
    createPod: async (body: V1Pod) => {
      await pause(podMs);
      if (settings.podQuota) {
        throw new ClusterError(403, 'Forbidden', 'exceeded quota: pods');
      }
      pod = body;
      return body;
    },
    patchSecretMetadata: async () => pause(ownMs),
    readPod: async (namespace: string) => {
      if (namespace !== 'ml') {
        throw new ClusterError(403, 'Forbidden', 'cannot get resource "pods"');
      }
      readFailures -= 1;
      if (readFailures >= 0) throw new Error('no answer');
      return pod;
    },
    patchPodMetadata: async (_ns: string, _name: string, patch: object) => {
      pod = { ...pod, metadata: { ...pod!.metadata, ...patch } };
    },
    deletePod: async (_namespace: string, name: string) => {
      deleted.push(name);
    },
  };
  const executor = new KubernetesExecutor({
    api: new Proxy(api, {
      get: (of, name: keyof typeof api) => {
        if (name !== 'server') asked.push(name);
        return of[name];
      },
    }) as unknown as ClusterApi,
    instance: 'test',
    namespaces: { default: 'ml', pipelines: {}, owners: {} },
    defaults: { image: 'ml:1', runAsUser: 1000, imagePullSecrets: [] },
    maxParallel: 1,
    startTimeoutMs: 60_000,
    pullTimeoutMs: 60_000,
    keepSourcesMs: 60_000,
    spoolDir: '/nowhere',
  });
  const again = () =>
    executor
      .launch({
        attemptId: 'a',
        labels: { pipeline: 'p', runId: 'r', taskId: 't', mapIndex: -1 },
        command: ['true'],
        env: {},
        sources: { versionHash: 'v', files: [] },
        logLimitBytes: 1024,
        beginWithinMs: settings.beginWithinMs,
      })
      .then(
        () => undefined,
        (failure: Error) => failure,
      );
  const error = await again();
  const mark = pod?.metadata?.annotations?.[ANNOTATION.end];
  const isMade = Boolean(pod);
  const done = { executor, error, deleted, secrets, isMade, mark };
  return { ...done, again, settings, asked, late };
}

describe('a launch that must be done within a time', () => {
  it('leaves no Secret of a pod that is not made any more', async () => {
    const { error, secrets, isMade } = await launch({ secretMs: 200 });
    expect(error?.message).toMatch(/took longer than 100 ms/);
    expect(isMade).toBe(false);
    expect([...secrets.keys()]).toEqual([]);
  });

  it('removes that Secret with a later listing where it cannot be removed now', async () => {
    const { executor, error, secrets } = await launch({
      secretMs: 200,
      away: 2,
    });
    expect(error?.message).toMatch(/took longer than 100 ms/);
    expect([...secrets.keys()]).toEqual(['maestro-a']);
    await executor.list();
    expect([...secrets.keys()]).toEqual(['maestro-a']);
    await executor.list();
    expect([...secrets.keys()]).toEqual([]);
  });

  it('lists while the removal of such a Secret is not answered', async () => {
    const { executor, settings, asked } = await launch({
      secretMs: 200,
      away: 1,
    });
    settings.hangs = true;
    asked.length = 0;
    expect(await executor.list()).toEqual([]);
    expect(asked).toContain('deleteSecret');
  });

  it('ends the pod that was made too late, and says so', async () => {
    const { error, deleted, mark } = await launch({
      podMs: 2_500,
      beginWithinMs: 2_000,
    });
    expect(error?.message).toMatch(/took longer than 2000 ms/);
    expect(deleted).toEqual(['maestro-a']);
    expect(mark).toMatch(/"failure":"launch"/);
  });

  it('leaves the pod that was made in time, however long its Secret takes', async () => {
    const { error, deleted, mark } = await launch({
      ownMs: 2_500,
      beginWithinMs: 2_000,
    });
    expect(error).toBeUndefined();
    expect(deleted).toEqual([]);
    expect(mark).toBeUndefined();
  });
});

describe('a launch that a quota refuses', () => {
  it.each([
    [{ away: 2, readsAway: 2, beginWithinMs: 60_000 }, 'LaunchLater'],
    [{ readsAway: 3, beginWithinMs: 60_000 }, 'Error'],
    // Without the time to ask again nothing is known.
    [{ secretMs: 200, readsAway: 1 }, 'Error'],
    [{ secretMs: 200 }, 'LaunchLater'],
  ])('asks again what is not answered: %j gives %s', async (asked, name) => {
    const { error } = await launch({ ...asked, quota: true });
    expect(error?.name).toBe(name);
  });

  it('asks only its own namespace, and the API server four times', async () => {
    const { executor, again, asked } = await launch({
      podQuota: true,
      beginWithinMs: 60_000,
    });
    const object = 'pod old/maestro-x';
    await executor.list({ wanted: [{ attemptId: 'x', object }] });
    // What the listing asks behind itself.
    await new Promise(setImmediate);
    asked.length = 0;
    expect((await again())?.name).toBe('LaunchLater');
    // Its sources are known to be there.
    expect(asked).toEqual([
      'createSecret',
      'createPod',
      'readPod',
      'deleteSecret',
    ]);
  });
});

describe('an attempt that is launched again', () => {
  it.each([
    [
      'was refused by a quota too late',
      { secretMs: 200, quota: true, away: 1 },
    ],
    ['left its Secret behind', { secretMs: 200, away: 1 }],
  ])('keeps its new Secret when the launch before it %s', async (_, before) => {
    const { executor, again, settings, secrets } = await launch(before);
    Object.assign(settings, { secretMs: 0, quota: false });
    settings.beginWithinMs = 60_000;
    expect(await again()).toBeUndefined();
    await executor.list();
    expect([...secrets.keys()]).toEqual(['maestro-a']);
  });

  it.each([
    ['was refused by a quota', { podQuota: true, beginWithinMs: 60_000 }],
    ['was made too late', { secretMs: 200 }],
  ])(
    'keeps its new Secret when the one before, which %s, is removed long after that was given up',
    async (_, before) => {
      const launched = await launch({ ...before, away: 1 });
      const { executor, again, settings, secrets, late } = launched;
      await executor.list();
      Object.assign(settings, { secretMs: 0, podQuota: false });
      settings.beginWithinMs = 60_000;
      expect(await again()).toBeUndefined();
      expect(late).toHaveLength(1);
      late.forEach(land => land());
      expect([...secrets.keys()]).toEqual(['maestro-a']);
    },
  );
});
