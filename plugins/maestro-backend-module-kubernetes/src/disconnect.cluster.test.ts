import { setTimeout as sleep } from 'node:timers/promises';
import { Harness } from '@maestro/plugin-maestro-node/conformance';
import { ClusterApi } from './cluster/ClusterApi';
import { ClusterFixture } from './testing/clusterFixture';
import { CuttableProxy } from './testing/CuttableProxy';

jest.setTimeout(400_000);

let cluster: ClusterFixture;
let proxy: CuttableProxy;
let harness: Harness;

beforeEach(async () => {
  cluster = await ClusterFixture.make();
  proxy = new CuttableProxy();
  const config = await proxy.inFrontOf(cluster.config);
  harness = new Harness(
    {
      makeExecutor: () => cluster.makeExecutor({ api: new ClusterApi(config) }),
      leftovers: () => cluster.leftovers(),
      tearDown: async () => {
        await proxy.close();
        await cluster.tearDown();
      },
    },
    120_000,
  );
});

afterEach(async () => {
  proxy.mend();
  await harness.tearDown();
});

const COUNT =
  'i=0; while [ $i -lt 120 ]; do i=$((i+1)); echo line $i; sleep 0.1; done';
const COUNTED = Array.from({ length: 120 }, (_, i) => `line ${i + 1}\n`).join(
  '',
);

it('loses no line of a log and no end when the API server is away', async () => {
  const executor = await harness.start();
  const request = harness.request(['sh', '-c', COUNT]);
  await executor.launch(request);
  await harness.said(executor, request.attemptId, 'line 5\n');
  proxy.cut();
  await sleep(100);
  proxy.mend();
  await sleep(1_000);
  proxy.cut();
  await sleep(2_500);
  const { message } = await harness.until('it says so', async () => {
    const health = await executor.health();
    return health.ok ? undefined : health;
  });
  expect(message).toContain('could not be reached');
  await expect(executor.list()).rejects.toThrow('could not be reached');
  proxy.mend();
  // By the watch alone: nobody lists.
  await harness.until('the watch told the end', async () =>
    harness.observations.some(
      ({ attemptId, phase }) =>
        attemptId === request.attemptId && phase === 'ended',
    )
      ? true
      : undefined,
  );
  const whole = await harness.until('its log is complete', async () => {
    const slice = await executor.readLog(request.attemptId, {
      offset: 0,
      limit: 10_000,
    });
    return slice.end ? slice : undefined;
  });
  expect(Buffer.from(whole.bytes).toString()).toBe(COUNTED);
  expect(whole).not.toHaveProperty('missing');
});

it('does not know whether it launched when there is no answer', async () => {
  const executor = await harness.start();
  proxy.cut();
  const request = harness.request(['true']);
  await expect(executor.launch(request)).rejects.toMatchObject({
    // Not an ExecutorError: the engine looks at the listing.
    name: 'ClusterError',
  });
  proxy.mend();
  await executor.launch(request);
  const { outcome } = await harness.ended(executor, request.attemptId);
  expect(outcome).toMatchObject({ result: 'success' });
});

it('ends what was to be cancelled, by whoever asks again', async () => {
  const executor = await harness.start();
  const request = harness.request(['sleep', '60']);
  await executor.launch(request);
  await harness.running(executor, request.attemptId);
  proxy.cut();
  await expect(
    executor.cancel(request.attemptId, { graceMs: 0 }),
  ).rejects.toThrow('could not be reached');
  proxy.mend();
  await executor.cancel(request.attemptId, { graceMs: 0 });
  const { outcome } = await harness.ended(executor, request.attemptId);
  expect(outcome).toMatchObject({ failure: 'cancelled' });
});
