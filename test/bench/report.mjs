import { execFile, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './benchProgram.mjs';

/*
 * All benches after each other, and their tables in last-report.md:
 *
 *   node test/bench/report.mjs                 half an hour
 *   node test/bench/report.mjs engine due      these; of the others the report
 *                                              keeps what it says
 *   node test/bench/report.mjs --pods          all, also that of pods, which
 *                                              needs root and brings a cluster
 *
 * Needs MAESTRO_TEST_POSTGRES_URL, the Python of `npm run airflow`, and the
 * machine for itself. A part that does
 * not work is told, and ends the program with 1.
 */

const FILE = path.join(ROOT, 'test/bench/last-report.md');
const BENCHES = {
  chain: 'The first slice, through the portal',
  airflow: 'Beside Airflow',
  dags: 'DAG files beside Airflow',
  dagFolder: 'A folder of 1,000 DAG files',
  engine: 'What the engine can do',
  due: 'What is due',
  scale: 'What size costs',
  memory: 'What is kept of runs that are over',
  pods: 'Tasks as pods, beside a bare loop',
};

const wanted = process.argv.slice(2).filter(word => word !== '--pods');
const withPods = process.argv.includes('--pods') || wanted.includes('pods');
const unknown = wanted.filter(name => !(name in BENCHES));
if (unknown.length)
  throw new Error(
    `There is no bench ${unknown.join(', ')}; there are ${Object.keys(
      BENCHES,
    )}`,
  );

function partsOf(text) {
  const parts = new Map();
  for (const part of text.split(/^## /m).slice(1)) {
    const name = Object.keys(BENCHES).find(one =>
      part.startsWith(BENCHES[one]),
    );
    if (name) parts.set(name, `## ${part.trimEnd()}`);
  }
  return parts;
}

const parts = partsOf(fs.existsSync(FILE) ? fs.readFileSync(FILE, 'utf8') : '');
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
  cwd: ROOT,
  encoding: 'utf8',
}).trim();
for (const [name, title] of Object.entries(BENCHES)) {
  if (name === 'pods' ? !withPods : wanted.length && !wanted.includes(name))
    continue;
  process.stderr.write(`${title} …\n`);
  const before = os.loadavg()[0].toFixed(1);
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [path.join(ROOT, `test/bench/${name}.mjs`)],
      { maxBuffer: 16 * 1024 * 1024 },
    );
    const date = new Date().toISOString().slice(0, 10);
    parts.set(
      name,
      [
        `## ${title}`,
        '',
        `\`node test/bench/${name}.mjs\`, commit ${commit}, ${date}, load ${before} before.`,
        '',
        stdout.trimEnd(),
      ].join('\n'),
    );
    process.stderr.write(stdout);
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`${name} failed: ${error.message}\n`);
  }
}
const report = [
  '# The last benches',
  '',
  `On ${os.availableParallelism()} cores, ${
    os.cpus()[0].model
  }. Written by \`node test/bench/report.mjs\`; what the figures mean is in [README.md](README.md).`,
  '',
  ...Object.keys(BENCHES).flatMap(name =>
    parts.has(name) ? [parts.get(name), ''] : [],
  ),
].join('\n');
fs.writeFileSync(FILE, report);
// As every file of the repository.
execFileSync(process.execPath, [
  path.join(ROOT, 'node_modules/.bin/prettier'),
  '--write',
  FILE,
]);
