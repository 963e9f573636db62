import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { BatchV1Api, type KubeConfig } from '@kubernetes/client-node';
import { mockServices } from '@backstage/backend-test-utils';
// eslint-disable-next-line @backstage/no-mixed-plugin-imports -- a test of both together
import { runHeadless } from '@maestro/plugin-maestro-backend';
import {
  compilePipeline,
  type PipelineEntity,
  type ResourceDefinition,
} from '@maestro/plugin-maestro-common';
import type {
  LaunchRequest,
  ObservedAttempt,
} from '@maestro/plugin-maestro-node';
import { ClusterApi } from '../cluster/ClusterApi';
import { attemptObjectName } from '../pod/names';
import { ClusterFixture, unlessGone } from '../testing/clusterFixture';
import { grant } from '../testing/grant';
import { PrinterController } from '../testing/PrinterController';
import { ResourceExecutor } from './ResourceExecutor';

jest.setTimeout(400_000);

let cluster: ClusterFixture;
let printers: PrinterController;
const started: ResourceExecutor[] = [];

function make(config: KubeConfig = cluster.config): ResourceExecutor {
  return new ResourceExecutor({
    api: new ClusterApi(config),
    instance: cluster.instance,
    namespaces: { default: cluster.namespace, pipelines: {}, owners: {} },
    maxParallel: 100,
    startTimeoutMs: 60_000,
    spoolDir: cluster.spoolDir,
  });
}

async function start(config?: KubeConfig): Promise<ResourceExecutor> {
  const executor = make(config);
  await executor.start({
    onObservation: () => {},
    onLogGrowth: () => {},
    signal: new AbortController().signal,
  });
  started.push(executor);
  return executor;
}

beforeEach(async () => {
  cluster = await ClusterFixture.make();
  printers = new PrinterController(cluster.config, cluster.namespace);
});

afterEach(async () => {
  await Promise.all(started.splice(0).map(each => each.stop()));
  await printers.stop();
  await cluster.tearDown();
});

function request(resource: ResourceDefinition): LaunchRequest {
  return {
    attemptId: randomUUID(),
    command: [],
    env: {},
    sources: { versionHash: 'none', files: [] },
    labels: {
      pipeline: 'prints',
      runId: randomUUID(),
      taskId: 'task',
      mapIndex: -1,
    },
    logLimitBytes: 1024 ** 2,
    resource,
  };
}

function printer(
  spec: Record<string, unknown>,
  changes: Partial<ResourceDefinition> = {},
): LaunchRequest {
  return request({
    manifest: { apiVersion: printers.apiVersion, kind: 'Printer', spec },
    success: 'status.state == "Done"',
    failure: 'status.state == "Jammed"',
    logs: { pods: 'printer=${{ object.metadata.name }}' },
    keep: 'never',
    ...changes,
  });
}

async function until(
  executor: ResourceExecutor,
  { attemptId }: LaunchRequest,
  is: (attempt: ObservedAttempt) => boolean = ({ phase }) => phase === 'ended',
): Promise<ObservedAttempt> {
  const deadline = Date.now() + 120_000;
  let last: ObservedAttempt | undefined;
  while (Date.now() < deadline) {
    last = (await executor.list()).find(each => each.attemptId === attemptId);
    if (last && is(last)) return last;
    await sleep(100);
  }
  throw new Error(`Waited in vain; last seen: ${JSON.stringify(last)}`);
}

async function logOf(executor: ResourceExecutor, { attemptId }: LaunchRequest) {
  const deadline = Date.now() + 120_000;
  let text = '';
  while (Date.now() < deadline) {
    const { bytes, end } = await executor.readLog(attemptId, {
      offset: Buffer.byteLength(text),
      limit: 10_000,
    });
    text += Buffer.from(bytes).toString();
    if (end) return text;
    if (bytes.length === 0) await sleep(100);
  }
  throw new Error(`The log did not end: ${text}`);
}

async function gone(attemptId: string): Promise<void> {
  const name = attemptObjectName(attemptId);
  const { namespace, core } = cluster;
  const deadline = Date.now() + 120_000;
  for (;;) {
    const { items: pods } = await core.listNamespacedPod({ namespace });
    const ledger = await unlessGone(
      core.readNamespacedConfigMap({ namespace, name }),
    );
    const left = await printers.read(name);
    const names = pods.map(({ metadata }) => metadata!.name!);
    if (!ledger && !left && !names.some(each => each.startsWith(name))) return;
    if (Date.now() > deadline) {
      throw new Error(`Left: ${names} ${ledger && 'ledger'} ${left && 'it'}`);
    }
    await sleep(200);
  }
}

