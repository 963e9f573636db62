import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { runSuite } from './runSuite.mjs';
import { runInParallel } from './schedule.mjs';

const context = fields => {
  const outDir = fs.mkdtempSync(path.join(os.tmpdir(), 'maestro-suite-'));
  return {
    root: outDir,
    outDir,
    environment: () => process.env,
    missing: new Map(),
    guard: { watch: () => undefined, forget: () => undefined },
    ...fields,
  };
};
const suite = (script, fields) => ({
  id: 'one',
  needs: [],
  parser: 'check',
  command: ({ report }) => ({ args: ['sh', '-c', script, 'sh', report] }),
  ...fields,
});
const tap = 'printf "# pass 3\\n# fail 0\\n" > "$1"';

test('a suite is counted from its report, its output kept', async () => {
  const result = await runSuite(
    suite(`echo hello; ${tap}`, { parser: 'node' }),
    context(),
  );
  assert.equal(result.passed, 3);
  assert.equal(result.failed, 0);
  assert.equal(fs.readFileSync(result.logFile, 'utf8'), 'hello\n');
});

test('a report of an earlier run is not believed', async () => {
  const shared = context();
  await runSuite(suite(tap, { parser: 'node' }), shared);
  const result = await runSuite(suite('true', { parser: 'node' }), shared);
  assert.deepEqual([result.passed, result.failed], [0, 1]);
});

test('what cannot be had is named and a failure', async () => {
  const result = await runSuite(
    suite('true', { needs: ['postgres'] }),
    context({ missing: new Map([['postgres', 'no binaries']]) }),
  );
  assert.equal(result.failed, 1);
  assert.equal(result.problem, 'it needs postgres: no binaries');
});

test('what is still being built is waited for, and its failure is named', async () => {
  const log = [];
  const built = new Promise(resolve => {
    setTimeout(() => resolve(log.push('built')), 100);
  });
  const good = await runSuite(
    suite(tap, { parser: 'node', needs: ['cluster'] }),
    context({ pending: new Map([['cluster', built]]) }),
  );
  assert.deepEqual([log, good.passed, good.failed], [['built'], 3, 0]);
  const bad = await runSuite(
    suite('true', { needs: ['cluster'] }),
    context({
      pending: new Map([['cluster', Promise.reject(new Error('no compiler'))]]),
    }),
  );
  assert.equal(bad.failed, 1);
  assert.equal(bad.problem, 'it needs cluster: no compiler');
});

test('what was brought meanwhile is there for its command and in its environment', async () => {
  const pending = new Map([
    ['python', Promise.resolve({ python: '/brought/python' })],
    ['app', Promise.resolve({ other: 'of another suite' })],
  ]);
  const result = await runSuite(
    suite('', {
      needs: ['python'],
      command: ({ python, other }) => ({
        args: ['sh', '-c', `echo ${python} $PYTHON ${other}`],
      }),
    }),
    context({ pending, environment: ({ python }) => ({ PYTHON: python }) }),
  );
  assert.equal(
    fs.readFileSync(result.logFile, 'utf8'),
    '/brought/python /brought/python undefined\n',
  );
});

test('a suite that hangs is ended and has failed', async () => {
  const result = await runSuite(
    suite(`${tap}; sleep 300`, { parser: 'node', minutes: 0.005 }),
    context(),
  );
  assert.ok(result.failed > 0);
  assert.match(result.problem, /it was ended after 0.005 minutes/);
  // Not the five minutes that it would have taken.
  assert.ok(result.seconds < 200, `${result.seconds} s`);
});

test('a suite that leaves a process behind has failed, and the process is ended', async () => {
  const result = await runSuite(
    suite(`${tap}; sleep 300 & exit 0`, { parser: 'node' }),
    context(),
  );
  assert.equal(result.passed, 3);
  assert.equal(result.failed, 1);
  assert.equal(result.problem, 'it left processes behind');
});

test('a program that does not exist is a failure', async () => {
  const result = await runSuite(
    suite('', { command: () => ({ args: ['/nonexistent/program'] }) }),
    context(),
  );
  assert.equal(result.failed, 1);
  assert.match(result.problem, /could not be started/);
});

test('what breaks its cluster leaves one that is given alone, and says so', async () => {
  const own = suite('exit 0', { ownCluster: true });
  const given = await runSuite(own, context({ kubeconfig: '/kind/config' }));
  assert.deepEqual(
    [given.passed, given.failed, given.skipped, given.note],
    [0, 0, 1, 'it needs a cluster of its own'],
  );
  assert.equal((await runSuite(own, context())).passed, 1);
});

test('two at a time in order, and what measures alone at the end', async () => {
  const running = new Set();
  const order = [];
  let most = 0;
  await runInParallel(
    [{ id: 'bench', alone: true }, { id: 'a' }, { id: 'b' }, { id: 'c' }],
    2,
    async item => {
      running.add(item.id);
      order.push(item.id);
      most = Math.max(most, running.size);
      if (item.alone) assert.deepEqual([...running], ['bench']);
      await new Promise(resolve => {
        setTimeout(resolve, 20);
      });
      running.delete(item.id);
    },
  );
  assert.equal(most, 2);
  assert.deepEqual(order, ['a', 'b', 'c', 'bench']);
});

test('what waits has a lane of its own, beside the last ones and what is alone', async () => {
  const running = new Set();
  const beside = {};
  const ms = { long: 300, short: 50, bench: 600, pods: 400, more: 100 };
  await runInParallel(
    [
      { id: 'bench', alone: true },
      { id: 'pods', waits: true },
      { id: 'long' },
      { id: 'short' },
      { id: 'more', waits: true },
    ],
    2,
    async ({ id }) => {
      for (const other of running) {
        (beside[id] ??= new Set()).add(other);
        (beside[other] ??= new Set()).add(id);
      }
      running.add(id);
      await new Promise(resolve => {
        setTimeout(resolve, ms[id]);
      });
      running.delete(id);
    },
  );
  assert.deepEqual([...beside.long], ['short', 'pods']);
  assert.deepEqual([...beside.bench], ['pods', 'more']);
  assert.ok(!beside.pods.has('more'), 'one at a time');
});

test('what waits begins when its turn in the order comes, and holds up nobody', async () => {
  const order = [];
  await runInParallel(
    [{ id: 'a' }, { id: 'pods', waits: true }, { id: 'b' }, { id: 'c' }],
    1,
    async ({ id }) => {
      order.push(`${id} begins`);
      // Turns of the event loop: a clock may jump over the end of several.
      for (let turns = id === 'pods' ? 20 : 1; turns > 0; turns -= 1)
        await setImmediate();
      order.push(`${id} ends`);
    },
  );
  assert.deepEqual(order.slice(0, 2), ['a begins', 'a ends']);
  assert.ok(order.indexOf('pods begins') < order.indexOf('b ends'));
  assert.equal(order.at(-1), 'pods ends');
});

test('what waits alone is run too', async () => {
  const order = [];
  await runInParallel([{ id: 'pods', waits: true }], 2, async ({ id }) => {
    order.push(id);
  });
  assert.deepEqual(order, ['pods']);
});
