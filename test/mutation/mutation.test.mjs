import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/*
 * Changes the code of maestro-common, thousands of times, and counts how often
 * some test notices. Incremental: what neither changed itself nor has tests
 * that did is taken from the run before (.tools/mutation). Why those survive
 * that do: survivors.md.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const REPORT = path.join(ROOT, '.tools/mutation/report.json');
/** What it says of itself, each change that nobody noticed. */
const OUTPUT = path.join(ROOT, '.tools/mutation/output.log');
const GOAL = 85;

const FOUND = ['Killed', 'Timeout'];
const MISSED = ['Survived', 'NoCoverage'];

/** Percent of the changes that some test noticed. */
function score(mutants) {
  const of = states => mutants.filter(one => states.includes(one.status));
  const found = of(FOUND).length;
  return (100 * found) / Math.max(1, found + of(MISSED).length);
}

test(`tests notice at least ${GOAL} % of changes in maestro-common`, t => {
  const began = Date.now();
  fs.rmSync(REPORT, { force: true });
  fs.mkdirSync(path.dirname(OUTPUT), { recursive: true });
  const output = fs.openSync(OUTPUT, 'w');
  const { status } = spawnSync(
    process.execPath,
    [
      path.join(ROOT, 'node_modules/@stryker-mutator/core/bin/stryker.js'),
      'run',
      path.join(ROOT, 'test/mutation/stryker.config.mjs'),
      '--concurrency',
      String(os.availableParallelism()),
    ],
    {
      cwd: path.join(ROOT, 'plugins/maestro-common'),
      stdio: ['ignore', output, output],
    },
  );
  fs.closeSync(output);
  assert.equal(status, 0, `it did not end well, see ${OUTPUT}`);
  assert.ok(fs.statSync(REPORT).mtimeMs >= began, 'the report is of this run');
  const files = Object.entries(JSON.parse(fs.readFileSync(REPORT)).files);
  const all = files.flatMap(([, file]) => file.mutants);
  const tested = all.filter(one => [...FOUND, ...MISSED].includes(one.status));
  assert.ok(tested.length > 5_000, `${tested.length} changes were tried`);
  t.diagnostic(
    `${score(all).toFixed(1)} % of ${tested.length} changes (goal ${GOAL} %)`,
  );
  for (const [file, { mutants }] of files) {
    const missed = mutants.filter(one => MISSED.includes(one.status));
    if (missed.length > 0)
      t.diagnostic(
        `${file}: ${score(mutants).toFixed(0)} %, not noticed ${missed.length}`,
      );
  }
  assert.ok(
    score(all) >= GOAL,
    `${score(all).toFixed(1)} % is below ${GOAL} %`,
  );
});
