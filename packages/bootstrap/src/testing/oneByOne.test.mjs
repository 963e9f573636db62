import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { oneByOne } from './oneByOne.mjs';

test('one begins when the one before it has ended', async () => {
  const inTurn = oneByOne();
  const told = [];
  const work = name => async () => {
    told.push(`${name} begins`);
    await setImmediate();
    told.push(`${name} ends`);
    return name;
  };
  assert.deepEqual(
    await Promise.all([inTurn(work('first')), inTurn(work('second'))]),
    ['first', 'second'],
  );
  assert.deepEqual(told, [
    'first begins',
    'first ends',
    'second begins',
    'second ends',
  ]);
});

test('one that fails, also at once, keeps nobody behind it waiting', async () => {
  const inTurn = oneByOne();
  const failed = inTurn(() => {
    throw new Error('no network');
  });
  assert.equal(await inTurn(async () => 'next'), 'next');
  // Nobody has looked at it till now, and the process has not ended by it.
  await setImmediate();
  await assert.rejects(failed, /no network/);
});
