import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { findPython } from '../../packages/bootstrap/src/embedded/python.mjs';
import { startServices } from '../../packages/bootstrap/src/embedded/services.mjs';
import { runSetup } from '../../packages/bootstrap/src/embedded/setup.mjs';
import { ROOT } from '../../packages/bootstrap/src/paths.mjs';
import { startMinio } from '../cluster/minio.mjs';
import { temporaryFolder } from '../portal/portal.mjs';

/*
 * MinIO, MLflow and Feast beside the node of the test cluster, reached from pods
 * by the names of their services. The names and keys are those people type.
 */

const MINIO_PORT = 9000;
const NAMES = {
  mlflow: { namespace: 'mlflow', name: 'mlflow-service', port: 80 },
  feast: { namespace: 'feast', name: 'feast-feature-server', port: 80 },
  minio: { namespace: 'storage', name: 'minio', port: MINIO_PORT },
};

/** Lets pods reach what listens on 127.0.0.1 only. @returns port and `close` */
function forward(address, url) {
  const target = Number(new URL(url).port);
  const sockets = new Set();
  const server = net.createServer(from => {
    const to = net.connect(target, '127.0.0.1');
    for (const [one, other] of [
      [from, to],
      [to, from],
    ]) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => sockets.delete(one));
      one.pipe(other);
    }
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, address, () =>
      resolve({
        port: server.address().port,
        close: () => {
          sockets.forEach(socket => socket.destroy());
          server.close();
        },
      }),
    );
  });
}

/** Namespace, Service without selector and EndpointSlice of one name. */
function objectsOf({ namespace, name, port }, address, targetPort) {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: { ports: [{ name: 'http', port, targetPort }] },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name,
        namespace,
        labels: { 'kubernetes.io/service-name': name },
      },
      addressType: 'IPv4',
      endpoints: [{ addresses: [address] }],
      ports: [{ name: 'http', port: targetPort, protocol: 'TCP' }],
    },
  ];
}

/**
 * Starts them in the network of the cluster, which this process must be in.
 *
 * @param options.address - of the node
 * @param options.apply - creates objects
 * @returns `minio`, `urlOf(name)` for this process and `stop()`
 */
export async function startServicesForPods({ address, apply, say }) {
  const folder = temporaryFolder();
  const python =
    process.env.MAESTRO_TEST_PYTHON ??
    path.join(ROOT, '.tools/python/bin/python');
  if (!fs.existsSync(python))
    throw new Error(
      `${python} is not there: npm start or npm test makes it (${
        (await findPython(process.env)).file
      })`,
    );
  const minio = await startMinio({
    host: address,
    port: MINIO_PORT,
    accessKey: 'admin',
    secretKey: 'minioadmin',
    buckets: ['feast'],
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: minio.endpoint,
    AWS_ACCESS_KEY_ID: minio.accessKey,
    AWS_SECRET_ACCESS_KEY: minio.secretKey,
    AWS_DEFAULT_REGION: minio.region,
    MAESTRO_CONN_AWS_DEFAULT: JSON.stringify({
      conn_type: 'aws',
      login: minio.accessKey,
      password: minio.secretKey,
      extra: { endpoint_url: minio.endpoint },
    }),
    // Else MLflow refuses requests by the name of its service.
    MLFLOW_SERVER_ALLOWED_HOSTS: '*',
  });
  const options = { root: ROOT, dataDir: folder, python, log: say };
  await runSetup({ ...options, offlineStore: 's3://feast/' });
  const { services, stop } = await startServices(options);
  const urlOf = name => services.find(one => one.name === name).url;
  const forwards = {
    mlflow: await forward(address, urlOf('mlflow')),
    feast: await forward(address, urlOf('feast-server')),
    minio: { port: MINIO_PORT, close: () => undefined },
  };
  await apply(
    ...Object.entries(NAMES).flatMap(([key, name]) =>
      objectsOf(name, address, forwards[key].port),
    ),
  );
  return {
    minio,
    urlOf,
    async stop() {
      for (const one of Object.values(forwards)) one.close();
      await stop();
      await minio.stop();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
