import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeLongRun } from './longReport.mjs';

const facts = { commit: 'abc1234', date: '2026-11-26', machine: '2 cores' };
const suite = (id, tier) => ({ id, tier });

test('the report names commit, date, machine, and every suite with its counts', () => {
  const text = describeLongRun({
    facts,
    told: () => [],
    results: [
      {
        suite: suite('unit', 'fast'),
        passed: 12,
        failed: 1,
        skipped: 0,
        seconds: 61,
        problem: 'it left processes behind',
      },
    ],
  });
  assert.match(text, /On 2 cores\./);
  assert.match(
    text,
    /\| `unit` \| fast \| 12 \| 1 \| 0 \| 1 m 01 s \| abc1234 \| 2026-11-26 \| it left processes behind \|/,
  );
});

test('what the tests of long suites told stands below, that of others does not', () => {
  const result = { passed: 1, failed: 0, skipped: 0, seconds: 1 };
  const text = describeLongRun({
    facts,
    told: ({ id }) => [`${id}: 60000 histories`],
    results: [
      { suite: suite('simulation', 'full'), ...result },
      { suite: suite('simulation-long', 'long'), ...result },
    ],
  });
  assert.match(text, /## simulation-long\n\n```\nsimulation-long: 60000/);
  assert.doesNotMatch(text, /## simulation\n/);
});

test('a suite that was not run now keeps what the last report says of it', () => {
  const result = { passed: 1, failed: 0, skipped: 0, seconds: 1 };
  const of = (id, commit, before) =>
    describeLongRun({
      before,
      facts: { ...facts, commit },
      told: () => [`told by ${commit}`],
      results: [{ suite: suite(id, 'long'), ...result }],
    });
  const first = of('simulation-long', 'aaa');
  const second = of('chaos-long', 'bbb', first);
  assert.match(second, /\| `simulation-long` .* \| aaa \|/);
  assert.match(second, /\| `chaos-long` .* \| bbb \|/);
  const third = of('simulation-long', 'ccc', second);
  assert.match(third, /## simulation-long\n\n```\ntold by ccc\n/);
  assert.match(third, /## chaos-long\n\n```\ntold by bbb\n/);
  assert.doesNotMatch(third, /aaa/);
});
