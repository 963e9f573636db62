/*
 * How many of Airflow's own example DAGs become pipelines:
 *
 *   node test/airflow/score.mjs --python PYTHON [--json] [--run]
 *     [--beside-airflow] [--only REGEX] [--seconds 75]
 *
 * PYTHON has Airflow (npm run airflow). Prints tables in Markdown of what is not
 * run, or not by itself, with the reasons (docs/airflow.md). With --run each is
 * run once, at most 75 s, and what is not green is told. With --run
 * --beside-airflow `airflow dags test` of the same Airflow runs them too, and
 * both columns are written to last-score.md.
 */
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { runWithAirflow } from './airflowItself.mjs';
import { renderScore } from './scoreReport.mjs';

const run = promisify(execFile);
const ROOT = path.resolve(
  path.dirname(fileURLToPath(import.meta.url)),
  '../..',
);

const { values } = parseArgs({
  options: {
    python: { type: 'string' },
    json: { type: 'boolean' },
    run: { type: 'boolean' },
    'beside-airflow': { type: 'boolean' },
    only: { type: 'string', default: '' },
    seconds: { type: 'string', default: '75' },
  },
});
const python =
  values.python ??
  process.env.MAESTRO_AIRFLOW_PYTHON ??
  path.join(ROOT, '.tools/airflow/bin/python');

/** Version of Airflow, and the folders of examples that the environment has. */
async function examples() {
  const script = [
    'import json, os, airflow, airflow.providers.standard as s',
    'print(airflow.__version__)',
    'print(json.dumps([f for m in (airflow, s) if os.path.isdir(f := os.path.join(os.path.dirname(m.__file__), "example_dags"))]))',
  ].join('\n');
  const { stdout } = await run(python, ['-c', script]);
  const [version, folders] = stdout.trim().split('\n').slice(-2);
  return { version, folders: JSON.parse(folders) };
}

/** Reads a folder, and runs its DAGs if that is wanted: see runDags.ts. */
async function readFolder(folder) {
  const transform = createRequire(import.meta.url).resolve(
    '@backstage/cli/config/nodeTransform.cjs',
  );
  const { stdout } = await run(
    process.execPath,
    [
      '--require',
      transform,
      path.join(ROOT, 'test/airflow/runDags.ts'),
      ...['--folder', folder, '--python', python],
      ...['--only', values.only, '--seconds', values.seconds],
      // The plugins of the examples belong to them.
      ...['--env', 'AIRFLOW__CORE__LOAD_EXAMPLES=True'],
      ...(values.run ? ['--run'] : []),
    ],
    { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 },
  );
  const [found, ...runs] = stdout
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line));
  return { ...found, runs };
}

/** The reason without the names in it, so that equal ones are counted. */
const reasonOf = message =>
  message
    .replace(/^(task|group) "[^"]*"/, '$1')
    .replace(/^its timetable airflow\.example_dags\.\S+/, 'its timetable')
    .replace(/; until then it is started by hand only$/, '');

const { version, folders } = await examples();
const only = new RegExp(values.only);
const names = new Set();
const score = { failures: [], unscheduled: [] };
/** All folders as one: a DAG of one starts a DAG of another. */
const together = fs.mkdtempSync(path.join(os.tmpdir(), 'maestro-examples-'));
for (const [no, folder] of folders.entries())
  fs.cpSync(folder, path.join(together, `folder_${no}`), { recursive: true });
try {
  const { listed, problems, runs } = await readFolder(together);
  const failed = new Map();
  for (const { name, message } of problems) {
    if (!failed.has(name)) failed.set(name, { name, reasons: new Set() });
    failed.get(name).reasons.add(reasonOf(message));
  }
  for (const name of [...listed, ...failed.keys()])
    if (only.test(name)) names.add(name);
  for (const { name, reasons } of failed.values()) {
    if (!only.test(name)) continue;
    (listed.includes(name) ? score.unscheduled : score.failures).push({
      name,
      reasons: [...reasons],
    });
  }
  if (values.run) score.runs = runs;
} finally {
  fs.rmSync(together, { recursive: true, force: true, maxRetries: 5 });
}
score.dags = [...names];
if (values.run && values['beside-airflow']) {
  const load = os.loadavg()[0].toFixed(1);
  score.beside = await runWithAirflow({
    python,
    folders,
    dagIds: score.dags,
    seconds: Number(values.seconds),
    onEach: ({ dagId, state, seconds }) =>
      process.stderr.write(`airflow: ${dagId} ${state} ${seconds} s\n`),
  });
  score.about = `Airflow ${version}, its own example DAGs, each run once with no connection, variable or param, and ended after ${values.seconds} s: by \`airflow dags test\` (SQLite, two at a time), and by Maestro (one at a time). Load of the machine before: ${load}.`;
}

const text = values.json
  ? JSON.stringify(score, undefined, 2)
  : renderScore(score);
process.stdout.write(`${text}\n`);
if (score.beside && !values.only) {
  fs.writeFileSync(
    path.join(ROOT, 'test/airflow/last-score.md'),
    `# Example DAGs\n\nWritten by \`node test/airflow/score.mjs --run --beside-airflow\`.\n\n${renderScore(
      score,
    ).trimEnd()}\n`,
  );
}
