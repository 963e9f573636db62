import { resolvePackagePath } from '@backstage/backend-plugin-api';
import { ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A real MLflow server in a directory of its own. */
export interface RealMlflow {
  url: string;
  /** Ends the server and its workers and removes what it stored. */
  stop(): Promise<void>;
}

/**
 * Starts `mlflow server` on a free port and waits until it is healthy.
 *
 * The Python is `MAESTRO_TEST_PYTHON`, or the environment that `npm start`
 * makes. Without it there is nothing to test against, and that is a failure.
 */
export async function startRealMlflow(): Promise<RealMlflow> {
  const python =
    process.env.MAESTRO_TEST_PYTHON ??
    resolvePackagePath(
      '@maestro/plugin-mlflow-backend',
      '../../.tools/python/bin/python',
    );
  if (!existsSync(python)) {
    throw new Error(
      `No Python with mlflow at ${python}: run npm start once, or set MAESTRO_TEST_PYTHON to a Python that has mlflow 3.17.2`,
    );
  }
  const directory = await mkdtemp(join(tmpdir(), 'real-mlflow-'));
  const port = await freePort();
  const log = join(directory, 'server.log');
  // Through sh, because the server starts workers that keep the log open.
  const child = spawn(
    'sh',
    ['-c', 'exec "$@" >"$0" 2>&1', log, python, '-m', 'mlflow', 'server']
      .concat(['--host', '127.0.0.1', '--port', String(port), '--workers', '1'])
      .concat(['--backend-store-uri', `sqlite:///${directory}/mlflow.db`])
      .concat(['--default-artifact-root', join(directory, 'artifacts')]),
    {
      detached: true,
      stdio: 'ignore',
      env: {
        ...process.env,
        MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
        MLFLOW_DISABLE_TELEMETRY: 'true',
      },
    },
  );
  const exited = new Promise<void>(done => child.once('exit', () => done()));
  const stop = async () => {
    endGroup(child);
    await exited;
    await rm(directory, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await untilHealthy(`${url}/health`, child, 240_000);
  } catch (error) {
    const text = await readFile(log, 'utf8').catch(e => String(e));
    await stop();
    throw new Error(`${error}; log of the server:\n${text.slice(-2_000)}`);
  }
  return { url, stop };
}

async function untilHealthy(url: string, child: ChildProcess, ms: number) {
  const deadline = Date.now() + ms;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) {
      throw new Error(`mlflow server ended with ${child.exitCode}`);
    }
    const ok = await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
      answer => answer.ok,
      () => false,
    );
    if (ok) {
      return;
    }
    await new Promise(done => setTimeout(done, 250));
  }
  throw new Error(`mlflow server was not healthy within ${ms} ms`);
}

function endGroup(child: ChildProcess) {
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch (error) {
    // ESRCH: the whole group is gone already, which is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
      throw error;
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise(done => server.close(done));
  return port;
}
