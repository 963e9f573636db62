import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { tailOf } from '../processes/command.mjs';
import { startGuard } from '../processes/guard.mjs';
import { isSameProcess, startOf } from '../processes/identity.mjs';
import { stopProcess } from '../processes/stop.mjs';
import { pythonEnv } from './python.mjs';
import { feastPaths } from './seeds.mjs';

const HOST = '127.0.0.1';
const READY_MS = 120_000;
const POLL_MS = 150;
const GRACE_MS = 10_000;
// A service that ends is started again, but not for ever.
const RESTARTS = 5;
const RESTART_AFTER_MS = 2_000;
const LOG_KEPT_BYTES = 20 * 1024 * 1024;

const pause = ms =>
  new Promise(resolve => {
    setTimeout(resolve, ms);
  });

/**
 * The services in their small form: MLflow with one worker and without its job
 * execution needs 0.4 instead of 1.7 GB, each of Feast's 0.2 GB.
 */
function definitions({ root, dataDir, python }) {
  const feast = path.join(path.dirname(python), 'feast');
  const repository = path.join(root, 'pipelines/feature_repo');
  const mlflow = path.join(dataDir, 'mlflow');
  const { registry, onlineStore, offlineStore } = feastPaths(dataDir);
  const feastEnv = {
    FEAST_REGISTRY: registry,
    FEAST_ONLINE_STORE: onlineStore,
    FEAST_OFFLINE_STORE: offlineStore,
    FEAST_USAGE: 'False',
  };
  return [
    {
      name: 'mlflow',
      title: 'MLflow',
      folder: mlflow,
      health: '/health',
      env: {
        MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
        MLFLOW_DISABLE_TELEMETRY: 'true',
        DO_NOT_TRACK: 'true',
      },
      command: port => [
        python,
        ...['-m', 'mlflow', 'server'],
        ...['--host', HOST, '--port', String(port), '--workers', '1'],
        ...[
          '--backend-store-uri',
          `sqlite:///${path.join(mlflow, 'mlflow.db')}`,
        ],
        ...['--artifacts-destination', path.join(mlflow, 'artifacts')],
      ],
    },
    {
      name: 'feast-server',
      title: 'Feast feature server',
      folder: path.join(dataDir, 'feast'),
      health: '/health',
      env: feastEnv,
      command: port => [
        feast,
        ...['-c', repository, 'serve', '-h', HOST, '-p', String(port)],
        '--no-access-log',
      ],
    },
    {
      name: 'feast-registry',
      title: 'Feast registry',
      folder: path.join(dataDir, 'feast'),
      // It has no path for its health.
      health: '/api/v1/projects',
      env: feastEnv,
      command: port => [
        feast,
        ...['-c', repository, 'serve_registry', '--no-grpc', '--rest-api'],
        // It would listen on all addresses.
        ...['--host', HOST, '--rest-port', String(port)],
      ],
    },
  ];
}

/** Whether nobody listens on the port of this machine; false for 0. */
function isFree(port) {
  return new Promise(resolve => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, HOST, () => server.close(() => resolve(port > 0)));
  });
}

/** The port used last time where it is free, else a free one not in `taken`. */
export async function choosePort(last, taken) {
  if (last && !taken.has(last) && (await isFree(last))) return last;
  for (;;) {
    const port = await new Promise((resolve, reject) => {
      const server = net.createServer();
      server.once('error', reject);
      server.listen(0, HOST, () => {
        const found = server.address().port;
        server.close(() => resolve(found));
      });
    });
    if (!taken.has(port)) return port;
  }
}

function readRecord(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')).services ?? {};
  } catch (error) {
    // Absent at the first start; broken only if somebody wrote in it.
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return {};
    throw error;
  }
}

function writeRecord(file, services) {
  const temporary = `${file}.${process.pid}`;
  fs.writeFileSync(
    temporary,
    `${JSON.stringify({ services }, undefined, 2)}\n`,
    { mode: 0o600 },
  );
  fs.renameSync(temporary, file);
}

/** Ends a whole process group; members that ignore TERM get KILL. */
async function endGroup(pid) {
  await stopProcess(pid, { graceMs: GRACE_MS });
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** Ends what an earlier start has left behind when it was killed. */
async function endLeftOvers(record, log) {
  await Promise.all(
    Object.entries(record).map(async ([name, { pid, started }]) => {
      if (!pid || !started || !isSameProcess(pid, started)) return;
      log(`Ending ${name} of an earlier start (process ${pid})`);
      await endGroup(pid);
    }),
  );
}

async function isHealthy(url) {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    // Refused or not yet answering: it is asked again.
    return false;
  }
}

function openLog(file) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  if (fs.existsSync(file) && fs.statSync(file).size > LOG_KEPT_BYTES)
    fs.renameSync(file, `${file}.1`);
  return fs.openSync(file, 'a', 0o600);
}

