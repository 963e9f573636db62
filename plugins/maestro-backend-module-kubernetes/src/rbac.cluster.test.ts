import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  loadAllYaml,
  type V1PolicyRule,
  type V1Role,
} from '@kubernetes/client-node';
import type { TaskExecutor } from '@maestro/plugin-maestro-node';
import { Harness } from '@maestro/plugin-maestro-node/conformance';
import { ClusterApi } from './cluster/ClusterApi';
import { ClusterFixture } from './testing/clusterFixture';
import { grant } from './testing/grant';

jest.setTimeout(400_000);

const FILE = join(__dirname, '../../../deploy/kubernetes/rbac.yaml');

const rules = (loadAllYaml(readFileSync(FILE, 'utf8')) as V1Role[]).find(
  ({ kind }) => kind === 'Role',
)!.rules!;

let cluster: ClusterFixture;
let harness: Harness;

/** Somebody who may do what the rules say, and nothing else. */
async function executorWith(granted: V1PolicyRule[]): Promise<TaskExecutor> {
  const limited = await grant(cluster.config, cluster.namespace, granted);
  return cluster.makeExecutor({ api: new ClusterApi(limited.config) });
}

async function harnessWith(granted: V1PolicyRule[]): Promise<Harness> {
  const made = await executorWith(granted);
  return new Harness(
    {
      makeExecutor: () => made,
      leftovers: () => cluster.leftovers(),
      tearDown: async () => {},
    },
    120_000,
  );
}

beforeEach(async () => {
  cluster = await ClusterFixture.make();
});

afterEach(async () => {
  await cluster.tearDown();
});

it('is enough for a whole life: launch, watch, log, cancel, words, forget', async () => {
  harness = await harnessWith(rules);
  const executor = await harness.start();
  const done = harness.request(['sh', '-c', 'cat a; sleep 3'], {
    sources: {
      versionHash: 'v',
      files: [{ path: 'a', content: Buffer.from('words\n') }],
    },
  });
  const attempt = await harness.run(executor, done);
  expect(attempt.outcome).toMatchObject({ result: 'success' });
  expect((await harness.log(executor, done.attemptId)).toString()).toBe(
    'words\n',
  );
  await harness.until('the watch told the end', async () =>
    harness.observations.some(({ phase }) => phase === 'ended')
      ? true
      : undefined,
  );
  await executor.forget(done.attemptId);
  expect(await harness.listed(executor, done.attemptId)).toBeUndefined();

  const silent = harness.request(['true'], {
    kubernetes: { volumes: [{ mountPath: '/x', secret: 'not-there' }] },
  });
  await executor.launch(silent);
  // Other words may come before, of a kubelet that had no answer in time.
  await harness.until('an event was read that names it', async () => {
    const listed = await harness.listed(executor, silent.attemptId);
    return listed?.waitsFor?.includes('not-there') ? listed : undefined;
  });
  await executor.cancel(silent.attemptId, { graceMs: 0 });
  await harness.ended(executor, silent.attemptId);
  await executor.forget(silent.attemptId);
  await executor.stop();
});

it.each([
  ['pods', 'create', 'pods'],
  ['secrets', 'create', 'secrets'],
  ['configmaps', 'create', 'configmaps'],
])(
  'without the right on %s to %s the launch says so',
  async (resource, verb, said) => {
    const granted = rules.map(rule => ({
      ...rule,
      verbs: rule.resources!.includes(resource)
        ? rule.verbs.filter(each => each !== verb)
        : rule.verbs,
    }));
    const executor = await executorWith(granted);
    await executor.start({
      onObservation: () => {},
      onLogGrowth: () => {},
      signal: new AbortController().signal,
    });
    try {
      await expect(
        executor.launch(
          new Harness({} as never, 1000).request(['true'], {
            // Without any there is no ConfigMap.
            sources: {
              versionHash: 'v',
              files: [{ path: 'a', content: Buffer.from('x') }],
            },
          }),
        ),
      ).rejects.toMatchObject({
        name: 'ExecutorError',
        failure: 'config',
        message: expect.stringMatching(
          new RegExp(`cannot ${verb} resource "${said}".*rbac\\.yaml`),
        ),
      });
    } finally {
      await executor.stop();
    }
  },
);