it('has the outcome, outputs and log of what a controller made, and removes it', async () => {
  await printers.start();
  const executor = await start();
  const asked = printer(
    { words: 'from the printer', pages: 3 },
    { outputs: { pages: 'status.pages', name: 'object.metadata.name' } },
  );
  await executor.launch(asked);
  await executor.launch(asked);
  expect(await until(executor, asked)).toMatchObject({
    object: expect.stringContaining('/v1/Printer '),
    outcome: {
      result: 'success',
      outputs: JSON.stringify({
        pages: 3,
        name: attemptObjectName(asked.attemptId),
      }),
    },
  });
  expect(await logOf(executor, asked)).toMatch(
    /^--- pod maestro-.*-pod, container print\nfrom the printer\n$/,
  );
  await executor.forget(asked.attemptId);
  await executor.forget(asked.attemptId);
  await gone(asked.attemptId);
});

it('says what the status was when it failed', async () => {
  await printers.start();
  const executor = await start();
  const asked = printer({ words: 'x', exit: 3 });
  await executor.launch(asked);
  expect(await until(executor, asked)).toMatchObject({
    outcome: {
      result: 'failed',
      failure: 'exit_code',
      message: expect.stringMatching(/"state":"Jammed"/),
    },
  });
});

it('is adopted by another process, which finds the same log', async () => {
  await printers.start();
  const first = await start();
  const asked = printer({ words: 'adopted' });
  await first.launch(asked);
  // As after kill -9: nothing of the first one is there.
  await first.stop();
  const second = await start();
  expect(await until(second, asked)).toMatchObject({
    outcome: { result: 'success' },
  });
  expect(await logOf(second, asked)).toContain('adopted\n');
});

it('keeps its end although the object was removed after it', async () => {
  await printers.start();
  const executor = await start();
  const asked = printer({ words: 'x' });
  await executor.launch(asked);
  const ended = await until(executor, asked);
  await printers.remove(attemptObjectName(asked.attemptId));
  const other = await start();
  expect(await until(other, asked)).toMatchObject({ outcome: ended.outcome });
});

describe('without anybody who works on it', () => {
  beforeEach(() => printers.start(false));

  it('a cancel deletes it, says what was waited for, and waits for the finalizers of others', async () => {
    const executor = await start();
    const asked = printer({ words: 'x' });
    const name = attemptObjectName(asked.attemptId);
    await executor.launch(asked);
    await printers.patch(name, [
      { op: 'add', path: '/metadata/finalizers', value: ['example.com/held'] },
    ]);
    await executor.cancel(asked.attemptId);
    const held = await until(executor, asked, ({ object }) =>
      Boolean(object?.includes('example.com/held')),
    );
    expect(held.phase).toBe('running');
    await expect(executor.forget(asked.attemptId)).rejects.toThrow(/cancel it/);
    await printers.release(name, 'example.com/held');
    expect(await until(executor, asked)).toMatchObject({
      outcome: {
        failure: 'cancelled',
        detail: expect.stringMatching(
          /"status.state == \\"Done\\"" was not true .*no controller has written a status/,
        ),
      },
    });
    await executor.forget(asked.attemptId);
    await gone(asked.attemptId);
  });

  it('one that somebody deletes is told so', async () => {
    const executor = await start();
    const asked = printer({ words: 'x' });
    await executor.launch(asked);
    await until(executor, asked, ({ phase }) => phase === 'running');
    await printers.remove(attemptObjectName(asked.attemptId));
    expect(await until(executor, asked)).toMatchObject({
      outcome: {
        failure: 'evicted',
        message: expect.stringContaining('was deleted by somebody else'),
      },
    });
  });

  it('a field that is not in its schema is refused in the words of the API, and leaves nothing', async () => {
    const executor = await start();
    for (const spec of [{ words: 7 }, { words: 'x', wrods: 'y' }]) {
      const asked = printer(spec);
      await expect(executor.launch(asked)).rejects.toMatchObject({
        name: 'ExecutorError',
        failure: 'config',
        message: expect.stringMatching(
          /spec\.words|unknown field "spec\.wrods"/,
        ),
      });
      await gone(asked.attemptId);
    }
  });

  it('a missing right is named with what to do', async () => {
    const limited = await grant(cluster.config, cluster.namespace, [
      { apiGroups: [''], resources: ['configmaps'], verbs: ['*'] },
    ]);
    const executor = await start(limited.config);
    await expect(
      executor.launch(printer({ words: 'x' })),
    ).rejects.toMatchObject({
      failure: 'config',
      message: expect.stringMatching(
        /cannot create resource "printers".*maestro-resources/,
      ),
    });
  });
});

