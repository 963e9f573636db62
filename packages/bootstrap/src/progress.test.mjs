import assert from 'node:assert/strict';
import test from 'node:test';
import { createProgress, formatDuration } from './progress.mjs';

test('durations are short and never show 60 seconds', () => {
  assert.equal(formatDuration(0), '0.0 s');
  assert.equal(formatDuration(950), '0.9 s');
  assert.equal(formatDuration(65_000), '1 m 05 s');
  assert.equal(formatDuration(119_900), '2 m 00 s');
});

test('a step says when it starts, how long it took, and when it failed', async () => {
  let time = 0;
  const written = [];
  const progress = createProgress({
    out: { write: text => written.push(text) },
    now: () => time,
  });
  const work = async () => {
    time += 2500;
    return 7;
  };
  assert.equal(await progress.step('Building', work), 7);
  await assert.rejects(
    progress.step('Breaking', async () => {
      throw new Error('no');
    }),
    /no/,
  );
  assert.deepEqual(written, [
    '  … Building\n',
    '  ✓ Building (2.5 s)\n',
    '  … Breaking\n',
    '  ✗ Breaking (0.0 s)\n',
  ]);
});
