import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { ClusterApi } from './ClusterApi';
import { reuseConnections } from './reuseConnections';

let server: Server;
let connections: number;
/** Requests that wait for their answers, to be answered by the test. */
let held: (() => void)[] | undefined;

beforeEach(async () => {
  connections = 0;
  held = undefined;
  server = createServer((_, answer) => {
    const send = () =>
      answer
        .writeHead(200, { 'content-type': 'application/json' })
        .end('{"metadata":{},"items":[]}');
    if (held) held.push(send);
    else send();
  });
  server.on('connection', () => (connections += 1));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
});

function configOf(): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    {
      name: 'here',
      server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      skipTLSVerify: true,
    },
    { name: 'nobody' },
  );
  return config;
}

const list = (config: KubeConfig) =>
  config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace: 'ml' });

it('the client by itself has a connection for each request, which is why', async () => {
  const config = configOf();
  for (let i = 0; i < 5; i++) await list(config);
  expect(connections).toBe(5);
});

it('requests after each other share connections', async () => {
  const config = configOf();
  const api = new ClusterApi(config);
  for (let i = 0; i < 20; i++) await api.listPods('ml', '');
  // Also those that others make of the same configuration.
  await list(api.config);
  await list(reuseConnections(config));
  // Two where the next request comes before the last one is put away.
  expect(connections).toBeLessThanOrEqual(2);
});

it('requests at the same time have a connection each, so none waits for another', async () => {
  const api = new ClusterApi(configOf());
  held = [];
  const asked = Array.from({ length: 8 }, () => api.listPods('ml', ''));
  const answers = held;
  while (answers.length < 8) await new Promise(setImmediate);
  expect(connections).toBe(8);
  answers.forEach(send => send());
  await Promise.all(asked);
  held = undefined;
  for (let i = 0; i < 20; i++) await api.listPods('ml', '');
  expect(connections).toBeLessThanOrEqual(9);
});

it('a connection that broke is not used again', async () => {
  const api = new ClusterApi(configOf());
  await api.listPods('ml', '');
  server.closeAllConnections();
  await new Promise(resolve => setTimeout(resolve, 50));
  await api.listPods('ml', '');
  expect(connections).toBe(2);
});

it('who has renewed its certificate connects with the new one', async () => {
  const config = reuseConnections(configOf());
  const api = new ClusterApi(config);
  await api.listPods('ml', '');
  const before = connections;
  config.clusters[0] = { ...config.clusters[0], tlsServerName: 'renewed' };
  await api.listPods('ml', '');
  expect(connections).toBe(before + 1);
});
