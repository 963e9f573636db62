import { spawn } from 'node:child_process';
import { createHmac, createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startGuard } from '../../packages/bootstrap/src/processes/guard.mjs';
import { stopProcess } from '../../packages/bootstrap/src/processes/stop.mjs';
import { until } from '../portal/until.mjs';
import { ensureMinio } from './binary.mjs';

/*
 * A real S3 for tests: MinIO on a free port of one address, its data in a
 * temporary directory.
 */

const REGION = 'us-east-1';

function freePort(host) {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on('error', reject);
    server.listen(0, host, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
const sha256 = text => createHash('sha256').update(text).digest('hex');

/**
 * A request to S3, signed (AWS signature version 4) without a client library.
 *
 * @param options.path - with a leading slash, encoded; no query
 * @returns the response of fetch
 */
export async function requestS3(
  { endpoint, accessKey, secretKey },
  { method = 'GET', path: pathname, body = '' },
) {
  const url = new URL(pathname, endpoint);
  const time = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const headers = {
    host: url.host,
    'x-amz-content-sha256': sha256(body),
    'x-amz-date': time,
  };
  const names = Object.keys(headers).sort();
  const request = [
    method,
    url.pathname,
    '',
    ...names.map(name => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    headers['x-amz-content-sha256'],
  ].join('\n');
  const scope = `${day}/${REGION}/s3/aws4_request`;
  const key = [day, REGION, 's3', 'aws4_request'].reduce(
    hmac,
    `AWS4${secretKey}`,
  );
  const signature = hmac(
    key,
    ['AWS4-HMAC-SHA256', time, scope, sha256(request)].join('\n'),
  ).toString('hex');
  delete headers.host; // fetch sets it.
  return fetch(url, {
    method,
    headers: {
      ...headers,
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKey}/${scope}, SignedHeaders=${names.join(
        ';',
      )}, Signature=${signature}`,
    },
    body: method === 'GET' ? undefined : body,
  });
}

/**
 * Starts a MinIO for the length of a test; it ends with this process at the
 * latest.
 *
 * @param options.host - address to listen on; pods reach the cluster's
 * `settings.address`, only from within its network
 * @param options.port - default a free one
 * @param options.accessKey - and `secretKey`: default one of its own
 * @param options.buckets - made at once
 * @returns `endpoint`, `region`, `accessKey`, `secretKey`, `buckets`, `pid`,
 * `stop()`
 * @throws when it cannot be built or does not come, with what it said
 */
export async function startMinio({
  host = '127.0.0.1',
  port,
  accessKey = 'maestro-test',
  secretKey = randomBytes(16).toString('hex'),
  buckets = [],
} = {}) {
  const binary = await ensureMinio();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'maestro-minio-'));
  const logFile = path.join(folder, 'output.log');
  const output = fs.openSync(logFile, 'w');
  const access = {
    endpoint: `http://${host}:${port ?? (await freePort(host))}`,
    region: REGION,
    accessKey,
    secretKey,
  };
  const { host: address } = new URL(access.endpoint);
  const child = spawn(
    binary,
    ['server', '--quiet', '--address', address, path.join(folder, 'data')],
    {
      detached: true,
      stdio: ['ignore', output, output],
      env: {
        ...process.env,
        HOME: folder,
        MINIO_ROOT_USER: access.accessKey,
        MINIO_ROOT_PASSWORD: access.secretKey,
        MINIO_BROWSER: 'off',
        // It asks nobody on the Internet.
        MINIO_UPDATE: 'off',
        MINIO_CALLHOME_ENABLE: 'off',
      },
    },
  );
  fs.closeSync(output);
  child.unref();
  child.once('error', () => undefined); // Said by `until` below.
  const guard = startGuard();
  guard.watch(child.pid);
  guard.discard(folder);
  const stop = async () => {
    await stopProcess(child.pid, { graceMs: 5_000 });
    fs.rmSync(folder, { recursive: true, force: true });
    guard.release();
  };
  try {
    await until(
      'MinIO answers',
      () =>
        // It is healthy before it takes requests: so the list of buckets.
        requestS3(access, { path: '/' }).then(
          response => response.ok,
          () => false,
        ),
      { describe: () => fs.readFileSync(logFile, 'utf8').slice(-2000) },
    );
    for (const bucket of buckets) {
      const response = await requestS3(access, {
        method: 'PUT',
        path: `/${bucket}`,
      });
      if (!response.ok)
        throw new Error(
          `The bucket ${bucket} could not be made: ${await response.text()}`,
        );
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...access, buckets, pid: child.pid, stop };
}

/** Runs a command with MAESTRO_TEST_S3, as JSON, in its environment. */
async function runWith(args) {
  const at = args.indexOf('--');
  const minio = await startMinio({ buckets: args.slice(0, at) });
  const { stop, ...access } = minio;
  try {
    const [command, ...rest] = args.slice(at + 1);
    const child = spawn(command, rest, {
      stdio: 'inherit',
      env: { ...process.env, MAESTRO_TEST_S3: JSON.stringify(access) },
    });
    process.exitCode = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', code => resolve(code ?? 1));
    });
  } finally {
    await stop();
  }
}

// By hand: node test/cluster/minio.mjs [bucket…] prints its address and stays;
// node test/cluster/minio.mjs with BUCKET… -- COMMAND… ends with the command.
const isMain = path.resolve(process.argv[1]) === fileURLToPath(import.meta.url);
if (isMain && process.argv[2] === 'with') {
  await runWith(process.argv.slice(3));
} else if (isMain) {
  const minio = await startMinio({ buckets: process.argv.slice(2) });
  process.stdout.write(
    `${minio.endpoint} ${minio.accessKey} ${minio.secretKey}\n`,
  );
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.on(signal, () => minio.stop().then(() => process.exit(0)));
  setInterval(() => undefined, 60_000);
}
