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
        cluster.makeExecutor({ api: new CountingApi(cluster.config) }),
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
 * As somebody does who cleans up by hand. The kubelet keeps what is immutable
 * as long as it has a pod that uses it.
 */
async function removeSources() {
  const { core, namespace } = cluster;
  await harness.until('the pods are gone', async () => {
    const { items } = await core.listNamespacedPod({ namespace });
    return items.length === 0 ? true : undefined;
  });
  const { items } = await core.listNamespacedConfigMap({
    namespace,
    labelSelector: LABEL.sources,
  });
  expect(items).toHaveLength(1);
  const name = items[0].metadata!.name!;
  await core.deleteNamespacedConfigMap({ namespace, name });
}

it('are made once for all pods of a version, and again when somebody removed them', async () => {
  const executor = await harness.start();
  expect(await succeeds(executor, prints('one\n'))).toBe('one\n');
  expect(await succeeds(executor, prints('one\n'))).toBe('one\n');
  expect(made).toHaveLength(1);
  await removeSources();
  expect(await succeeds(executor, prints('one\n'))).toBe('one\n');
  expect(made.length).toBeGreaterThan(1);
  expect(new Set(made).size).toBe(1);
});

it('that nobody has any more are what the attempt failed of, in another process too', async () => {
  const first = await harness.start();
  await succeeds(first, prints('two\n'));
  await removeSources();
  const request = prints('two\n');
  await first.launch(request);
  await first.stop();
  const second = await harness.start();
  const { outcome } = await harness.ended(second, request.attemptId);
  expect(outcome).toMatchObject({
    failure: 'launch',
    message: expect.stringContaining('was removed by somebody'),
  });
});
