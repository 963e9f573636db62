import { Harness } from '@maestro/plugin-maestro-node/conformance';
import { ClusterApi } from './cluster/ClusterApi';
import { attemptObjectName } from './pod/names';
import { ResourceExecutor } from './resource/ResourceExecutor';
import { ClusterFixture } from './testing/clusterFixture';
import { ResourceFixture } from './testing/resourceFixture';

jest.setTimeout(400_000);

let former: ClusterFixture;
let now: ClusterFixture;

beforeEach(async () => {
  former = await ClusterFixture.make();
  now = await ClusterFixture.make();
});

afterEach(async () => {
  await former.tearDown();
  await now.tearDown();
});

it('what runs in a namespace that the configuration no longer names is found, read, ended and removed', async () => {
  const { instance } = former;
  const harness = new Harness(
    {
      makeExecutor: () => former.makeExecutor(),
      leftovers: () => former.leftovers(),
      tearDown: async () => {},
    },
    120_000,
  );
  const before = await harness.start();
  const request = harness.request(['sh', '-c', 'echo here; sleep 600']);
  const { attemptId } = request;
  await before.launch(request);
  const running = await harness.until('it runs', async () => {
    const listed = await harness.listed(before, attemptId);
    return listed?.phase === 'running' ? listed : undefined;
  });
  await before.stop();

  const after = now.makeExecutor({ instance });
  await after.start({
    onObservation: () => {},
    onLogGrowth: () => {},
    signal: new AbortController().signal,
  });
  try {
    expect(await after.list()).toEqual([]);
    const wanted = [{ attemptId, object: running.object }];
    expect(await after.list({ wanted })).toMatchObject([
      { attemptId, phase: 'running', object: running.object },
    ]);
    const log = await harness.until('its log is read', async () => {
      const { bytes } = await after.readLog(attemptId, {
        offset: 0,
        limit: 100,
      });
      return bytes.length > 0 ? Buffer.from(bytes).toString() : undefined;
    });
    expect(log).toBe('here\n');
    await after.cancel(attemptId, { graceMs: 0 });
    // Also when nobody wants it any more: its end is what is waited for.
    const ended = await harness.ended(after, attemptId);
    expect(ended.outcome).toMatchObject({ failure: 'cancelled' });
    await after.forget(attemptId);
    const { core, namespace } = former;
    await harness.until('its Secret is gone', async () => {
      const { items } = await core.listNamespacedSecret({ namespace });
      const name = attemptObjectName(attemptId);
      return items.some(({ metadata }) => metadata!.name === name)
        ? undefined
        : true;
    });
    expect(await after.list()).toEqual([]);
    expect(await former.leftovers()).toEqual([]);
  } finally {
    await after.stop();
  }
});

it('so is a resource there', async () => {
  const fixture = await ResourceFixture.make();
  const { harness, printers, cluster } = fixture;
  try {
    await printers.start(false);
    const before = await harness.start();
    const request = fixture.print();
    const { attemptId } = request;
    await before.launch(request);
    const running = (await harness.listed(before, attemptId))!;
    await before.stop();

    const warned: string[] = [];
    const after = new ResourceExecutor({
      api: new ClusterApi(cluster.config),
      instance: cluster.instance,
      namespaces: { default: now.namespace, pipelines: {}, owners: {} },
      maxParallel: 100,
      startTimeoutMs: 60_000,
      spoolDir: cluster.spoolDir,
      logger: { info: () => {}, warn: message => warned.push(message) },
    });
    await after.start({
      onObservation: () => {},
      onLogGrowth: () => {},
      signal: new AbortController().signal,
    });
    try {
      expect(await after.list()).toEqual([]);
      const wanted = [{ attemptId, object: running.object }];
      expect(await after.list({ wanted })).toMatchObject([
        { attemptId, phase: 'running', object: running.object },
      ]);
      await after.cancel(attemptId);
      const { outcome } = await harness.ended(after, attemptId);
      expect(outcome).toMatchObject({ failure: 'cancelled' });
      await after.forget(attemptId);
      expect(await after.list()).toEqual([]);
      // What somebody has written there is no namespace.
      await after.list({ wanted: [{ attemptId, object: 'x ../maestro-1' }] });
      expect(warned).toEqual([]);
    } finally {
      await after.stop();
    }
  } finally {
    await harness.tearDown();
  }
});
