import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** The versions of Python that the pinned packages were tried with. */
export const OLDEST_PYTHON = [3, 11];
export const TESTED_UP_TO = [3, 13];

const UV = 'uv>=0.9,<1';
const CANDIDATES = ['python3.13', 'python3.12', 'python3.11', 'python3'];
const PROBE =
  'import sys, json; print(json.dumps([*sys.version_info[:3], sys.prefix]))';
/**
 * An environment that Maestro makes: what it is called in `.tools`, the folder
 * with its `requirements.txt`, the files there that decide what is installed,
 * and how much that is, in words for people.
 */
const PIPELINES = {
  name: 'python',
  folder: 'pipelines',
  inputs: [
    'requirements.txt',
    'constraints.txt',
    'runtime/pyproject.toml',
    'flights/pyproject.toml',
  ],
  size: 'about 130 Python packages (1 GB with bytecode)',
  space: '1.2 GB',
};

const AIRFLOW = {
  name: 'airflow',
  folder: 'plugins/maestro-backend-module-airflow/python',
  inputs: ['requirements.txt', 'constraints.txt'],
  size: 'Airflow with its providers (about 150 Python packages, 0.6 GB)',
  space: '0.8 GB',
};

const AIRFLOW_ML = {
  name: 'airflow-ml',
  folder: 'pipelines/dags',
  inputs: [
    'requirements.txt',
    'constraints.txt',
    '../runtime/pyproject.toml',
    '../flights/pyproject.toml',
  ],
  size: 'Airflow, MLflow and Feast (about 210 Python packages, 1.5 GB with bytecode)',
  space: '1.8 GB',
};

/** Thrown with one plain sentence for people. */
class Unavailable extends Error {}

/**
 * Runs a command to its end.
 *
 * @param onLine - called with each line it says, without colours
 * @returns exit code (-1 when it cannot be started) and all it said
 */
