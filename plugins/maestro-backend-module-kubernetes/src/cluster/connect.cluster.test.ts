import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ConfigReader } from '@backstage/config';
import type { JsonObject } from '@backstage/types';
import type { TaskExecutor } from '@maestro/plugin-maestro-node';
import { Harness } from '@maestro/plugin-maestro-node/conformance';
import { readOptions } from '../readOptions';
import { ClusterFixture } from '../testing/clusterFixture';
import { grant } from '../testing/grant';
import { connect } from './connect';

jest.setTimeout(400_000);

const MOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const FILES = ['ca.crt', 'token', 'namespace'];

let cluster: ClusterFixture;
let harness: Harness;
/** What a pod finds below `/`, as far as it is about its service account. */
let root: string;
const before = { ...process.env };

/** An executor of somebody who may do all in the namespace of the test. */
async function start(options: Parameters<typeof cluster.makeExecutor>[0]) {
  harness = new Harness(
    {
      makeExecutor: () => cluster.makeExecutor(options),
      leftovers: () => cluster.leftovers(),
      tearDown: async () => {},
    },
    120_000,
  );
  return harness.start();
}

async function outputOf(executor: TaskExecutor, script: string, more = {}) {
  const asked = harness.request(['sh', '-c', script], more);
  const attempt = await harness.run(executor, asked);
  expect(attempt.outcome).toMatchObject({ result: 'success' });
  return (await harness.log(executor, asked.attemptId)).toString();
}

function configOf(kubernetes: JsonObject, clusters: JsonObject[] = []) {
  return new ConfigReader({
    maestro: {
      dataDir: root,
      executors: {
        kubernetes: { namespace: cluster.namespace, ...kubernetes },
      },
    },
    kubernetes: { clusterLocatorMethods: [{ type: 'config', clusters }] },
  });
}

/** The token of an account that may do all in the namespace. */
async function makeAccount(name: string): Promise<string> {
  const { namespace, config } = cluster;
  return (await grant(config, namespace, 'admin', name)).token;
}

beforeEach(async () => {
  cluster = await ClusterFixture.make();
  root = mkdtempSync(join(tmpdir(), 'maestro-in-cluster-'));
});

afterEach(async () => {
  process.env = { ...before };
  rmSync(root, { recursive: true, force: true });
  await cluster.tearDown();
});

it('signs in with the files and the address that a pod of this cluster has', async () => {
  await makeAccount('portal');
  const outside = await start({});
  // As the kubelet mounts them, out of a real pod.
  const told = await outputOf(
    outside,
    `cd ${MOUNT} && for f in ${FILES.join(
      ' ',
    )}; do echo "$f $(base64 < $f | tr -d '\\n')"; done; echo "host $KUBERNETES_SERVICE_HOST"; echo "port $KUBERNETES_SERVICE_PORT"`,
    { kubernetes: { serviceAccount: 'portal' } },
  );
  await outside.stop();
  const found = new Map(
    told
      .trim()
      .split('\n')
      .map(line => line.split(' ') as [string, string]),
  );
  for (const file of FILES) {
    const path = join(root, MOUNT, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, Buffer.from(found.get(file)!, 'base64'));
  }
  expect(found.get('host')).toMatch(/^[0-9a-f.:]+$/);
  expect(found.get('port')).toMatch(/^[0-9]+$/);
  // A service's address leads nowhere outside the pods: the same server.
  const server = new URL(cluster.config.getCurrentCluster()!.server);
  process.env.KUBERNETES_SERVICE_HOST = server.hostname;
  process.env.KUBERNETES_SERVICE_PORT = server.port || '443';

  const api = connect(configOf({}), root);
  expect(api.server).toBe(`https://${server.hostname}:${server.port || 443}`);
  const inside = await start({ api });
  expect(await inside.health()).toEqual({ ok: true });
  expect(await outputOf(inside, 'echo from inside')).toBe('from inside\n');
  await inside.stop();

  // What another token may not do is not done with this one.
  writeFileSync(join(root, MOUNT, 'token'), 'expired');
  const refused = connect(configOf({}), root);
  await expect(refused.listPods(cluster.namespace, '')).rejects.toMatchObject({
    code: 401,
  });
});

it("runs tasks on a cluster of Backstage's Kubernetes plugin, with its credentials", async () => {
  const token = await makeAccount('backstage');
  const { server, caData, caFile } = cluster.config.getCurrentCluster()!;
  const located = {
    name: 'prod',
    url: server,
    authProvider: 'serviceAccount',
    serviceAccountToken: token,
    caData: caData ?? readFileSync(caFile!).toString('base64'),
  };
  const options = readOptions(
    configOf({ cluster: 'prod', image: 'docker.io/library/busybox:1.35' }, [
      { ...located, name: 'other', url: 'https://127.0.0.1:1' },
      located,
    ]),
  );
  const executor = await start(options);
  expect(executor.instance).toBe(`${server}#maestro`);
  expect(await outputOf(executor, 'echo located')).toBe('located\n');
  await executor.stop();
  // A name of another account, or none, gives nothing.
  const [bad] = [{ ...located, serviceAccountToken: 'none' }];
  const { api } = readOptions(configOf({ cluster: 'prod' }, [bad]));
  await expect(api.listPods(cluster.namespace, '')).rejects.toMatchObject({
    code: 401,
  });
  // Nor is somebody believed whose certificate another authority signed.
  const stranger = readOptions(
    configOf({ cluster: 'prod' }, [{ ...located, caData: undefined! }]),
  );
  await expect(
    stranger.api.listPods(cluster.namespace, ''),
  ).rejects.toMatchObject({
    message: expect.stringMatching(/could not be reached.*certificate/),
  });
});
