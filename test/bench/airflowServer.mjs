import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { startPostgres } from '../../packages/bootstrap/src/postgresServer.mjs';
import { startGuard } from '../../packages/bootstrap/src/processes/guard.mjs';
import { until } from '../portal/until.mjs';
import { ROOT } from './benchProgram.mjs';

const run = promisify(execFile);
const FINAL = ['success', 'failed'];

/**
 * What somebody who knows Airflow changes for short tasks on a small machine:
 * the scheduler looks again at once instead of after a second, takes and starts
 * more tasks a look, and processes are forked. The rest is as installed.
 */
const TUNED = {
  AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME: '0.05',
  AIRFLOW__SCHEDULER__MAX_TIS_PER_QUERY: '0',
  AIRFLOW__SCHEDULER__MAX_DAGRUNS_PER_LOOP_TO_SCHEDULE: '50',
  AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK: 'False',
  AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG: '1000',
  AIRFLOW__CORE__MP_START_METHOD: 'fork',
  AIRFLOW__DATABASE__SQL_ALCHEMY_POOL_SIZE: '20',
  AIRFLOW__DATABASE__SQL_ALCHEMY_MAX_OVERFLOW: '20',
  AIRFLOW__LOGGING__LOGGING_LEVEL: 'WARNING',
};

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

/**
 * The real Airflow, tuned, with LocalExecutor on a PostgreSQL of its own: API
 * server, scheduler and DAG processor. Nothing of the bench defers, so there is
 * no triggerer.
 *
 * @param options.python - has Airflow
 * @param options.folder - of DAG files
 * @param options.parallelism - tasks at a time
 * @param options.env - besides, for the DAG files too
 * @returns `roots` (process ids, everything below them is of it),
 * `known(dagIds)`, `oneRun(dagId)` (seconds from start to end) and `stop()`
 */
export async function startAirflow({ python, folder, parallelism, env = {} }) {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'maestro-airflow-'));
  const guard = startGuard();
  const postgres = await startPostgres({ root: ROOT, guard });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const own = {
    PATH: `${path.dirname(python)}:${process.env.PATH}`,
    HOME: home,
    ...TUNED,
    AIRFLOW_HOME: home,
    AIRFLOW__CORE__EXECUTOR: 'LocalExecutor',
    AIRFLOW__CORE__PARALLELISM: String(parallelism),
    AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
    AIRFLOW__CORE__DAGS_FOLDER: folder,
    AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS: 'True',
    AIRFLOW__CORE__EXECUTION_API_SERVER_URL: `${url}/execution/`,
    AIRFLOW__API__HOST: '127.0.0.1',
    AIRFLOW__API__PORT: String(port),
    AIRFLOW__API__BASE_URL: url,
    AIRFLOW__API_AUTH__JWT_SECRET: 'bench-bench-bench-bench-bench-bench-bench',
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: postgres.url.replace(
      'postgresql:',
      'postgresql+psycopg2:',
    ),
    NO_COLOR: '1',
    ...env,
  };
  const children = [];
  const stop = async () => {
    for (const child of children) endGroup(child.pid, 'SIGTERM');
    await Promise.all(
      children.map(
        child =>
          new Promise(resolve => {
            if (child.exitCode !== null || child.signalCode) resolve();
            child.once('exit', resolve);
            setTimeout(() => endGroup(child.pid, 'SIGKILL'), 10_000).unref();
          }),
      ),
    );
    for (const child of children) endGroup(child.pid, 'SIGKILL');
    await postgres.stop();
    guard.release();
    fs.rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
  const start = name => {
    const log = fs.openSync(path.join(home, `${name}.log`), 'a');
    const child = spawn(python, ['-m', 'airflow', name], {
      env: own,
      detached: true,
      stdio: ['ignore', log, log],
    });
    fs.closeSync(log);
    guard.watch(child.pid);
    children.push(child);
  };
  const call = async (method, where, body) => {
    const response = await fetch(url + where, {
      method,
      signal: AbortSignal.timeout(60_000),
      headers: {
        ...(call.token ? { authorization: `Bearer ${call.token}` } : {}),
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok)
      throw new Error(`${method} ${where}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
  const tails = () =>
    fs
      .readdirSync(home)
      .filter(name => name.endsWith('.log'))
      .map(
        name =>
          `--- ${name}\n${fs
            .readFileSync(path.join(home, name), 'utf8')
            .slice(-1500)}`,
      )
      .join('\n');

  try {
    await run(python, ['-m', 'airflow', 'db', 'migrate'], {
      env: own,
      maxBuffer: 64 * 1024 * 1024,
    });
    ['api-server', 'scheduler', 'dag-processor'].forEach(start);
    await until(
      'Airflow answers',
      async () => {
        const gone = children.find(child => child.exitCode !== null);
        if (gone) throw new Error(`Airflow ended:\n${tails()}`);
        try {
          call.token = (await call('GET', '/auth/token')).access_token;
          return true;
        } catch (error) {
          // Not listening yet.
          if (error.cause) return false;
          throw error;
        }
      },
      { timeoutMs: 180_000, describe: tails },
    );
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    version: (await call('GET', '/api/v2/version')).version,
    settings: { ...TUNED, AIRFLOW__CORE__PARALLELISM: String(parallelism) },
    get roots() {
      return [postgres.pid, ...children.map(child => child.pid)];
    },
    stop,
    known: dagIds =>
      until(
        `Airflow knows ${dagIds}`,
        async () => {
          const { dags } = await call('GET', '/api/v2/dags?limit=100');
          const ids = dags.filter(dag => !dag.is_paused).map(dag => dag.dag_id);
          return dagIds.every(id => ids.includes(id));
        },
        { timeoutMs: 180_000, everyMs: 500, describe: tails },
      ),
    async oneRun(dagId) {
      const { dag_run_id: runId } = await call(
        'POST',
        `/api/v2/dags/${dagId}/dagRuns`,
        { logical_date: null },
      );
      const one = await until(
        `${dagId} is over`,
        async () => {
          const found = await call(
            'GET',
            `/api/v2/dags/${dagId}/dagRuns/${runId}`,
          );
          return FINAL.includes(found.state) ? found : undefined;
        },
        { timeoutMs: 600_000, everyMs: 250, describe: tails },
      );
      if (one.state !== 'success')
        throw new Error(`${dagId} is ${one.state} in Airflow:\n${tails()}`);
      return (Date.parse(one.end_date) - Date.parse(one.start_date)) / 1000;
    },
  };
}

function endGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
