import { attemptObjectName } from '../pod/names';
import { ResourceFixture } from '../testing/resourceFixture';

/*
 * What stays of a resource when its task is forgotten: the object with its pods
 * and logs, for people; never the ledger, which would bring it back as a task.
 */

jest.setTimeout(400_000);

let fixture: ResourceFixture;

beforeEach(async () => {
  fixture = await ResourceFixture.make();
  await fixture.printers.start();
});

afterEach(async () => {
  await fixture.harness.tearDown();
});

/** How it ended, and whether its object is there when all has settled. */
async function left(
  keep: 'never' | 'failed' | 'always',
  how: 'success' | 'failure' | 'cancelled',
  stays: boolean,
): Promise<{ object: boolean; pod: boolean }> {
  const { harness, printers, cluster } = fixture;
  const executor = await harness.start();
  const asked = fixture.print(
    how === 'cancelled'
      ? { command: ['sleep', '600'] }
      : { exit: how === 'failure' ? 1 : 0 },
    { keep },
  );
  const { attemptId } = asked;
  await executor.launch(asked);
  if (how === 'cancelled') {
    await harness.running(executor, attemptId);
    await executor.cancel(attemptId, { graceMs: 0 });
  }
  const { outcome } = await harness.ended(executor, attemptId);
  expect(outcome).toMatchObject(
    how === 'success'
      ? { result: 'success' }
      : { failure: how === 'failure' ? 'exit_code' : 'cancelled' },
  );
  await executor.forget(attemptId);
  const name = attemptObjectName(attemptId);
  const { core, namespace } = cluster;
  await harness.until('its ledger is gone', async () =>
    core
      .readNamespacedConfigMap({ namespace, name })
      .then(() => undefined)
      .catch(error => (error.code === 404 ? true : undefined)),
  );
  expect(await executor.list()).toEqual([]);
  const look = async () => {
    const { items: pods } = await core.listNamespacedPod({ namespace });
    return {
      object: (await printers.read(name)) !== undefined,
      pod: pods.some(({ metadata }) => metadata!.name === `${name}-pod`),
    };
  };
  // What Kubernetes collects goes when it comes to it; what stays, stays so long.
  const settled = Date.now() + 10_000;
  return harness.until('it is collected, or stays', async () => {
    const found = await look();
    const isGone = !found.object && !found.pod;
    const hasStayed = stays && found.object && Date.now() > settled;
    return isGone || hasStayed ? found : undefined;
  });
}

it.each([
  ['never', 'success', false],
  ['never', 'failure', false],
  ['failed', 'success', false],
  ['failed', 'failure', true],
  ['always', 'success', true],
  ['always', 'failure', true],
  // Its deletion is how a cancel ends it.
  ['always', 'cancelled', false],
] as const)('keep: %s, after a %s: %s', async (keep, how, stays) => {
  expect(await left(keep, how, stays)).toEqual({ object: stays, pod: stays });
});
