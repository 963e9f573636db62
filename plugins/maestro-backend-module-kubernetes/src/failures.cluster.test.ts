import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  LaunchRequest,
  ObservedAttempt,
  TaskExecutor,
} from '@maestro/plugin-maestro-node';
import type { KubernetesExecutorOptions } from './KubernetesExecutor';
import { ANNOTATION, attemptObjectName } from './pod/names';
import { ClusterFixture, unlessGone } from './testing/clusterFixture';

jest.setTimeout(400_000);

let cluster: ClusterFixture;
let executor: TaskExecutor;
const started: TaskExecutor[] = [];

async function start(
  options: Partial<KubernetesExecutorOptions> = {},
): Promise<TaskExecutor> {
  const made = cluster.makeExecutor(options);
  await made.start({
    onObservation: () => {},
    onLogGrowth: () => {},
    signal: new AbortController().signal,
  });
  started.push(made);
  return made;
}

beforeEach(async () => {
  cluster = await ClusterFixture.make();
  executor = await start();
});

afterEach(async () => {
  await Promise.all(started.splice(0).map(each => each.stop()));
  await cluster.tearDown();
});

function request(
  script: string,
  changes: Partial<LaunchRequest> = {},
): LaunchRequest {
  return {
    attemptId: randomUUID(),
    command: ['sh', '-c', script],
    env: {},
    sources: { versionHash: 'none', files: [] },
    labels: {
      pipeline: 'failures',
      runId: randomUUID(),
      taskId: 'task',
      mapIndex: -1,
    },
    logLimitBytes: 1024 ** 3,
    ...changes,
  };
}

async function until(
  of: TaskExecutor,
  attemptId: string,
  is: (attempt: ObservedAttempt) => boolean,
): Promise<ObservedAttempt> {
  const deadline = Date.now() + 120_000;
  let last: ObservedAttempt | undefined;
  while (Date.now() < deadline) {
    last = (await of.list()).find(each => each.attemptId === attemptId);
    if (last && is(last)) return last;
    await sleep(100);
  }
  throw new Error(`Waited in vain; last seen: ${JSON.stringify(last)}`);
}

async function readLogToEnd(of: TaskExecutor, attemptId: string) {
  const deadline = Date.now() + 120_000;
  for (let text = ''; ; await sleep(100)) {
    const { bytes, end } = await of.readLog(attemptId, {
      offset: Buffer.byteLength(text),
      limit: 10_000,
    });
    text += Buffer.from(bytes).toString();
    if (end || Date.now() > deadline) return text;
  }
}

const isEnded = ({ phase }: ObservedAttempt) => phase === 'ended';

async function outcome(asked: LaunchRequest, of = executor) {
  await of.launch(asked);
  return (await until(of, asked.attemptId, isEnded)).outcome;
}

async function podGone(attemptId: string): Promise<void> {
  const name = attemptObjectName(attemptId);
  const { namespace, core } = cluster;
  const deadline = Date.now() + 120_000;
  for (;;) {
    const pod = await unlessGone(core.readNamespacedPod({ name, namespace }));
    const secret = await unlessGone(
      core.readNamespacedSecret({ name, namespace }),
    );
    if (!pod && !secret) return;
    if (Date.now() > deadline) {
      throw new Error(`Left: ${pod ? 'pod' : ''} ${secret ? 'Secret' : ''}`);
    }
    await sleep(200);
  }
}

