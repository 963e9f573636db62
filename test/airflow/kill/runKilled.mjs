/*
 * Runs of a DAG that lives in every way a task of Airflow can, while what
 * Maestro is made of is killed:
 *
 *   node test/airflow/kill/runKilled.mjs --python FILE [--seed N] [--runs 50]
 *
 * The backend, the process that imports Airflow for tasks (the parent of their
 * forks) and the one that runs triggers get kill -9 at random, from the seed.
 * Then the rules are looked at (invariants.mjs).
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startGuard } from '../../../packages/bootstrap/src/processes/guard.mjs';
import { buildScheduler } from '../../chaos/build.mjs';
import { randomOf } from '../../chaos/faults.mjs';
import { Scheduler, stopLauncher } from '../../chaos/schedulers.mjs';
import { processesOf } from '../../portal/processes.mjs';
import { until } from '../../portal/until.mjs';
import { checkRules } from './invariants.mjs';

const createKnex = createRequire(import.meta.url)('knex');
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const HERE = fileURLToPath(new URL('.', import.meta.url));

/** What must be seen nowhere. */
export const SECRET = 'horse-battery-staple-4711';

/**
 * Between two ends of the same process, in milliseconds: a task whose parent dies
 * three times before it has imported Airflow fails, as it says.
 */
const PAUSE_MS = 20_000;

/** What is killed, and how it is known among the processes of the folder. */
const VICTIMS = {
  parent: /fork_server\.py/,
  triggers: /maestro_airflow\.triggers/,
};

/** The parent looks as its forks do, which are tasks and carry their marks. */
function isTask(pid) {
  try {
    return fs
      .readFileSync(`/proc/${pid}/environ`, 'latin1')
      .includes('MAESTRO_ATTEMPT_ID=');
  } catch {
    // It is gone.
    return true;
  }
}

/**
 * @param options.seed - whole number; what is killed when
 * @param options.runs - how many there are
 * @throws when a rule is broken; the message says how to play the seed again,
 *   and the folder with all logs is kept
 */
