import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { startPostgres } from '../postgresServer.mjs';
import { runCommand } from '../processes/command.mjs';
import { ensureNode } from '../toolchain/node.mjs';
import {
  ensureApp,
  ensureCli,
  ensureDependencies,
  findYarn,
} from '../toolchain/workspace.mjs';
import { clusterNeeds } from './clusterNeeds.mjs';
import { oneByOne } from './oneByOne.mjs';

/*
 * What suites need: packages (Node 24, node_modules), postgres, python, airflow
 * (a Python with Airflow), airflow-ml (one with MLflow and Feast too), app (the
 * built pages), cli (the built command), browser (Chromium), cluster (a
 * Kubernetes), minio (S3), ml-image (the pipelines' task image), airflow-image
 * (one that has Airflow). What cannot be had is named, and every suite that needs
 * it has failed: a missing PostgreSQL is a failure, not a skip.
 *
 * Suites begin when packages and PostgreSQL are there; the rest is brought beside
 * them, and waited for by whoever needs it.
 */

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];

function which(name) {
  for (const folder of (process.env.PATH ?? '').split(':')) {
    const file = path.join(folder, name);
    if (fs.existsSync(file)) return file;
  }
  return undefined;
}

/** Whether we may install packages of the operating system. */
function canInstall() {
  return process.getuid() === 0 && which('apt-get') !== undefined;
}

/** apt has a lock of its own, at which it gives up. */
const installs = oneByOne();

function aptInstall(context, names) {
  return installs(() => installNow(context, names));
}

async function installNow(context, names) {
  if (!canInstall())
    throw new Error(
      `${names.join(
        ', ',
      )} is missing, and installing it needs root on Debian or Ubuntu`,
    );
  const { progress, toolsDir, guard } = context;
  const apt = (...args) =>
    runCommand('apt-get', args, {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      logFile: path.join(toolsDir, `logs/apt-${args[0]}.log`),
      guard,
    });
  await progress.step(`Installing ${names.join(', ')} (apt)`, async () => {
    try {
      await apt('install', '-y', '--no-install-recommends', ...names);
    } catch {
      // Most often package lists that are missing or out of date.
      await apt('update');
      await apt('install', '-y', '--no-install-recommends', ...names);
    }
  });
}

async function ensureBrowser(context) {
  const find = () => BROWSERS.map(which).find(Boolean);
  if (!find())
    // Without fonts pages are drawn with boxes instead of letters.
    await aptInstall(context, ['chromium', 'fonts-liberation']);
  const found = find();
  if (!found) throw new Error('apt installed chromium, but it is not on PATH');
  return found;
}

function hasVenv() {
  try {
    execFileSync('python3', ['-c', 'import venv, ensurepip'], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}

async function ensureTestPython(context) {
  const { root, toolsDir, progress } = context;
  if (
    !process.env.MAESTRO_PYTHON &&
    !fs.existsSync(path.join(toolsDir, 'python')) &&
    !hasVenv() &&
    canInstall()
  )
    await aptInstall(context, ['python3', 'python3-venv']);
  const { ensurePython } = await import('../embedded/python.mjs');
  const result = await progress.step('Checking the Python environment', () =>
    ensurePython({ root, toolsDir, log: text => progress.say(`    ${text}`) }),
  );
  if (!result.ok) throw new Error(result.reason);
  return result.python;
}

async function ensureTestAirflow(context, { name, ensure, title }) {
  // One that is there already may be lent, as with MAESTRO_PYTHON.
  const named = process.env[name];
  if (named) {
    if (fs.existsSync(named)) return named;
    throw new Error(`${name} is ${named}, which does not exist`);
  }
  const { root, toolsDir, progress } = context;
  const environments = await import('../embedded/python.mjs');
  const result = await progress.step(title, () =>
    environments[ensure]({
      root,
      toolsDir,
      log: text => progress.say(`    ${text}`),
    }),
  );
  if (!result.ok) throw new Error(result.reason);
  return result.python;
}

/** In this order; what comes behind `packages` stands on node_modules. */
function needs() {
  // Each takes all processors, or the network.
  const inTurn = oneByOne();
  const beside = bring => async context => ({
    pending: inTurn(() => bring(context)),
  });
  return {
    python: beside(async context => ({
      python: await ensureTestPython(context),
    })),
    airflow: beside(async context => ({
      airflow: await ensureTestAirflow(context, {
        name: 'MAESTRO_AIRFLOW_PYTHON',
        ensure: 'ensureAirflow',
        title: 'Checking the environment of Airflow',
      }),
    })),
    'airflow-ml': beside(async context => ({
      airflowMl: await ensureTestAirflow(context, {
        name: 'MAESTRO_AIRFLOW_ML_PYTHON',
        ensure: 'ensureAirflowMl',
        title: 'Checking the environment of Airflow with MLflow and Feast',
      }),
    })),
    packages: async context => {
      const node = await ensureNode(context);
      await ensureDependencies({ ...context, node });
      return { node, yarn: findYarn(context.root) };
    },
    postgres: async context => ({
      postgres: await context.progress.step('Starting PostgreSQL', () =>
        // A database a test is mostly flushing; suites about losing it have theirs.
        startPostgres({ ...context, durable: false }),
      ),
    }),
    app: beside(ensureApp),
    cli: beside(ensureCli),
    browser: beside(async context => ({
      browser: await ensureBrowser(context),
    })),
    ...clusterNeeds(aptInstall),
  };
}

/**
 * Brings what these suites need.
 *
 * @returns what is there (`node`, `yarn`, `postgres`, `kubeconfig`), `missing`:
 * need → why it cannot be had, and `pending`: need → promise of what is still
 * being brought (`{python}`, `{airflow}`, `{airflowMl}`, `{browser}`, or nothing
 * that has a name)
 */
export async function bringNeeds(suites, context) {
  const wanted = new Set(suites.flatMap(suite => suite.needs));
  const missing = new Map();
  const pending = new Map();
  let brought = {};
  // In the order of the table: the later ones stand on node_modules.
  for (const [need, bring] of Object.entries(needs())) {
    if (!wanted.has(need)) continue;
    try {
      const { pending: rest, ...more } = await bring({
        ...context,
        ...brought,
      });
      brought = { ...brought, ...more };
      if (rest) pending.set(need, rest);
    } catch (error) {
      missing.set(need, error.message);
      context.progress.say(`  ! ${need} cannot be had: ${error.message}`);
    }
  }
  return { ...brought, missing, pending };
}