describe('why an attempt failed', () => {
  it('memory ran out', async () => {
    expect(
      await outcome(
        request('head -c 200000000 /dev/zero | tail', {
          resources: { limits: { memory: '32Mi' } },
        }),
      ),
    ).toMatchObject({
      failure: 'oom',
      message: expect.stringContaining('32Mi'),
    });
  });

  it('its image is not there', async () => {
    const asked = request('true', { image: 'registry.invalid/none:1' });
    const impatient = await start({ pullTimeoutMs: 5_000 });
    expect(await outcome(asked, impatient)).toMatchObject({
      failure: 'image',
      message: expect.stringContaining('registry.invalid/none:1'),
    });
  });

  it('its image may not be pulled', async () => {
    expect(
      await outcome(
        request('true', {
          image: 'docker.io/library/none:1',
          kubernetes: { pullPolicy: 'Never' },
        }),
      ),
    ).toMatchObject({
      failure: 'image',
      message: expect.stringContaining('ErrImageNeverPull'),
    });
  });

  it('its image has no shell', async () => {
    expect(
      await outcome(request('true', { image: 'registry.mini.local/pause:1' })),
    ).toMatchObject({
      failure: 'config',
      message: expect.stringContaining('/bin/sh'),
    });
  });

  it('its init container failed', async () => {
    expect(
      await outcome(
        request('true', {
          kubernetes: {
            initContainers: [
              {
                name: 'prepare',
                image: 'docker.io/library/busybox:1.35',
                command: ['sh', '-c', 'exit 7'],
              },
            ],
          },
        }),
      ),
    ).toMatchObject({
      failure: 'exit_code',
      message: expect.stringContaining('"prepare" ended with exit code 7'),
    });
  });

  it('no node takes it, which it says while it waits', async () => {
    const asked = request('true', {
      resources: { requests: { cpu: '64' } },
      kubernetes: { startTimeoutMs: 600_000 },
    });
    await executor.launch(asked);
    const waiting = await until(executor, asked.attemptId, attempt =>
      Boolean(attempt.waitsFor),
    );
    expect(waiting).toMatchObject({
      phase: 'starting',
      waitsFor: expect.stringContaining('Insufficient cpu'),
    });
    // As if it had waited for so long before there was a pod.
    await cluster.core.patchNamespacedPod({
      namespace: cluster.namespace,
      name: attemptObjectName(asked.attemptId),
      body: [
        {
          op: 'add',
          path: `/metadata/annotations/${ANNOTATION.waited.replace('/', '~1')}`,
          value: '600000',
        },
      ],
    });
    const { outcome: end } = await until(executor, asked.attemptId, isEnded);
    expect(end).toMatchObject({
      failure: 'queued_timeout',
      message: expect.stringMatching(/within 10 min: .*Insufficient cpu/),
    });
  });

  it('a Secret that it mounts is missing, which it says while it waits', async () => {
    const asked = request('true', {
      kubernetes: {
        volumes: [{ mountPath: '/secret', secret: 'not-there' }],
      },
    });
    await executor.launch(asked);
    // Other words may come before, of a kubelet that had no answer in time.
    const waiting = await until(executor, asked.attemptId, ({ waitsFor }) =>
      Boolean(waitsFor?.includes('not-there')),
    );
    expect(waiting.phase).toBe('starting');
  });

  it('somebody deleted its pod', async () => {
    const asked = request('sleep 60');
    await executor.launch(asked);
    await until(executor, asked.attemptId, ({ phase }) => phase === 'running');
    const { namespace, core } = cluster;
    await core.deleteNamespacedPod({
      namespace,
      name: attemptObjectName(asked.attemptId),
    });
    const { outcome: end } = await until(executor, asked.attemptId, isEnded);
    expect(end).toMatchObject({
      failure: 'evicted',
      message: expect.stringContaining('deleted by somebody else'),
    });
  });
});

describe('a quota that is used up', () => {
  /** It may take a moment until the API server knows of more room. */
  const launchedSoon = async (asked: LaunchRequest) => {
    for (const deadline = Date.now() + 120_000; ; ) {
      const refused = await executor.launch(asked).then(
        () => undefined,
        error => error,
      );
      if (!refused) return;
      expect(refused).toMatchObject({ name: 'LaunchLater' });
      if (Date.now() > deadline) throw refused;
      await sleep(200);
    }
  };
  const liftQuota = () =>
    cluster.core.deleteNamespacedResourceQuota({
      namespace: cluster.namespace,
      name: 'none',
    });

  it('lets the launch wait, of which nothing is left, until there is room', async () => {
    await cluster.refusePods('none');
    const asked = request('echo $WORD', {
      env: { WORD: 'first' },
      kubernetes: { startTimeoutMs: 600_000 },
    });
    await expect(executor.launch(asked)).rejects.toMatchObject({
      name: 'LaunchLater',
      message: expect.stringContaining('exceeded quota: none'),
      options: { giveUpInMs: 600_000 },
    });
    await podGone(asked.attemptId);
    expect(await executor.list()).toEqual([]);
    await liftQuota();
    const again = { ...asked, env: { WORD: 'second' }, waitedMs: 20_000 };
    await launchedSoon(again);
    const { outcome: end } = await until(executor, asked.attemptId, isEnded);
    expect(end).toMatchObject({ result: 'success' });
    // Its end may be known before its log.
    const log = await readLogToEnd(executor, asked.attemptId);
    expect(log).toBe('second\n');
  });

  it('ends the waiting after startTimeout', async () => {
    await cluster.refusePods('none');
    const asked = request('true', { waitedMs: 120_000 });
    await expect(executor.launch(asked)).rejects.toMatchObject({
      name: 'ExecutorError',
      failure: 'queued_timeout',
      message: expect.stringMatching(/within 2 min: .*exceeded quota: none/),
    });
    await podGone(asked.attemptId);
  });

  it('takes nothing from what it let through before', async () => {
    const { core, namespace } = cluster;
    // Nothing is let in, and then one.
    await cluster.refusePods('none');
    await core.patchNamespacedResourceQuota({
      namespace,
      name: 'none',
      body: [{ op: 'replace', path: '/spec/hard/pods', value: '1' }],
    });
    const asked = request('sleep 2; echo $WORD', { env: { WORD: 'whole' } });
    await launchedSoon(asked);
    // The API server asks the quota before it sees that it is there.
    await executor.launch(asked);
    const { outcome: end } = await until(executor, asked.attemptId, isEnded);
    expect(end).toMatchObject({ result: 'success' });
  });
});

