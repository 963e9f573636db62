import { Harness } from '@maestro/plugin-maestro-node/conformance';
import { attemptObjectName } from '../pod/names';
import { ForwardingServer } from '../testing/ForwardingServer';
import { ResourceFixture } from '../testing/resourceFixture';
import { ClusterApi } from './ClusterApi';

/*
 * A watch that was away for so long that the API server has forgotten where it
 * stood (410) lists anew: nothing of what happened meanwhile is lost, and nobody
 * has to ask. The answer is that of the real API server.
 */

jest.setTimeout(400_000);

const EXPIRED = /too old resource version|"code":410|Expired/;

let fixture: ResourceFixture;
let server: ForwardingServer;

beforeEach(async () => {
  fixture = await ResourceFixture.make();
  server = new ForwardingServer(fixture.cluster.config);
  fixture.config = await server.start();
});

afterEach(async () => {
  await fixture.harness.tearDown();
  await server.close();
});

const endOf = (harness: Harness, attemptId: string) =>
  harness.until('the watch told the end', async () =>
    harness.observations.find(
      seen => seen.attemptId === attemptId && seen.phase === 'ended',
    ),
  );

const refused = (harness: Harness) =>
  harness.until('the API server refused to go on from there', async () =>
    EXPIRED.test(server.oldAnswers.join('')) ? true : undefined,
  );

it('of a kind of others', async () => {
  const { harness, printers } = fixture;
  await printers.start(false);
  const executor = await harness.start();
  const asked = fixture.print();
  await executor.launch(asked);
  await harness.running(executor, asked.attemptId);
  server.makeOld();
  await refused(harness);
  await printers.status(attemptObjectName(asked.attemptId), { state: 'Done' });
  expect(await endOf(harness, asked.attemptId)).toMatchObject({
    outcome: { result: 'success' },
  });
});

it('of a kind of others, whose object has ended meanwhile', async () => {
  const { harness, printers } = fixture;
  await printers.start(false);
  const executor = await harness.start();
  const asked = fixture.print();
  await executor.launch(asked);
  await harness.running(executor, asked.attemptId);
  // Between the watch that broke off and the next one.
  let isNew = false;
  server.before = async ({ url }) => {
    if (!isNew && url.includes('watch=true') && url.includes('printers')) {
      isNew = true;
      const name = attemptObjectName(asked.attemptId);
      await printers.status(name, { state: 'Done' });
    }
    return true;
  };
  server.makeOld();
  await refused(harness);
  expect(await endOf(harness, asked.attemptId)).toMatchObject({
    outcome: { result: 'success' },
  });
});

it('of pods', async () => {
  const { cluster } = fixture;
  const harness = new Harness(
    {
      makeExecutor: () =>
        cluster.makeExecutor({ api: new ClusterApi(fixture.config) }),
      gate: cluster.gate,
      leftovers: () => cluster.leftovers(),
      tearDown: async () => {},
    },
    120_000,
  );
  const executor = await harness.start();
  const request = harness.request(['sh', '-c', `${harness.hold}; exit 3`]);
  await executor.launch(request);
  await harness.running(executor, request.attemptId);
  server.makeOld();
  await refused(harness);
  await harness.letGo(request.attemptId);
  expect(await endOf(harness, request.attemptId)).toMatchObject({
    outcome: { failure: 'exit_code', exitCode: 3 },
  });
  await executor.stop();
});
