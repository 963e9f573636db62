import { execFile, execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RbacAuthorizationV1Api, type V1Pod } from '@kubernetes/client-node';
import { Harness } from '@maestro/plugin-maestro-node/conformance';
import { FINALIZER, LABEL } from '../pod/names';
import { ClusterFixture } from '../testing/clusterFixture';
import { grant } from '../testing/grant';

jest.setTimeout(400_000);

/** The command as people have it: built, in a process of its own. */
const CLI = join(__dirname, '../../../../packages/cli');
const BUILT = join(CLI, 'dist', `release-${process.pid}`);

let cluster: ClusterFixture;

beforeAll(() => {
  execFileSync(process.execPath, ['build.mjs', BUILT], { cwd: CLI });
});
afterAll(() => rmSync(BUILT, { recursive: true, force: true }));
beforeEach(async () => {
  cluster = await ClusterFixture.make();
});
afterEach(async () => {
  await cluster.tearDown();
});

function release(args: string[], env: NodeJS.ProcessEnv = {}) {
  return new Promise<{ code: number; stdout: string; stderr: string }>(
    resolve =>
      execFile(
        process.execPath,
        [
          join(BUILT, 'maestro.cjs'),
          'kubernetes',
          'release',
          '--namespace',
          cluster.namespace,
          ...args,
        ],
        {
          env: {
            PATH: process.env.PATH,
            KUBECONFIG: process.env.MAESTRO_TEST_KUBECONFIG,
            ...env,
          },
        },
        (error, stdout, stderr) =>
          resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
      ),
  );
}

/** A pod of an attempt that the real executor made, in an installation. */
async function launch(instance: string, command: string[]): Promise<string> {
  const made = cluster.makeExecutor({ instance });
  const harness = new Harness(
    {
      makeExecutor: () => made,
      leftovers: async () => [],
      tearDown: async () => {},
    },
    120_000,
  );
  const executor = await harness.start();
  const request = harness.request(command, {
    // Without any there is no ConfigMap.
    sources: {
      versionHash: 'v',
      files: [{ path: 'a', content: Buffer.from('x') }],
    },
  });
  await executor.launch(request);
  // The backend is stopped before an uninstall.
  await executor.stop();
  return `maestro-${request.attemptId}`;
}

async function until(
  what: string,
  isSo: () => Promise<boolean>,
): Promise<void> {
  for (let i = 0; i < 1_200; i++) {
    if (await isSo()) return;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  throw new Error(`Not within two minutes: ${what}`);
}

/** Names of all that has the labels of an installation. */
async function objectsOf(instance: string): Promise<string[]> {
  const { core, namespace } = cluster;
  const labelSelector = `${LABEL.instance}=${instance}`;
  const lists = await Promise.all([
    core.listNamespacedPod({ namespace, labelSelector }),
    core.listNamespacedSecret({ namespace, labelSelector }),
    core.listNamespacedConfigMap({ namespace, labelSelector }),
  ]);
  return lists.flatMap(({ items }, i) =>
    items.map(
      ({ metadata }) =>
        `${['pod', 'secret', 'configmap'][i]} ${metadata!.name}`,
    ),
  );
}

async function readPod(name: string): Promise<V1Pod> {
  const { core, namespace } = cluster;
  return core.readNamespacedPod({ namespace, name });
}

it('releases what is stuck and what runs of one installation, and leaves the other', async () => {
  const { core, namespace } = cluster;
  const stuck = await launch('one', ['true']);
  const running = await launch('one', ['sleep', '1000']);
  const other = await launch('two', ['sleep', '1000']);
  await until('all are where they shall be', async () => {
    const [a, b, c] = await Promise.all([stuck, running, other].map(readPod));
    return (
      a.status?.phase === 'Succeeded' &&
      b.status?.phase === 'Running' &&
      c.status?.phase === 'Running'
    );
  });
  await core.deleteNamespacedPod({ namespace, name: stuck });
  // Deleted, ended, and held: nobody's backend will ever let it go.
  expect((await readPod(stuck)).metadata).toMatchObject({
    deletionTimestamp: expect.anything(),
    finalizers: [FINALIZER],
  });
  const before = await objectsOf('two');
  expect(before).toHaveLength(3);

  const unnamed = await release(['--yes']);
  expect(unnamed).toMatchObject({ code: 2, stdout: '' });
  expect(unnamed.stderr).toMatch(/one: 2 pods, 2 Secrets and 1 ConfigMap/);
  expect(unnamed.stderr).toMatch(/two: 1 pod, 1 Secret and 1 ConfigMap/);

  const dry = await release(['--instance', 'one', '--dry-run', '-o', 'json']);
  expect(dry.code).toBe(0);
  expect(
    JSON.parse(dry.stdout).objects.map(
      ({ kind, name }: Record<string, string>) =>
        `${kind.toLowerCase()} ${name}`,
    ),
  ).toEqual(expect.arrayContaining(await objectsOf('one')));
  expect(await objectsOf('one')).toHaveLength(5);

  const done = await release(['--instance', 'one', '--yes', '-o', 'json']);
  expect(done.code).toBe(0);
  expect(done.stderr).toContain('a task that has not ended');
  expect(JSON.parse(done.stdout).objects).toHaveLength(5);
  await until('nothing of it is there', async () => {
    return (await objectsOf('one')).length === 0;
  });
  expect(await objectsOf('two')).toEqual(before);
  const { metadata, status } = await readPod(other);
  expect(status?.phase).toBe('Running');
  expect(metadata?.deletionTimestamp).toBeUndefined();
  expect(metadata?.finalizers).toEqual([FINALIZER]);

  const rest = await release(['--yes']);
  expect(rest.code).toBe(0);
  await until('nothing at all is there', async () => {
    return (await objectsOf('two')).length === 0;
  });
});

it('with the least role takes Secrets by the names of their pods, and names what it lacks', async () => {
  const { namespace, config } = cluster;
  await launch('one', ['true']);
  const rules = (podVerbs: string[]) => [
    { apiGroups: [''], resources: ['pods'], verbs: podVerbs },
    { apiGroups: [''], resources: ['secrets'], verbs: ['delete'] },
    { apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'delete'] },
  ];
  const limited = await grant(
    config,
    namespace,
    rules(['list', 'get', 'delete']),
  );
  const { name } = limited;
  const file = join(cluster.spoolDir, 'limited.kubeconfig');
  writeFileSync(file, limited.config.exportConfig());

  const poor = await release(['--yes', '--kubeconfig', file]);
  expect(poor.code).toBe(5);
  expect(poor.stderr).toMatch(/cannot patch resource "pods"/);
  expect(poor.stderr).toContain('right to list secrets is missing');
  expect(await objectsOf('one')).toEqual([expect.stringMatching(/^pod /)]);

  const rbac = config.makeApiClient(RbacAuthorizationV1Api);
  await rbac.replaceNamespacedRole({
    namespace,
    name,
    body: {
      metadata: { name },
      rules: rules(['list', 'get', 'patch', 'delete']),
    },
  });
  await until('the new rights count', async () => {
    const { code } = await release(['--yes', '--kubeconfig', file]);
    return code === 0;
  });
  await until('nothing is there', async () => {
    return (await objectsOf('one')).length === 0;
  });
});
