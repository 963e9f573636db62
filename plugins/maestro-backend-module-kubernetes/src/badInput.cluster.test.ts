import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type KubernetesSettings,
  policyProblem,
  validatePipeline,
} from '@maestro/plugin-maestro-common';
import type { LaunchRequest, TaskExecutor } from '@maestro/plugin-maestro-node';
import { attemptObjectName } from './pod/names';
import { ClusterFixture } from './testing/clusterFixture';

jest.setTimeout(400_000);

let cluster: ClusterFixture;
let executor: TaskExecutor;

beforeAll(async () => {
  cluster = await ClusterFixture.make();
  executor = cluster.makeExecutor();
  await executor.start({
    onObservation: () => {},
    onLogGrowth: () => {},
    signal: new AbortController().signal,
  });
});

afterAll(async () => {
  await executor.stop();
  await cluster.tearDown();
});

function request(changes: Partial<LaunchRequest> = {}): LaunchRequest {
  return {
    attemptId: randomUUID(),
    command: ['true'],
    env: {},
    sources: { versionHash: 'none', files: [] },
    labels: {
      pipeline: 'bad_input',
      runId: randomUUID(),
      taskId: 'task',
      mapIndex: -1,
    },
    logLimitBytes: 1024 ** 2,
    ...changes,
  };
}

async function outcome(asked: LaunchRequest) {
  await executor.launch(asked);
  for (const deadline = Date.now() + 120_000; Date.now() < deadline; ) {
    const found = (await executor.list()).find(
      ({ attemptId }) => attemptId === asked.attemptId,
    );
    if (found?.phase === 'ended') return found.outcome;
    await sleep(100);
  }
  throw new Error('It did not end');
}

const LONG = `a${'-very_long.name'.repeat(12)}`;

it('names far over 63 characters run, and are whole in the annotations', async () => {
  const asked = request({
    labels: {
      pipeline: LONG,
      runId: randomUUID(),
      taskId: `${LONG}.`,
      mapIndex: 9_999,
      owner: `group:default/${LONG}`,
    },
  });
  expect(await outcome(asked)).toMatchObject({ result: 'success' });
  const { metadata } = await cluster.core.readNamespacedPod({
    namespace: cluster.namespace,
    name: attemptObjectName(asked.attemptId),
  });
  expect(metadata!.annotations).toMatchObject({
    'maestro.dev/pipeline': LONG,
    'maestro.dev/task': `${LONG}.`,
  });
  expect(metadata!.labels!['maestro.dev/map-index']).toBe('9999');
});

it('5 KiB of outputs fail by name, and are not cut', async () => {
  expect(
    await outcome(
      request({
        command: ['sh', '-c', `printf '{"a":"%05120d"}' 0 > $MAESTRO_OUTPUT`],
      }),
    ),
  ).toMatchObject({
    failure: 'outputs',
    message: expect.stringMatching(/51\d\d bytes.*4000|4,000/),
  });
});

const asks = (kubernetes: KubernetesSettings) => ({ kubernetes });

it.each<[string, Partial<LaunchRequest>, RegExp]>([
  [
    '1.2 MB of sources',
    {
      sources: {
        versionHash: 'large',
        files: [{ path: 'a', content: Buffer.alloc(1_200_000, 'x') }],
      },
    },
    /sources have 1200000 bytes.*716800.*image/,
  ],
  [
    'a template that fights the executor',
    asks({ podSpec: { restartPolicy: 'Always' } }),
    /podSpec cannot set "restartPolicy".*`retries`/,
  ],
  [
    'a template of the wrong shape',
    asks({ podSpec: { hostAliases: 'none' } }),
    /hostAliases/,
  ],
  [
    'a label that no cluster takes',
    asks({ labels: { team: 'not a label!' } }),
    /team|label/,
  ],
  ['a variable with a NUL', { env: { A: 'a\0b' } }, /"A" cannot be.*NUL/],
])('%s is refused before a pod is made', async (_, changes, words) => {
  const asked = request(changes);
  await expect(executor.launch(asked)).rejects.toMatchObject({
    name: 'ExecutorError',
    failure: 'config',
    message: expect.stringMatching(words),
  });
  const { items } = await cluster.core.listNamespacedPod({
    namespace: cluster.namespace,
  });
  expect(items.map(({ metadata }) => metadata!.name)).not.toContain(
    attemptObjectName(asked.attemptId),
  );
});

/** What the validator says of a task, long before a cluster is asked. */
function said(task: object): string {
  const result = validatePipeline({
    apiVersion: 'maestro.dev/v1alpha1',
    kind: 'Pipeline',
    metadata: { name: 'bad' },
    spec: {
      type: 'test',
      owner: 'ml-team',
      tasks: [{ id: 'a', run: { command: ['true'] }, ...task }],
    },
  });
  return result.ok ? '' : JSON.stringify(result.problems);
}

it.each([
  ['a task id over 200 characters', { id: 'x'.repeat(201) }, '200 characters'],
  ['an empty image', { image: '' }, 'image'],
  [
    'a command of 1 MB',
    { run: { command: ['x'.repeat(1_000_000)] } },
    'run.command',
  ],
  [
    'a template that fights the executor',
    asks({ podSpec: { containers: [] } }),
    'kubernetes.sidecars',
  ],
  [
    'a hostile label',
    asks({ labels: { team: 'a\n b' } }),
    'at most 63 characters',
  ],
])('%s is refused by the validator', (_, task, words) => {
  expect(said(task)).toContain(words);
});

it('a service account that its owner may not use is refused with the rule', () => {
  expect(
    policyProblem(
      {
        default: 'deny',
        rules: [
          { id: 'ml', owners: ['*'], executors: ['*'], serviceAccounts: ['a'] },
        ],
      },
      { name: 'bad' },
      {
        id: 'a',
        kind: 'run',
        connections: [],
        kubernetes: { serviceAccount: 'admin' },
      },
      { owner: 'group:default/ml-team', defaultExecutor: 'kubernetes' },
    )?.message,
  ).toMatch(/service account "admin": rule "ml".*only a/);
});
