import type { LaunchRequest, TaskExecutor } from '@maestro/plugin-maestro-node';
import { Harness } from '@maestro/plugin-maestro-node/conformance';
import { ClusterApi } from './cluster/ClusterApi';
import { LABEL } from './pod/names';
import { ClusterFixture } from './testing/clusterFixture';

jest.setTimeout(400_000);

let cluster: ClusterFixture;
let harness: Harness;
/** ConfigMaps that were asked to be made. */
let made: string[];

/** Counts what it asks for. */
class CountingApi extends ClusterApi {
  async createConfigMap(
    ...args: Parameters<ClusterApi['createConfigMap']>
  ): Promise<void> {
    made.push(args[0].metadata!.name!);
    await super.createConfigMap(...args);
  }
}

beforeEach(async () => {
  made = [];
  cluster = await ClusterFixture.make();
  harness = new Harness(
    {
      makeExecutor: () =>
        cluster.makeExecutor({
          api: new CountingApi(cluster.config),
          // Who has sources that are missing is waited for so long.
          pullTimeoutMs: 5_000,
        }),
      leftovers: () => cluster.leftovers(),
      tearDown: () => cluster.tearDown(),
    },
    120_000,
  );
});

afterEach(() => harness.tearDown());

const prints = (text: string): LaunchRequest => ({
  ...harness.request(['sh', '-c', 'cat text']),
  sources: {
    versionHash: `of ${text}`,
    files: [{ path: 'text', content: Buffer.from(text) }],
  },
});

async function succeeds(executor: TaskExecutor, request: LaunchRequest) {
  const { outcome } = await harness.run(executor, request);
  expect(outcome).toMatchObject({ result: 'success' });
  const log = await harness.log(executor, request.attemptId);
  await executor.forget(request.attemptId);
  return log.toString();
}

/**
 * Leaves an executor that made sources, which somebody removed who cleans up by
 * hand. The kubelet keeps what is immutable until it has let go of the last pod
 * that used it, some time after that pod is gone: no pod has used these.
 */
async function makesWhatIsRemoved(
  executor: TaskExecutor,
  { sources }: LaunchRequest,
) {
  const nowhere = {
    ...harness.request(['true']),
    sources,
    resources: { requests: { cpu: '64' } },
  };
  await executor.launch(nowhere);
  await executor.cancel(nowhere.attemptId, { graceMs: 0 });
  const { outcome } = await harness.ended(executor, nowhere.attemptId);
  expect(outcome).toMatchObject({ failure: 'cancelled' });
  await executor.forget(nowhere.attemptId);

  const { core, namespace } = cluster;
  const { items } = await core.listNamespacedConfigMap({
    namespace,
    labelSelector: LABEL.sources,
  });
  expect(items).toHaveLength(1);
  const name = items[0].metadata!.name!;
  await core.deleteNamespacedConfigMap({ namespace, name });
}

it('are made once for all pods of a version', async () => {
  const executor = await harness.start();
  expect(await succeeds(executor, prints('one\n'))).toBe('one\n');
  expect(await succeeds(executor, prints('one\n'))).toBe('one\n');
  expect(made).toHaveLength(1);
});

it('are made again when somebody removed them', async () => {
  const executor = await harness.start();
  await makesWhatIsRemoved(executor, prints('one\n'));
  expect(made).toHaveLength(1);
  expect(await succeeds(executor, prints('one\n'))).toBe('one\n');
  expect(made.length).toBeGreaterThan(1);
  expect(new Set(made).size).toBe(1);
});

it('that nobody has any more are what the attempt failed of, in another process too', async () => {
  const first = await harness.start();
  const request = prints('two\n');
  await makesWhatIsRemoved(first, request);
  await first.launch(request);
  await first.stop();
  const second = await harness.start();
  const { outcome } = await harness.ended(second, request.attemptId);
  expect(outcome).toMatchObject({
    failure: 'launch',
    message: expect.stringContaining('was removed by somebody'),
  });
});
