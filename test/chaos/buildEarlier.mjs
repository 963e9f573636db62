/*
 * Builds the scheduler of an earlier commit, for the suite of upgrades:
 *
 *   node test/chaos/buildEarlier.mjs COMMIT
 *
 * writes test/chaos/earlier/scheduler.tar.gz and commit.txt, which are
 * committed: a clone without history has no earlier build, and node_modules of
 * today need not fit the sources of then in a year. Do it anew when a release
 * is out, with its commit.
 *
 * What starts the scheduler (headlessScheduler.ts and program/) is
 * today's, put into the sources of then; it only passes on options, and what
 * the code of then does not know it ignores.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildScheduler } from './build.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const [commit] = process.argv.slice(2);
if (!commit) throw new Error('Which commit? node buildEarlier.mjs COMMIT');
const git = (...args) =>
  execFileSync('git', args, { cwd: ROOT, maxBuffer: 2 ** 28 });
const id = git('rev-parse', `${commit}^{commit}`).toString().trim();

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'maestro-earlier-'));
try {
  const sources = path.join(folder, 'sources');
  fs.mkdirSync(sources);
  execFileSync('tar', ['-x', '-C', sources], {
    input: git('archive', id, 'plugins', 'test'),
  });
  for (const file of [
    'plugins/maestro-backend/src/headlessScheduler.ts',
    'test/chaos/program/scheduler.mjs',
    'test/chaos/program/answering.mjs',
  ]) {
    fs.mkdirSync(path.dirname(path.join(sources, file)), { recursive: true });
    fs.copyFileSync(path.join(ROOT, file), path.join(sources, file));
  }
  const index = path.join(sources, 'plugins/maestro-backend/src/index.ts');
  if (!fs.readFileSync(index, 'utf8').includes('startHeadlessScheduler'))
    fs.appendFileSync(
      index,
      "export { startHeadlessScheduler } from './headlessScheduler';\n",
    );
  // Packages are found upwards from the sources.
  fs.symlinkSync(
    path.join(ROOT, 'node_modules'),
    path.join(sources, 'node_modules'),
  );
  const built = path.join(folder, 'built');
  await buildScheduler({ root: sources, folder: built, minify: true });
  const target = path.join(ROOT, 'test/chaos/earlier');
  fs.mkdirSync(target, { recursive: true });
  execFileSync('tar', [
    ...['--sort=name', '--owner=0', '--group=0', '--mtime=@0'],
    ...['-czf', path.join(target, 'scheduler.tar.gz'), '-C', built, '.'],
  ]);
  fs.writeFileSync(path.join(target, 'commit.txt'), `${id}\n`);
  const { size } = fs.statSync(path.join(target, 'scheduler.tar.gz'));
  process.stdout.write(`${id}: ${size} bytes\n`);
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}
