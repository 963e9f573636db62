import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ROOT } from '../../../packages/bootstrap/src/paths.mjs';
import { ensureBinary } from '../../cluster/binary.mjs';
import { execute } from '../../cluster/commands.mjs';
import { startApi } from '../../portal/api.mjs';
import { until } from '../../portal/until.mjs';

/* What suites of DAG files and pods have in common: cluster and backend. */

const READY_MS = 360_000;
export const KUBECONFIG = process.env.MAESTRO_TEST_KUBECONFIG;
export const PYTHON = process.env.MAESTRO_AIRFLOW_PYTHON;

/**
 * A namespace in which pods can be made.
 *
 * @returns `left(kinds, selector)`: what is there, such as `Pod x`
 */
export async function namespaceFor(name) {
  const program = process.env.MAESTRO_TEST_CLUSTER
    ? [await ensureBinary(), 'kubectl']
    : ['kubectl'];
  const kubectl = (args, options) =>
    execute([...program, '--kubeconfig', KUBECONFIG, ...args], {
      timeoutMs: 120_000,
      ...options,
    });
  const items = async (kinds, selector = '') =>
    JSON.parse(
      await kubectl(
        ['get', kinds, `-n${name}`, '--output=json'].concat(
          selector ? [`--selector=${selector}`] : [],
        ),
      ),
    ).items;
  const left = async (...what) =>
    (await items(...what)).map(
      ({ kind, metadata }) => `${kind} ${metadata.name}`,
    );
  await kubectl(['apply', '--filename=-'], {
    input: JSON.stringify({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    }),
  });
  // Pods are refused until its account is there.
  await until(
    'the namespace has an account',
    async () => (await left('serviceaccounts')).length > 0,
    { timeoutMs: 180_000 },
  );
  return { kubectl, items, left };
}

/**
 * A backend with real Airflow and real pods, as backend.ts has it, in which so
 * many pipelines are there.
 *
 * @param options.folder - of its configuration and data
 * @param options.maestro - its part of the configuration
 * @returns `printed()`: what it has said so far
 */
export async function startBackend({ folder, maestro, pipelines }) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const token = randomBytes(24).toString('base64');
  const config = path.join(folder, 'app-config.yaml');
  // JSON is YAML.
  fs.writeFileSync(
    config,
    JSON.stringify({
      backend: {
        baseUrl: url,
        listen: { host: '127.0.0.1', port },
        database: { client: 'better-sqlite3', connection: ':memory:' },
        auth: {
          externalAccess: [
            { type: 'static', options: { token, subject: 'suite' } },
          ],
        },
      },
      maestro: {
        dataDir: path.join(folder, 'data'),
        encryption: {
          keys: [{ id: 'k1', secret: randomBytes(32).toString('base64') }],
        },
        ...maestro,
      },
    }),
    { mode: 0o600 },
  );
  const child = spawn(
    process.execPath,
    [
      '--require',
      createRequire(import.meta.url).resolve(
        '@backstage/cli/config/nodeTransform.cjs',
      ),
      path.join(ROOT, 'test/kubernetes/airflow/backend.ts'),
      ...['--config', config],
    ],
    {
      // Its packages are compiled as those of packages/backend.
      cwd: path.join(ROOT, 'packages/backend'),
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', text => (printed += text));
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise(resolve => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
  };
  const api = startApi({ url, token });
  try {
    await until(
      'the pipelines are there',
      async () => {
        if (child.exitCode !== null) throw new Error(printed);
        try {
          return (await api.get('/pipelines')).items.length === pipelines;
        } catch {
          // Not listening yet: asked again until the deadline.
          return false;
        }
      },
      { timeoutMs: READY_MS, describe: () => printed },
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { api, printed: () => printed, stop };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
