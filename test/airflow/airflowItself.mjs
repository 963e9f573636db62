/*
 * Airflow's own `airflow dags test`, as its users call it: in an AIRFLOW_HOME of
 * its own with a new SQLite database, removed at the end.
 */
import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Each has a database of its own: SQLite lets one write at a time. */
const AT_A_TIME = 2;
/** Behind the start of every example: before it Airflow runs no task, and is green. */
const DATE = '2026-06-01';

/**
 * Runs DAGs one after another, two at a time.
 *
 * @param options.python - has Airflow
 * @param options.folders - of DAG files
 * @param options.dagIds - what is run
 * @param options.seconds - after which one is ended
 * @param options.onEach - called with each result
 * @returns `{dagId, state, reason, seconds}` of each: success, failed, timed out
 */
export async function runWithAirflow({
  python,
  folders,
  dagIds,
  seconds,
  onEach = () => undefined,
}) {
  const place = fs.mkdtempSync(path.join(os.tmpdir(), 'maestro-airflow-'));
  try {
    const first = path.join(place, '0');
    await run(python, ['-m', 'airflow', 'db', 'migrate'], {
      env: environment({ python, home: first, folders }),
      maxBuffer: 64 * 1024 * 1024,
    });
    const left = [...dagIds];
    const results = [];
    await Promise.all(
      Array.from({ length: AT_A_TIME }, async (_, no) => {
        const home = path.join(place, String(no));
        if (no > 0) fs.cpSync(first, home, { recursive: true });
        const env = environment({ python, home, folders });
        for (let dagId = left.shift(); dagId; dagId = left.shift()) {
          const result = await testDag({ python, env, dagId, seconds });
          results.push(result);
          onEach(result);
        }
      }),
    );
    return results;
  } finally {
    fs.rmSync(place, { recursive: true, force: true, maxRetries: 5 });
  }
}

function environment({ python, home, folders }) {
  fs.mkdirSync(home, { recursive: true });
  const { PATH, HOME, LANG, TZ } = process.env;
  return {
    ...Object.fromEntries(
      Object.entries({ HOME, LANG, TZ }).filter(([, value]) => value),
    ),
    PATH: `${path.dirname(python)}:${PATH}`,
    AIRFLOW_HOME: home,
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: `sqlite:///${home}/airflow.db`,
    // Their plugins belong to the examples.
    AIRFLOW__CORE__LOAD_EXAMPLES: 'True',
    AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST: JSON.stringify(
      folders.map((folder, no) => ({
        name: `folder-${no}`,
        classpath: 'airflow.dag_processing.bundles.local.LocalDagBundle',
        kwargs: { path: folder },
      })),
    ),
    NO_COLOR: '1',
  };
}

function testDag({ python, env, dagId, seconds }) {
  return new Promise(resolve => {
    const began = Date.now();
    let said = '';
    let isLate = false;
    const child = spawn(
      python,
      ['-m', 'airflow', 'dags', 'test', dagId, DATE],
      // A group of its own: what its tasks have started ends with it.
      { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const end = () => {
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch (error) {
        if (error.code !== 'ESRCH') throw error;
      }
    };
    const timer = setTimeout(() => {
      isLate = true;
      end();
    }, seconds * 1000);
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', text => {
        said = (said + text).slice(-256 * 1024);
      });
    child.once('close', code => {
      clearTimeout(timer);
      end();
      const isGreen = code === 0 && !isLate;
      resolve({
        dagId,
        state: isGreen ? 'success' : isLate ? 'timed out' : 'failed',
        ...(isGreen ? {} : { reason: reasonIn(said) }),
        seconds: (Date.now() - began) / 1000,
      });
    });
  });
}

/** The last line that names an error. */
function reasonIn(text) {
  const lines = text
    .split('\n')
    .map(line => line.trim())
    .filter(line => /^[\w.]*(Error|Exception|Exit|Timeout)\b/.test(line));
  return lines.at(-1)?.slice(0, 200) ?? 'it does not say why';
}
