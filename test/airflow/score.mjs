/*
 * How many of Airflow's own example DAGs become pipelines:
 *
 *   node test/airflow/score.mjs --python PYTHON [--json] [--run [--only REGEX]]
 *
 * PYTHON has Airflow and the command is built (npm start does both). Prints
 * tables in Markdown of what is not run, or not by itself, with the reasons
 * (docs/airflow.md). With --run each that does is run once, at most 75 s,
 * and what is not green is told; --only those whose id fits.
 */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { fileURLToPath } from 'node:url';

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
    only: { type: 'string' },
  },
});
const python =
  values.python ??
  process.env.MAESTRO_AIRFLOW_PYTHON ??
  path.join(ROOT, '.tools/airflow/bin/python');

/** Folders of examples that the environment has. */
async function exampleFolders() {
  const script = [
    'import json, os, airflow, airflow.providers.standard as s',
    'print(json.dumps([f for m in (airflow, s) if os.path.isdir(f := os.path.join(os.path.dirname(m.__file__), "example_dags"))]))',
  ].join('\n');
  const { stdout } = await run(python, ['-c', script]);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

/** What a command on a folder says as JSON; 1 is its code for "problems". */
async function ask(command, folder) {
  const args = ['airflow', 'dags', command, folder, '--python', python];
  // The plugins of the examples belong to them.
  const env = { AIRFLOW__CORE__LOAD_EXAMPLES: 'True' };
  const more = Object.entries(env).flatMap(pair => ['--env', pair.join('=')]);
  try {
    const { stdout } = await run(
      path.join(ROOT, 'packages/cli/bin/maestro'),
      [...args, ...more, '--output', 'json'],
      { maxBuffer: 64 * 1024 * 1024 },
    );
    return JSON.parse(stdout);
  } catch (error) {
    if (error.code === 1 && error.stdout) return JSON.parse(error.stdout);
    throw error;
  }
}

/** Runs every DAG of a folder: one object each, see runDags.ts. */
async function runFolder(folder) {
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
      ...(values.only === undefined ? [] : ['--only', values.only]),
    ],
    { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 },
  );
  const lines = stdout.split('\n').filter(line => line.startsWith('{'));
  return lines
    .map(line => JSON.parse(line))
    .filter(({ state }) => state !== 'not read');
}

/** The reason without the names in it, so that equal ones are counted. */
const reasonOf = message =>
  message
    .replace(/^(task|group) "[^"]*"/, '$1')
    .replace(/^its timetable airflow\.example_dags\.\S+/, 'its timetable')
    .replace(/; until then it is started by hand only$/, '');

const score = { dags: 0, compiled: 0, failures: [], unscheduled: [], runs: [] };
for (const folder of await exampleFolders()) {
  const listed = await ask('list', folder);
  const problems = await ask('list-import-errors', folder);
  const failed = new Map();
  for (const { dag_id: dagId, filepath, error } of problems) {
    const name = dagId ?? filepath;
    if (!failed.has(name)) failed.set(name, { name, reasons: new Set() });
    failed.get(name).reasons.add(reasonOf(error));
  }
  const compiled = new Set(listed.map(row => row.dag_id));
  score.compiled += compiled.size;
  score.dags += compiled.size;
  for (const { name, reasons } of failed.values()) {
    if (!compiled.has(name)) score.dags += 1;
    (compiled.has(name) ? score.unscheduled : score.failures).push({
      name,
      reasons: [...reasons],
    });
  }
  if (values.run) score.runs.push(...(await runFolder(folder)));
}

/** Rows of Markdown, the commonest reason first. */
function table(entries) {
  const byReason = new Map();
  for (const { name, reasons } of entries) {
    const key = reasons.join('; ');
    byReason.set(key, [...(byReason.get(key) ?? []), name]);
  }
  return [
    '| DAGs | why | which |',
    '| --- | --- | --- |',
    ...[...byReason]
      .sort((a, b) => b[1].length - a[1].length)
      .map(
        ([reason, names]) =>
          `| ${names.length} | ${reason} | ${names.sort().join(', ')} |`,
      ),
  ].join('\n');
}

if (values.json) {
  console.log(JSON.stringify(score, undefined, 2));
} else {
  console.log(
    `${score.compiled} of ${score.dags} example DAGs become pipelines.`,
  );
  if (score.failures.length > 0)
    console.log(`\nNot run:\n\n${table(score.failures)}`);
  if (score.unscheduled.length > 0)
    console.log(`\nStarted by hand only:\n\n${table(score.unscheduled)}`);
  if (values.run) {
    const green = score.runs.filter(({ state }) => state === 'success');
    console.log(
      `\n${green.length} of ${score.runs.length} that were run are green.\n`,
    );
    console.log('| DAG | state | why | seconds |\n| --- | --- | --- | --- |');
    for (const { dagId, state, reason, seconds } of score.runs) {
      if (state === 'success') continue;
      console.log(
        `| ${dagId} | ${state} | ${reason ?? ''} | ${seconds ?? ''} |`,
      );
    }
  }
}
