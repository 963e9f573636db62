/**
 * The measure: a chain of trivial processes from a small Node process, each
 * with its output in a file, nothing else kept. Prints ms for each step.
 *
 *   node bareLoop.mjs STEPS FOLDER
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';

const [steps, folder] = process.argv.slice(2);
const times = [];
for (let i = 0; i < Number(steps); i++) {
  const start = performance.now();
  const log = openSync(join(folder, `bare-${i}.log`), 'ax', 0o600);
  const child = spawn('/bin/true', [], { stdio: ['ignore', log, log] });
  closeSync(log);
  await new Promise(resolve => {
    child.once('exit', resolve);
  });
  times.push(performance.now() - start);
}
process.stdout.write(JSON.stringify(times));