export async function runKilled({ python, seed, runs, say = print }) {
  say(`seed ${seed}, ${runs} runs`);
  const folder = fs.realpathSync(
    fs.mkdtempSync(path.join(os.tmpdir(), 'maestro-kill-')),
  );
  const world = path.join(folder, 'world');
  fs.mkdirSync(path.join(world, 'locks'), { recursive: true });
  fs.writeFileSync(path.join(world, 'world'), '');
  const runtimeDir = path.join(folder, 'run');
  fs.mkdirSync(runtimeDir, { mode: 0o700 });
  const hostDir = path.join(folder, 'host');
  const homeDir = path.join(folder, 'environments');
  const guard = startGuard();
  const built = path.join(ROOT, `test/chaos/dist/airflow-${process.pid}`);
  const database = path.join(folder, 'maestro.sqlite');
  const knex = createKnex({
    client: 'better-sqlite3',
    connection: { filename: database },
    useNullAsDefault: true,
    pool: { min: 1, max: 1 },
  });
  let scheduler;
  let ok = false;
  try {
    const program = await buildScheduler({
      folder: built,
      entry: 'test/airflow/kill/program/scheduler.mjs',
    });
    scheduler = new Scheduler({
      id: 'A',
      program,
      guard,
      logFile: path.join(folder, 'scheduler.log'),
      options: {
        database: { client: 'better-sqlite3', connection: database },
        migrate: true,
        dataDir: path.join(folder, 'shared'),
        hostDir,
        key: randomBytes(32).toString('base64'),
        python,
        homeDir,
        env: {
          MAESTRO_WORLD: world,
          AIRFLOW__CORE__PLUGINS_FOLDER: path.join(HERE, 'plugins'),
        },
        processes: {
          dataDir: hostDir,
          runtimeDir,
          maxParallel: 4,
          minFreeDiskBytes: 0,
        },
      },
    });
    fs.mkdirSync(path.join(folder, 'shared'), { mode: 0o700 });
    await scheduler.start();
    await scheduler.ask('connect', {
      connection: { connId: 'db', connType: 'generic', password: SECRET },
    });
    await scheduler.ask('store', { folder: path.join(HERE, 'dags') });
    const open = () => knex('runs').whereNotIn('state', ['success', 'failed']);
    const kills = await triggerAndKill({
      scheduler,
      folder,
      seed,
      runs,
      say,
      open,
    });
    await until('every run is over', async () => (await open()).length === 0, {
      timeoutMs: 300_000,
      everyMs: 500,
      describe: async () =>
        JSON.stringify({
          tasks: await knex('task_instances')
            .whereNotIn('state', ['success', 'none'])
            .select('run_id', 'task_no', 'state', 'reason')
            .limit(10),
          waits: await knex('waits').limit(5),
        }),
    });
    const counts = await checkRules({
      knex,
      folder,
      world,
      runs,
      secret: SECRET,
    });
    const report = { seed, runs, kills, lives: scheduler.lives, ...counts };
    say(JSON.stringify(report));
    ok = true;
    return report;
  } catch (error) {
    error.message += `\nPlay it again: node test/airflow/kill/runKilled.mjs --seed ${seed} --runs ${runs}\nLogs and database are kept in ${folder}`;
    throw error;
  } finally {
    await scheduler?.kill();
    await stopLauncher(hostDir).catch(error => say(String(error)));
    await knex.destroy();
    // The parent of forks ends with its folder.
    fs.rmSync(homeDir, { recursive: true, force: true, maxRetries: 5 });
    await until('nothing of it lives', () => processesOf(folder).length === 0, {
      timeoutMs: 180_000,
      describe: () => JSON.stringify(processesOf(folder)),
    }).finally(() => guard.release());
    fs.rmSync(built, { recursive: true, force: true });
    if (ok) fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Triggers all runs, a few at a time, while something is killed. */
async function triggerAndKill({ scheduler, folder, seed, runs, say, open }) {
  const random = randomOf(seed);
  const kills = { backend: 0, parent: 0, triggers: 0 };
  const killedAt = { parent: 0, triggers: 0 };
  const began = Date.now();
  let isOver = false;
  const killing = (async () => {
    while (!isOver) {
      await pause(1_500 + random() * 3_500);
      const what = ['backend', 'parent', 'triggers'][Math.floor(random() * 3)];
      if (isOver) break;
      if (what !== 'backend' && Date.now() - killedAt[what] < PAUSE_MS)
        continue;
      if (what === 'backend') {
        await scheduler.kill();
        await pause(random() * 1_000);
        await scheduler.start();
      } else {
        const victim = processesOf(folder).find(
          ({ pid, command }) => VICTIMS[what].test(command) && !isTask(pid),
        );
        if (!victim) continue;
        try {
          process.kill(victim.pid, 'SIGKILL');
        } catch (error) {
          if (error.code !== 'ESRCH') throw error;
          continue;
        }
      }
      kills[what] += 1;
      killedAt[what] = Date.now();
      say(`${Math.round((Date.now() - began) / 1000)} s: ${what} killed`);
    }
  })();
  const triggering = (async () => {
    for (let i = 0; i < runs; i += 1) {
      const one = { pipeline: 'storm', runKey: `manual__${i}` };
      for (;;) {
        try {
          await scheduler.ask('trigger', one);
          break;
        } catch {
          // Dead or not yet there: what the suite is about.
          await pause(300);
        }
        if (isOver) return;
      }
      await pause(1_000);
    }
  })();
  try {
    await Promise.race([killing, triggering]);
    // Most of them are killed under; the last ones end in peace.
    await until(
      'most runs are over',
      async () => (await open()).length <= runs / 4,
      { timeoutMs: 600_000, everyMs: 1_000 },
    );
  } finally {
    // Also where one of them failed: the other would go on for ever.
    isOver = true;
  }
  await Promise.all([killing, triggering]);
  for (const [what, times] of Object.entries(kills))
    if (times === 0 && runs >= 20) throw new Error(`No ${what} was killed`);
  return kills;
}

function print(text) {
  process.stdout.write(`  ${text}\n`);
}

if (process.argv[1] === import.meta.filename) {
  const { parseArgs } = await import('node:util');
  const { values } = parseArgs({
    options: {
      python: { type: 'string' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      runs: { type: 'string', default: '50' },
    },
  });
  await runKilled({
    python: values.python ?? process.env.MAESTRO_AIRFLOW_PYTHON,
    seed: Number(values.seed),
    runs: Number(values.runs),
  });
}
