import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { simulate } from './run.mjs';

/**
 * One test for each store: the real engine, in virtual time, with everything
 * going wrong that can, breaks no rule of the design; and each kind of fault,
 * and each path of the engine, was really met.
 *
 * @param counts - histories by store: `{ model, sqlite, postgres }`
 * @param from - the first seed
 * @param options.concurrency - stores at the same time; default one by one
 */
export function campaign(counts, from, { concurrency = 1 } = {}) {
  describe('random histories', { concurrency }, () => {
    for (const [store, histories] of Object.entries(counts))
      play(store, histories, from);
  });
}

function play(store, histories, from) {
  test(`${histories} histories on the ${store} store break no rule`, async t => {
    const { code, output } = await simulate([
      `--store=${store}`,
      `--from=${from}`,
      `--histories=${histories}`,
    ]);
    for (const line of output.trim().split('\n')) t.diagnostic(line);
    assert.equal(code, 0, output);
    assert.match(
      output,
      new RegExp(`${histories} histories, seeds ${from} to`),
    );
  });
}
