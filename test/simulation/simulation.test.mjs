import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulate } from './run.mjs';

/*
 * The real engine, in virtual time, on three stores, with everything going
 * wrong that can. Without MAESTRO_SIMULATION=long the seeds are always the
 * same; the long one takes others every day.
 */

const isLong = process.env.MAESTRO_SIMULATION === 'long';
const DAY = 86_400_000;
const from = isLong ? Math.floor(Date.now() / DAY) * 100_000 : 1;

const COUNTS = isLong
  ? { model: 60_000, sqlite: 3_000, postgres: 600 }
  : { model: 10_000, sqlite: 500, postgres: 100 };

for (const [store, histories] of Object.entries(COUNTS)) {
  test(`${histories} histories on the ${store} store break no rule`, async t => {
    const { code, output } = await simulate([
      `--store=${store}`,
      `--from=${from}`,
      `--histories=${histories}`,
    ]);
    for (const line of output.trim().split('\n')) t.diagnostic(line);
    // The exit code is also 1 when something never happened.
    assert.equal(code, 0, output);
    assert.match(
      output,
      new RegExp(`${histories} histories, seeds ${from} to`),
    );
  });
}
