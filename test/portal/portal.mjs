import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startApi } from './api.mjs';
import { isRunning, processesOf } from './processes.mjs';
import { until } from './until.mjs';

/*
 * The real portal as a person starts it, in a data directory of its own. Suites
 * share one per file, since its start costs most of their time.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const START = path.join(ROOT, 'packages/bootstrap/src/start.mjs');
// Building the pages is part of it when their sources have changed.
const READY_MS = 12 * 60_000;
const STOP_MS = 180_000;

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

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It ended meanwhile.
    if (error.code !== 'ESRCH') throw error;
  }
}

/** A new folder for a data directory. */
export function temporaryFolder() {
  return fs.realpathSync(
    fs.mkdtempSync(path.join(os.tmpdir(), 'maestro-suite-')),
  );
}

/**
 * Starts a portal and waits until it says that it is ready.
 *
 * @param options.dataDir - default a new folder, removed by `stop()`
 * @param options.services - whether MLflow and Feast come with it
 * @param options.config - a last layer of configuration
 * @param options.readyMs - how long its start may take
 * @returns its addresses, `api` (see api.mjs), the ids of its processes,
 * `output()` (what it printed) and `stop()`
 */
export async function startPortal({
  dataDir,
  services = false,
  config,
  readyMs = READY_MS,
} = {}) {
  const folder = dataDir ?? temporaryFolder();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const configFile = config && path.join(folder, 'app-config.suite.yaml');
  if (configFile)
    // JSON is YAML.
    fs.writeFileSync(configFile, JSON.stringify(config), { mode: 0o600 });
  const child = spawn(process.execPath, [START], {
    cwd: ROOT,
    env: {
      ...process.env,
      // The suite's own reporter must not be that of what it starts.
      NODE_TEST_CONTEXT: undefined,
      MAESTRO_DATA_DIR: folder,
      MAESTRO_PORT: String(port),
      MAESTRO_NO_SERVICES: services ? undefined : '1',
      MAESTRO_CONFIG: configFile,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', text => {
      printed += text;
    });
  const exited = new Promise(resolve => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  // When node:test is ended, so is what it started.
  const end = () => child.kill('SIGTERM');
  process.once('exit', end);

  const stop = async ({ signal = 'SIGINT', keep = false } = {}) => {
    process.removeListener('exit', end);
    child.kill(signal);
    const how = await Promise.race([
      exited,
      new Promise(resolve => {
        setTimeout(resolve, STOP_MS, undefined).unref();
      }),
    ]);
    const left = await until(
      'every process of the portal has ended',
      () => processesOf(folder).length === 0,
      { timeoutMs: how ? 60_000 : 0 },
    ).then(
      () => [],
      () => processesOf(folder),
    );
    // A failure is reported below; it must not burden the next suite.
    for (const { pid } of left) kill(pid);
    if (!dataDir && !keep) fs.rmSync(folder, { recursive: true, force: true });
    if (!how) throw new Error(`npm start did not end in time:\n${printed}`);
    if (left.length)
      throw new Error(
        `Left over after npm start had ended: ${JSON.stringify(left)}`,
      );
    return how;
  };

  try {
    await until(
      'the portal is ready',
      () => {
        if (child.exitCode !== null)
          throw new Error(
            `npm start ended with ${child.exitCode}:\n${printed}`,
          );
        return printed.includes('Maestro is ready');
      },
      { timeoutMs: readyMs, describe: () => printed },
    );
  } catch (error) {
    if (child.exitCode === null) await stop({ signal: 'SIGTERM' });
    throw error;
  }
  const json = name =>
    JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'));
  return {
    url,
    dataDir: folder,
    token: json('cli.json').token,
    pid: child.pid,
    exited,
    stop,
    output: () => printed,
    processes: () => processesOf(folder),
    api: startApi({ url, token: json('cli.json').token }),
    /** Address of `mlflow`, `feast-server` or `feast-registry`. */
    serviceUrl: name =>
      `http://127.0.0.1:${json('services.json').services[name].port}`,
    /** The backend's process; undefined while there is none. */
    backendPid: () =>
      processesOf(folder).find(({ command }) =>
        command.includes('packages/backend/src/index.ts'),
      )?.pid,
    /** The process that starts tasks; undefined while there is none. */
    launcherPid: () => {
      let pid;
      try {
        pid = json('runner/runner.json').pid;
      } catch (error) {
        // Not there yet, or written this moment.
        if (error.code !== 'ENOENT' && !(error instanceof SyntaxError))
          throw error;
      }
      return pid && isRunning(pid) ? pid : undefined;
    },
    backendLog: () =>
      fs.readFileSync(path.join(folder, 'console/backend.log'), 'utf8'),
  };
}