describe('what is left', () => {
  it('is nothing once it is forgotten, not even the Secret', async () => {
    const asked = request('echo $WORD', { env: { WORD: 'hidden' } });
    await outcome(asked);
    const pod = await cluster.core.readNamespacedPod({
      namespace: cluster.namespace,
      name: attemptObjectName(asked.attemptId),
    });
    expect(JSON.stringify(pod)).not.toContain('hidden');
    await executor.forget(asked.attemptId);
    await podGone(asked.attemptId);
  });

  it('keeps its outcome although its pod was deleted', async () => {
    const asked = request('echo \'{"a":1}\' > $MAESTRO_OUTPUT');
    await outcome(asked);
    await cluster.core.deleteNamespacedPod({
      namespace: cluster.namespace,
      name: attemptObjectName(asked.attemptId),
    });
    await sleep(3000);
    expect(await until(executor, asked.attemptId, isEnded)).toMatchObject({
      outcome: { result: 'success', outputs: '{"a":1}\n' },
    });
    await executor.forget(asked.attemptId);
    await podGone(asked.attemptId);
  });

  it('is nothing of one that was cancelled before a node took it', async () => {
    const asked = request('true', { resources: { requests: { cpu: '64' } } });
    await executor.launch(asked);
    await executor.cancel(asked.attemptId, { graceMs: 10_000 });
    const { outcome: end } = await until(executor, asked.attemptId, isEnded);
    expect(end).toMatchObject({ failure: 'cancelled' });
    await executor.forget(asked.attemptId);
    await podGone(asked.attemptId);
  });
});

it('is another installation to one of another name', async () => {
  const asked = request('sleep 60');
  await executor.launch(asked);
  const other = await start({ instance: 'another' });
  expect(await other.list()).toEqual([]);
  expect(other.instance).not.toBe(executor.instance);
});

it('a launch that comes too late does not begin', async () => {
  const asked = request('true', { beginWithinMs: 0 });
  await expect(executor.launch(asked)).rejects.toThrow(/was not begun/);
  const left = (await executor.list()).filter(({ phase }) => phase !== 'ended');
  expect(left).toEqual([]);
});

it('runs with what the pod was asked for', async () => {
  const { namespace, core } = cluster;
  await core.createNamespacedConfigMap({
    namespace,
    body: { metadata: { name: 'settings' }, data: { mode: 'fast' } },
  });
  const asked = request(
    'cat /settings/mode; id -u; grep sidehost /etc/hosts | cut -f1; until wget -qO word http://127.0.0.1:8080/word 2>/dev/null; do sleep 0.1; done; cat word',
    {
      kubernetes: {
        volumes: [{ mountPath: '/settings', configMap: 'settings' }],
        securityContext: { runAsUser: 4711 },
        labels: { team: 'ml' },
        podSpec: { hostAliases: [{ ip: '10.9.9.9', hostnames: ['sidehost'] }] },
        sidecars: [
          {
            name: 'web',
            image: 'docker.io/library/busybox:1.35',
            command: [
              'sh',
              '-c',
              'cd /tmp && echo $WORD > word && exec httpd -f -p 8080',
            ],
            env: { WORD: 'beside $(HOME) $$' },
          },
        ],
      },
    },
  );
  await executor.launch(asked);
  const pod = await core.readNamespacedPod({
    namespace,
    name: attemptObjectName(asked.attemptId),
  });
  expect(pod.metadata?.labels).toMatchObject({
    team: 'ml',
    'backstage.io/kubernetes-id': 'failures',
  });
  const attempt = await until(executor, asked.attemptId, isEnded);
  expect(attempt.outcome).toMatchObject({ result: 'success' });
  const text = await readLogToEnd(executor, asked.attemptId);
  expect(text).toMatch(/^fast4711\n10\.9\.9\.9\nbeside /);
});