it('a kind that the cluster does not know is named', async () => {
  const executor = await start();
  await expect(
    executor.launch(
      request({
        manifest: { apiVersion: 'ray.io/v1', kind: 'RayJob' },
        success: 'true',
        keep: 'never',
      }),
    ),
  ).rejects.toMatchObject({
    failure: 'config',
    message: expect.stringContaining('no ray.io/v1/RayJob'),
  });
});

it('runs a Job of Kubernetes in a pipeline, and fails one whose condition is never true', async () => {
  const template = (script: string) => ({
    spec: {
      restartPolicy: 'Never',
      containers: [
        {
          name: 'main',
          image: 'docker.io/library/busybox:1.35',
          command: ['sh', '-c', script],
        },
      ],
    },
  });
  const logs: Record<string, string> = {};
  const result = await runHeadless({
    definition: compilePipeline({
      apiVersion: 'maestro.dev/v1alpha1',
      kind: 'Pipeline',
      metadata: { name: 'jobs' },
      spec: {
        type: 'test',
        owner: 'ml-team',
        params: { type: 'object', properties: { n: { default: 2 } } },
        tasks: [
          {
            id: 'job',
            'kubernetes.resource': {
              manifest: {
                apiVersion: 'batch/v1',
                kind: 'Job',
                spec: {
                  completions: '${{ params.n }}',
                  template: template('echo from the job'),
                },
              },
              success:
                'status.conditions.exists(c, c.type == "Complete" && c.status == "True")',
              outputs: { succeeded: 'status.succeeded' },
            },
          },
          {
            id: 'never',
            timeout: 'PT5S',
            'kubernetes.resource': {
              manifest: {
                apiVersion: 'batch/v1',
                kind: 'Job',
                spec: { template: template('sleep 600') },
              },
              success: 'status.succeeded == 99',
            },
          },
        ],
      },
    } as unknown as PipelineEntity),
    files: [],
    createExecutor: () => make(),
    params: { n: 2 },
    connections: [],
    variables: {},
    logger: mockServices.logger.mock(),
    onLog: ({ taskId, bytes }) => {
      logs[taskId] = (logs[taskId] ?? '') + bytes.toString();
    },
  });
  expect(result.tasks).toMatchObject([
    { taskId: 'job', state: 'success' },
    {
      taskId: 'never',
      state: 'failed',
      reason: expect.stringMatching(
        /longer than its timeout.*"status.succeeded == 99" was not true/,
      ),
    },
  ]);
  expect(logs.job.match(/from the job/g)).toHaveLength(2);
  const { items } = await cluster.config
    .makeApiClient(BatchV1Api)
    .listNamespacedJob({ namespace: cluster.namespace });
  expect(items.filter(({ metadata }) => !metadata!.deletionTimestamp)).toEqual(
    [],
  );
});

it('a quota lets the launch wait, and nothing of it is left until there is room', async () => {
  const { core, namespace } = cluster;
  await printers.start();
  const executor = await start();
  const name = 'no-printers';
  await printers.refuse(name);
  const asked = printer({ words: 'x' });
  const launch = () =>
    executor.launch(asked).then(
      () => undefined,
      error => error,
    );
  const refused = await launch();
  expect(refused).toMatchObject({
    name: 'LaunchLater',
    message: expect.stringContaining('quota: no-printers'),
    options: { giveUpInMs: 60_000 },
  });
  await gone(asked.attemptId);
  await core.deleteNamespacedResourceQuota({ namespace, name });
  for (const deadline = Date.now() + 120_000; ; ) {
    const error = await launch();
    if (!error) break;
    expect(error).toMatchObject({ name: 'LaunchLater' });
    if (Date.now() > deadline) throw error;
    await sleep(200);
  }
  expect((await until(executor, asked)).outcome).toMatchObject({
    result: 'success',
  });
});
