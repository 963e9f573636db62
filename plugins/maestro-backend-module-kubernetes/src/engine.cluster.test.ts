import { mockServices } from '@backstage/backend-test-utils';
// eslint-disable-next-line @backstage/no-mixed-plugin-imports -- a test of both together
import { runHeadless } from '@maestro/plugin-maestro-backend';
import {
  compilePipeline,
  type PipelineEntity,
} from '@maestro/plugin-maestro-common';
import type { KubernetesExecutorOptions } from './KubernetesExecutor';
import { ClusterFixture } from './testing/clusterFixture';

jest.setTimeout(400_000);

let cluster: ClusterFixture;

beforeEach(async () => {
  cluster = await ClusterFixture.make();
});

afterEach(async () => {
  await cluster.tearDown();
});

async function run(
  tasks: object[],
  options: Partial<KubernetesExecutorOptions> = {},
) {
  const logs: Record<string, string> = {};
  const result = await runHeadless({
    definition: compilePipeline({
      apiVersion: 'maestro.dev/v1alpha1',
      kind: 'Pipeline',
      metadata: { name: 'on_pods' },
      spec: { type: 'test', owner: 'ml-team', tasks },
    } as PipelineEntity),
    files: [{ path: 'words.txt', content: Buffer.from('from the sources\n') }],
    createExecutor: () => cluster.makeExecutor(options),
    params: {},
    connections: [],
    variables: {},
    logger: mockServices.logger.mock(),
    onLog: ({ taskId, attempt, bytes }) => {
      const key = `${taskId}/${attempt}`;
      logs[key] = (logs[key] ?? '') + bytes.toString();
    },
  });
  return { result, logs };
}

const shell = (script: string) => ({ command: ['sh', '-c', script] });

it('runs a pipeline on pods: outputs, logs, a try with more memory, nothing left', async () => {
  const { result, logs } = await run([
    {
      id: 'first',
      run: shell('cat words.txt; echo \'{"n": 7}\' > $MAESTRO_OUTPUT'),
    },
    {
      id: 'second',
      dependsOn: ['first'],
      run: { command: ['echo', '${{ tasks.first.outputs.n }}'] },
    },
    {
      id: 'hungry',
      retries: 1,
      retryDelay: 'PT0S',
      resources: { limits: { memory: '24Mi' } },
      kubernetes: { moreMemory: { max: '512Mi', factor: 16 } },
      run: shell('head -c 60000000 /dev/zero | tail > out && wc -c < out'),
    },
  ]);
  expect(result.state).toBe('success');
  expect(logs).toMatchObject({
    'first/1': 'from the sources\n',
    'second/1': '7\n',
    'hungry/2': '60000000\n',
  });
  const { items: pods } = await cluster.core.listNamespacedPod({
    namespace: cluster.namespace,
  });
  expect(pods.filter(({ metadata }) => metadata!.finalizers?.length)).toEqual(
    [],
  );
});

it('fails a task at once whose image cannot be had, with the reason', async () => {
  const { result } = await run(
    [
      {
        id: 'a',
        retries: 5,
        image: 'registry.invalid/none:1',
        run: shell('true'),
      },
    ],
    { pullTimeoutMs: 5_000 },
  );
  expect(result.state).toBe('failed');
  expect(JSON.stringify(result)).toContain('registry.invalid/none:1');
});

describe('a quota that is used up', () => {
  beforeEach(() => cluster.refusePods('none'));

  it('lets the attempt wait, and the task succeeds in its first when it is lifted', async () => {
    const lifted = new Promise(resolve => setTimeout(resolve, 27_000)).then(
      () =>
        cluster.core.deleteNamespacedResourceQuota({
          namespace: cluster.namespace,
          name: 'none',
        }),
    );
    const { result, logs } = await run([
      { id: 'a', timeout: 'PT25S', run: shell('echo here') },
    ]);
    await lifted;
    expect(result.state).toBe('success');
    // One attempt, which is the first.
    expect(logs).toEqual({ 'a/1': 'here\n' });
  });

  it('fails the task after its startTimeout, in the words of the cluster', async () => {
    const { result } = await run([
      {
        id: 'a',
        retries: 3,
        kubernetes: { startTimeout: 'PT5S' },
        run: shell('echo here'),
      },
    ]);
    expect(result.state).toBe('failed');
    expect(JSON.stringify(result)).toMatch(
      /It was not taken within 5 s: .*exceeded quota: none/,
    );
  });
});