/** One service: started, waited for, started again when it ends by itself. */
function supervise({ definition, port, logFile, guard, log, onPid, cwd }) {
  const url = `http://${HOST}:${port}`;
  const service = { name: definition.name, url, pid: undefined, logFile };
  let stopping = false;
  let restarts = 0;
  let ended;

  const launch = () => {
    fs.mkdirSync(definition.folder, { recursive: true, mode: 0o700 });
    const output = openLog(logFile);
    const [command, ...args] = definition.command(port);
    ended = undefined;
    const child = spawn(command, args, {
      // A session of its own: Ctrl-C of the terminal reaches us, not it.
      detached: true,
      cwd,
      env: { ...pythonEnv(), ...definition.env },
      stdio: ['ignore', output, output],
    });
    fs.closeSync(output);
    child.once('error', error => {
      ended = error.message;
    });
    if (!child.pid) return;
    service.pid = child.pid;
    guard.watch(child.pid);
    onPid(child.pid);
    child.once('exit', (code, signal) => {
      ended = `ended with ${signal ?? code}`;
      guard.forget(child.pid);
      if (stopping) return;
      // Children of a dead service would keep its port.
      endGroup(child.pid).catch(error => log(error.message));
      if (!service.ready) return;
      restarts += 1;
      if (restarts > RESTARTS) {
        log(`${definition.title} ${ended} too often; see ${logFile}`);
        return;
      }
      log(`${definition.title} ${ended} and is started again`);
      setTimeout(() => !stopping && launch(), RESTART_AFTER_MS).unref();
    });
  };

  return {
    service,
    launch,
    async ready() {
      const deadline = Date.now() + READY_MS;
      while (!(await isHealthy(url + definition.health))) {
        const late = Date.now() > deadline;
        if (ended || late)
          throw new Error(
            `${definition.title} ${
              ended ?? `did not answer within ${READY_MS / 1000} s`
            }. The end of ${logFile}:\n${tailOf(logFile, 1500)}`,
          );
        await pause(POLL_MS);
      }
      if (ended)
        throw new Error(`${definition.title} ${ended}; see ${logFile}`);
      // Not for the outside: a service that never was ready is no restart.
      Object.defineProperty(service, 'ready', { value: true });
    },
    async stop() {
      stopping = true;
      if (service.pid) await endGroup(service.pid);
    },
  };
}

/**
 * Starts MLflow, the Feast feature server and the Feast registry beside the
 * portal and waits until they answer. They listen on 127.0.0.1 only, on the
 * ports of the last start where these are free (`dataDir/services.json`), log
 * to `dataDir/logs/services/`, end when this process ends, however it ends, and
 * are started again when they end by themselves. Run the set-up step first.
 *
 * @param options.python - interpreter from ensurePython()
 * @param options.log - called with a line for each thing people should know
 * @param options.onLaunched - called with `services` and `stop` as soon as their
 * addresses are fixed, before they answer: the portal can start meanwhile
 * @param options.launchWhen - promise that the processes wait for; default at once
 * @returns `services` (`{name, url, pid, logFile}` for `mlflow`, `feast-server`
 * and `feast-registry`) and `stop()`
 * @throws when one does not come up, with the end of its log; none stays then
 */
export async function startServices({
  root,
  dataDir,
  python,
  log = () => undefined,
  onLaunched,
  launchWhen,
}) {
  const data = path.resolve(dataDir);
  fs.mkdirSync(data, { recursive: true, mode: 0o700 });
  const file = path.join(data, 'services.json');
  const record = readRecord(file);
  await endLeftOvers(record, log);

  const guard = startGuard();
  const taken = new Set();
  const supervised = [];
  const stop = async () => {
    await Promise.all(supervised.map(one => one.stop()));
    guard.release();
  };
  try {
    for (const definition of definitions({ root, dataDir: data, python })) {
      const { name } = definition;
      const port = await choosePort(record[name]?.port, taken);
      taken.add(port);
      const one = supervise({
        definition,
        port,
        logFile: path.join(data, 'logs/services', `${name}.log`),
        guard,
        log,
        cwd: data,
        onPid: pid => {
          record[name] = { port, pid, started: startOf(pid) };
          writeRecord(file, record);
        },
      });
      supervised.push(one);
    }
    onLaunched?.(
      supervised.map(one => one.service),
      stop,
    );
    await launchWhen;
    supervised.forEach(one => one.launch());
    const began = Date.now();
    await Promise.all(
      supervised.map(async one => {
        await one.ready();
        const seconds = ((Date.now() - began) / 1000).toFixed(1);
        log(`${one.service.name} answers at ${one.service.url} (${seconds} s)`);
      }),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { services: supervised.map(one => one.service), stop };
}