function run(command, args, { env, cwd, onLine, timeoutMs } = {}) {
  return new Promise(resolve => {
    let text = '';
    let rest = '';
    const child = spawn(command, args, {
      env,
      cwd,
      timeout: timeoutMs,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const take = chunk => {
      text += chunk;
      rest += chunk;
      const lines = rest.split(/\r?\n|\r/);
      rest = lines.pop();
      for (const line of lines) if (line.trim()) onLine?.(line.trimEnd());
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.once('error', error => resolve({ code: -1, text: error.message }));
    child.once('close', code => resolve({ code: code ?? -1, text }));
  });
}

/**
 * The environment for everything Python: bytecode is written (without it every
 * task pays seconds of imports), colours and self-made downloads are off.
 */
export function pythonEnv(env = process.env) {
  const clean = { ...env, NO_COLOR: '1', UV_PYTHON_DOWNLOADS: 'never' };
  for (const name of ['PYTHONDONTWRITEBYTECODE', 'PYTHONHOME', 'PYTHONPATH'])
    delete clean[name];
  delete clean.VIRTUAL_ENV;
  // uv does not read pip's settings, people behind a proxy have only those.
  const certificates = env.PIP_CERT ?? env.REQUESTS_CA_BUNDLE;
  if (certificates && !env.SSL_CERT_FILE) clean.SSL_CERT_FILE = certificates;
  if (env.PIP_INDEX_URL && !env.UV_DEFAULT_INDEX && !env.UV_INDEX_URL)
    clean.UV_DEFAULT_INDEX = env.PIP_INDEX_URL;
  return clean;
}

const compare = (a, b) => a[0] - b[0] || a[1] - b[1];

/** Every file of these names on the PATH, in the order of the names. */
function onPath(names, env) {
  const folders = (env.PATH ?? '').split(path.delimiter).filter(Boolean);
  return names.flatMap(name =>
    folders
      .map(folder => path.join(folder, name))
      .filter(file => fs.existsSync(file)),
  );
}

/**
 * A Python that really runs: shims of version managers exist for versions that
 * are not chosen and fail when they are called.
 *
 * @returns `{file, version}`, a tested version if there is one
 * @throws Unavailable naming what was found and what is needed
 */
export async function findPython(env = process.env) {
  const seen = [];
  let newer;
  for (const file of onPath(CANDIDATES, env)) {
    const { code, text } = await run(file, ['-I', '-c', PROBE], {
      env: pythonEnv(env),
      timeoutMs: 20_000,
    });
    if (code !== 0) continue;
    const version = JSON.parse(text.trim().split('\n').at(-1)).slice(0, 3);
    if (compare(version, OLDEST_PYTHON) < 0) seen.push(version.join('.'));
    else if (compare(version, TESTED_UP_TO) > 0) newer ??= { file, version };
    else return { file, version };
  }
  if (newer) return newer;
  const range = `${OLDEST_PYTHON.join('.')} to ${TESTED_UP_TO.join('.')}`;
  throw new Unavailable(
    seen.length
      ? `Python ${range} is needed for the pipelines; only ${[
          ...new Set(seen),
        ].join(' and ')} was found.`
      : `Python ${range} is needed for the pipelines and none was found: install it, on Debian and Ubuntu with \`apt install python3 python3-venv\`.`,
  );
}

/** uv from the PATH or from `.tools/uv`, fetched there if need be. */
export async function ensureUv({ toolsDir, python, env, log }) {
  const home = path.join(toolsDir, 'uv');
  const own = path.join(home, 'bin/uv');
  for (const file of [own, ...onPath(['uv'], env)]) {
    if (!fs.existsSync(file)) continue;
    const { code, text } = await run(file, ['--version'], { env });
    if (code === 0 && /^uv (0\.(9|[1-9]\d))\./.test(text)) return file;
  }
  log('Fetching uv, the installer of Python packages');
  fs.rmSync(home, { recursive: true, force: true });
  fs.mkdirSync(toolsDir, { recursive: true });
  const venv = await run(python, ['-m', 'venv', home], { env });
  const install =
    venv.code === 0
      ? [path.join(home, 'bin/python'), ['-m', 'pip', 'install', '-q', UV]]
      : // No venv (Debian without python3-venv): pip alone is enough for uv.
        [python, ['-m', 'pip', 'install', '-q', '--target', home, UV]];
  const pip = await run(...install, { env });
  if (pip.code === 0 && fs.existsSync(own)) return own;
  fs.rmSync(home, { recursive: true, force: true });
  if (venv.code !== 0)
    throw new Unavailable(
      `${python} can make no virtual environment: install it with \`apt install python3-venv\` (Debian and Ubuntu) and start again.`,
    );
  throw new Unavailable(
    `uv could not be fetched from the Python package index: ${lastLine(
      pip.text,
    )}`,
  );
}

const lastLine = text =>
  text
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean)
    .at(-1) ?? 'it said nothing';

/** Changes whenever the environment has to be made again. */
export function environmentHash(root, { folder, inputs } = PIPELINES) {
  const hash = createHash('sha256');
  // Editable packages and scripts hold absolute paths.
  hash.update(`v1\0${root}\0`);
  for (const name of inputs)
    hash.update(fs.readFileSync(path.join(root, folder, name)));
  return hash.digest('hex');
}

async function isCurrent({ python, stamp, hash, env }) {
  if (!fs.existsSync(stamp) || !fs.existsSync(python)) return false;
  if (fs.readFileSync(stamp, 'utf8').trim() !== hash) return false;
  // The Python it was made with may have been removed since.
  return (await run(python, ['-I', '-c', ''], { env })).code === 0;
}

async function install({ what, root, toolsDir, home, env, log }) {
  const { file, version } = await findPython(env);
  if (compare(version, TESTED_UP_TO) > 0)
    log(
      `Python ${version.join(
        '.',
      )} is newer than the newest tested one (${TESTED_UP_TO.join('.')})`,
    );
  const uv = await ensureUv({ toolsDir, python: file, env, log });
  log(`Making a Python ${version.join('.')} environment`);
  const venv = await run(
    uv,
    ['venv', '--quiet', '--clear', '--python', file, home],
    { env },
  );
  if (venv.code !== 0)
    throw new Unavailable(
      `The Python environment ${home} could not be made: ${lastLine(
        venv.text,
      )}`,
    );
  log(`Installing ${what.size}`);
  const packages = await run(
    uv,
    [
      'pip',
      'install',
      '--compile-bytecode',
      '--no-progress',
      ...['--python', path.join(home, 'bin/python')],
      ...['-r', path.join(root, what.folder, 'requirements.txt')],
    ],
    {
      env,
      // Paths in a requirements file are relative to where uv runs.
      cwd: path.join(root, what.folder),
      onLine: line =>
        /^(Resolved|Prepared|Installed|Bytecode)/.test(line) && log(line),
    },
  );
  if (packages.code === 0) return;
  const noSpace = /No space left/.test(packages.text);
  const at = packages.text.search(/(^|\n)\s*(error|×)/);
  throw new Unavailable(
    noSpace
      ? `The disk that holds ${toolsDir} is full: the Python packages need ${what.space}.`
      : `The Python packages could not be installed: ${packages.text
          .slice(Math.max(at, 0))
          .replace(/\s+/g, ' ')
          .trim()
          .slice(0, 600)}`,
  );
}

/**
 * The Python environment of the pipelines in `.tools/python`: made once, made
 * again when a requirement changes, else only looked at (0.1 s).
 *
 * @param options.root - the checkout
 * @param options.toolsDir - where fetched tools live, `.tools`
 * @param options.log - called with a line for each thing that takes long
 * @returns `{ok: true, python}` with the interpreter's path, or `{ok: false,
 * reason}` with one plain sentence; it does not throw for what this machine lacks
 */
export async function ensurePython(options) {
  return ensureEnvironment(PIPELINES, options);
}

/**
 * The same for the environment that reads and runs Airflow's DAG files, in
 * `.tools/airflow`: made when there is a folder of them, or a test needs it.
 */
export async function ensureAirflow(options) {
  return ensureEnvironment(AIRFLOW, options);
}

/**
 * The same with MLflow and Feast beside Airflow, in `.tools/airflow-ml`: what
 * the DAGs of `pipelines/dags` import.
 */
export async function ensureAirflowMl(options) {
  return ensureEnvironment(AIRFLOW_ML, options);
}

async function ensureEnvironment(
  what,
  { root, toolsDir, log = () => undefined },
) {
  const home = path.join(toolsDir, what.name);
  const python = path.join(home, 'bin/python');
  const stamp = path.join(home, '.maestro-stamp');
  const env = pythonEnv();
  const hash = environmentHash(root, what);
  if (await isCurrent({ python, stamp, hash, env }))
    return { ok: true, python };
  try {
    await install({ what, root, toolsDir, home, env, log });
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    return { ok: false, reason: error.message };
  }
  // Last: an environment whose making was interrupted is made again.
  fs.writeFileSync(stamp, `${hash}\n`);
  return { ok: true, python };
}
