import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { statesOf } from '../portal/api.mjs';
import {
  refresh,
  registered,
  shell,
  withoutFirstRuns,
  writePipeline,
} from '../portal/pipelines.mjs';
import { startPortal, temporaryFolder } from '../portal/portal.mjs';
import { processesOf, residentBytes } from '../portal/processes.mjs';
import { until } from '../portal/until.mjs';
import { fillDisk, mountDisk, unmountDisk } from './disk.mjs';

/*
 * Everything here ends in a clear error or a bounded effect, with nothing lost
 * and nothing stuck. The whole data directory is on a small disk of its own, so
 * that a full one is real.
 */

const MIB = 1024 * 1024;
const DISK_BYTES = 1200 * MIB;
const LOG_BYTES = 200 * MIB;
const MEMORY_BYTES = 900 * MIB;

const GOOD = { tasks: [shell('hello', 'echo version one')] };

let portal;
let dataDir;

/** A file that is there once the task of `stubborn` ignores TERM. */
const ignoresTerm = () => path.join(dataDir, 'ignores-term');

before(async () => {
  dataDir = temporaryFolder();
  mountDisk(dataDir, DISK_BYTES);
  portal = await startPortal({ dataDir });
  await withoutFirstRuns(portal);
  for (const name of ['bad_yaml', 'bad_cycle', 'bad_upstream', 'bad_cron'])
    writePipeline(portal, name, GOOD);
  writePipeline(portal, 'typed', {
    params: {
      properties: {
        trees: { type: 'integer', minimum: 1, default: 10 },
        name: { type: 'string' },
      },
    },
    tasks: [
      {
        id: 'show',
        run: { command: ['echo', 'trees', '${{ params.trees }}'] },
      },
    ],
  });
  writePipeline(portal, 'odd_bytes', {
    tasks: [
      shell(
        'write',
        `i=0; while [ $i -lt 256 ]; do printf "\\\\$(printf %o $i)"; i=$((i + 1)); done; printf '\\303'; sleep 1; printf '\\251\\377\\376 end'`,
      ),
    ],
  });
  writePipeline(
    portal,
    'large_log',
    {
      tasks: [
        {
          id: 'write',
          run: { command: ['python3', 'write.py', String(LOG_BYTES)] },
        },
      ],
    },
    { 'write.py': LARGE_LOG },
  );
  writePipeline(portal, 'stubborn', {
    tasks: [
      shell(
        'hang',
        `trap "" TERM INT HUP; touch ${ignoresTerm()}; while :; do sleep 1; done`,
      ),
      shell('after', 'echo never', { dependsOn: ['hang'] }),
    ],
  });
  writePipeline(portal, 'on_disk', {
    tasks: [
      shell(
        'write',
        'i=0; while [ $i -lt 20 ]; do echo line $i; i=$((i + 1)); sleep 0.5; done',
        { retries: 3, retryDelay: 'PT5S' },
      ),
    ],
  });
  await registered(portal, [
    ...['bad_yaml', 'bad_cycle', 'bad_upstream', 'bad_cron'],
    ...['typed', 'odd_bytes', 'large_log', 'stubborn', 'on_disk'],
  ]);
});

after(async () => {
  try {
    await portal?.stop();
  } finally {
    if (dataDir) {
      unmountDisk(dataDir);
      fs.rmSync(dataDir, { recursive: true, force: true });
    }
  }
});

// Lines of 100 bytes with their number, so that what is kept can be told.
const LARGE_LOG = `import sys
for start in range(0, int(sys.argv[1]) // 100, 1000):
    sys.stdout.write(''.join(f'{n:099d}\\n' for n in range(start, start + 1000)))
`;

async function triggered(name, body) {
  const { runId } = await portal.api.trigger(name, body);
  return runId;
}

async function refused(promise, status) {
  try {
    await promise;
  } catch (error) {
    assert.equal(error.status, status, error.message);
    return JSON.parse(error.body);
  }
  return assert.fail(`expected a refusal with ${status}`);
}

const cases = {
  bad_yaml: {
    content:
      'apiVersion: maestro.dev/v1alpha1\nkind: Pipeline\n  metadata: [\n',
    says: /yaml|indent|flow|column|line/i,
  },
  bad_cycle: {
    content: {
      tasks: [
        shell('a', 'true', { dependsOn: ['b'] }),
        shell('b', 'true', { dependsOn: ['a'] }),
      ],
    },
    says: /wait for each other: a → b → a/,
    path: /spec\.tasks/,
  },
  bad_upstream: {
    content: { tasks: [shell('a', 'true', { dependsOn: ['nobody'] })] },
    says: /nobody/,
    path: /spec\.tasks\[0\]\.dependsOn/,
  },
  bad_cron: {
    content: { schedule: { cron: '61 4 * * 0' }, tasks: GOOD.tasks },
    says: /61|minute|cron/i,
    path: /spec\.schedule.*cron/,
  },
};

test('broken YAML, cycle, unknown upstream, bad cron: listed, and the last good version runs', async t => {
  const files = Object.fromEntries(
    Object.entries(cases).map(([name, { content }]) => [
      name,
      writePipeline(portal, name, content),
    ]),
  );
  const listed = await portal.api.eventually(
    'all four are listed',
    async () => {
      await refresh(portal);
      const { items } = await portal.api.get('/problems');
      return Object.keys(cases).every(name =>
        items.some(item => item.name === name),
      )
        ? items
        : undefined;
    },
    {
      timeoutMs: 120_000,
      everyMs: 1000,
      describe: async () => JSON.stringify(await portal.api.get('/problems')),
    },
  );
  for (const [name, expected] of Object.entries(cases))
    await t.test(name, async () => {
      const item = listed.find(one => one.name === name);
      const shown = JSON.stringify(item);
      assert.ok(item.lastGoodVersion >= 1, shown);
      const problem = item.problems.find(one =>
        expected.says.test(one.message),
      );
      assert.ok(problem, shown);
      assert.ok(
        (problem.file ?? item.location ?? '').includes(files[name]),
        `names the file: ${shown}`,
      );
      if (expected.path) assert.match(problem.path, expected.path);
      const run = await portal.api.finished(await triggered(name));
      assert.equal(run.state, 'success');
      const { bytes } = await portal.api.wholeLog(run.runId, 'hello');
      assert.equal(bytes.toString(), 'version one\n');
    });
  for (const name of Object.keys(cases)) writePipeline(portal, name, GOOD);
  await portal.api.eventually(
    'mended, they leave the list',
    async () => {
      await refresh(portal);
      return (await portal.api.get('/problems')).items.length === 0;
    },
    {
      timeoutMs: 120_000,
      everyMs: 1000,
      describe: async () => JSON.stringify(await portal.api.get('/problems')),
    },
  );
});

test('a param of the wrong type is refused by its name', async () => {
  for (const [params, place] of [
    [{ trees: 'many' }, /trees/],
    [{ trees: 0 }, /trees/],
    [{ trees: 1.5 }, /trees/],
    [{ name: 7 }, /name/],
  ]) {
    const answer = await refused(triggered('typed', { params }), 400);
    assert.match(JSON.stringify(answer), place);
  }
  const { items } = await portal.api.get('/runs?pipeline=typed');
  assert.deepEqual(items, [], 'nothing was started');
  const run = await portal.api.finished(
    await triggered('typed', { params: { trees: 3 } }),
  );
  const { bytes } = await portal.api.wholeLog(run.runId, 'show');
  assert.equal(bytes.toString(), 'trees 3\n');
});

test('a value of 5 MB is refused with its limit, and nothing is stored', async () => {
  const answer = await refused(
    portal.api.put('/variables/huge', { value: 'x'.repeat(5 * MIB) }),
    413,
  );
  assert.match(answer.error.message, /larger than 1 MiB/);
  const middle = await refused(
    portal.api.put('/variables/huge', { value: 'x'.repeat(100_000) }),
    400,
  );
  assert.match(middle.error.message, /value/);
  await refused(portal.api.get('/variables/huge'), 404);
});

test('bytes that are no UTF-8 are downloaded as they were written', async () => {
  const run = await portal.api.finished(await triggered('odd_bytes'));
  assert.equal(run.state, 'success');
  const { bytes, attempt } = await portal.api.wholeLog(run.runId, 'write');
  const expected = Buffer.concat([
    Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
    Buffer.from([0xc3, 0xa9, 0xff, 0xfe]),
    Buffer.from(' end'),
  ]);
  assert.equal(bytes.toString('hex'), expected.toString('hex'));
  const page = await portal.api.get(`/attempts/${attempt.attemptId}/log`);
  assert.match(page.text, /é\uFFFD\uFFFD end$/);
});

test('not one byte left: requests fail with a status, runs end after it', async () => {
  const running = await triggered('on_disk');
  await portal.api.waitForRun(running, 'running', run =>
    run.tasks.some(task => task.state === 'running'),
  );
  const free = fillDisk(dataDir, 0);
  const answers = [];
  try {
    // SQLite has some room of its own in its files: it takes a while.
    while (answers.length < 400 && answers.filter(one => !one.ok).length < 3)
      answers.push(
        await portal.api.raw(
          `/api/maestro/variables/on_full_disk_${answers.length}`,
          {
            method: 'PUT',
            body: JSON.stringify({ value: 'x'.repeat(60_000) }),
          },
        ),
      );
    const pages = await portal.api.raw('/api/maestro/pipelines');
    assert.equal(pages.status, 200, 'reading goes on');
  } finally {
    free();
  }
  for (const answer of answers) {
    const body = await answer.json();
    if (!answer.ok) {
      assert.ok(answer.status >= 500, `${answer.status}`);
      assert.match(body.error.message, /full|space|disk/i);
    }
  }
  assert.ok(
    answers.some(answer => !answer.ok),
    'the disk was full',
  );
  await portal.api.finished(running);
  // Whatever became of it, it is over; and what comes next is well.
  const next = await portal.api.finished(await triggered('on_disk'));
  assert.equal(next.state, 'success');
  const stored = (await portal.api.get('/variables')).items
    .map(one => one.key)
    .filter(key => key.startsWith('on_full_disk_'));
  assert.equal(
    stored.length,
    answers.filter(answer => answer.ok).length,
    'what was confirmed is there, and nothing else',
  );
  await until(
    'no attempt is left over',
    () => processesOf(path.join(dataDir, 'attempts')).length === 0,
    { timeoutMs: 180_000 },
  );
  const status = await portal.api.get('/status');
  assert.deepEqual(status.runs, { queued: 0, running: 0 });
  assert.ok(status.ok, JSON.stringify(status));
});

test('200 MB of log: beginning and end are kept, it says so, memory is bounded', async t => {
  const pid = portal.backendPid();
  const atRest = residentBytes(pid);
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, residentBytes(pid));
  }, 100);
  try {
    const run = await portal.api.finished(await triggered('large_log'), {
      timeoutMs: 240_000,
    });
    assert.equal(run.state, 'success');
    const { bytes, attempt } = await portal.api.wholeLog(run.runId, 'write');
    assert.ok(
      bytes.length <= 104 * MIB,
      `${bytes.length} bytes are kept of ${JSON.stringify(attempt)}`,
    );
    assert.ok(
      bytes.length >= 99 * MIB,
      `${bytes.length} bytes are kept of ${JSON.stringify(attempt)}`,
    );
    assert.match(attempt.logGap, /first 50 MiB and the last 50 MiB are kept/);
    const text = bytes.toString('latin1');
    assert.match(text.slice(0, 100), /^0{99}\n$/);

    assert.equal(text.slice(-100), `${lastLine()}\n`);
    assert.match(text, /The log is larger than 100 MiB/);
    // Nothing in between is kept twice or out of order.
    const numbers = text
      .split('\n')
      .filter(line => /^\d{99}$/.test(line))
      .map(Number);
    assert.ok(numbers.every((n, i) => i === 0 || n > numbers[i - 1]));
    assert.equal(portal.backendPid(), pid, 'the same backend');
  } finally {
    clearInterval(watch);
  }
  t.diagnostic(
    `the backend took ${Math.round(most / MIB)} MiB, before ${Math.round(
      atRest / MIB,
    )} MiB`,
  );
  assert.ok(
    most > 0 && most < MEMORY_BYTES,
    `the backend took ${Math.round(most / MIB)} MiB`,
  );
});

function lastLine() {
  // The writer rounds up to whole thousands of lines.
  const lines = Math.ceil(Math.floor(LOG_BYTES / 100) / 1000) * 1000;
  return String(lines - 1).padStart(99, '0');
}

test('a task that hangs and ignores TERM is dead after a cancel', async () => {
  const runId = await triggered('stubborn');
  await portal.api.waitForRun(runId, 'running', run =>
    run.tasks.some(task => task.state === 'running'),
  );
  const [attempt] = await portal.api.attempts(runId, 'hang');
  const folder = path.join(dataDir, 'attempts', attempt.attemptId);
  const processes = await until('its process is there', () => {
    const found = processesOf(folder);
    return found.length ? found : undefined;
  });
  await until('it ignores TERM', () => fs.existsSync(ignoresTerm()));
  // Twice, before it is dead of the first.
  await Promise.all(
    [1, 2].map(() => portal.api.post(`/runs/${runId}/cancel`, {})),
  );
  const run = await portal.api.finished(runId, { timeoutMs: 180_000 });
  assert.equal(run.state, 'failed');
  assert.match(run.stateReason, /cancel/i);
  assert.notEqual(statesOf(run).after, 'success');
  await until('it is dead', () => processesOf(folder).length === 0, {
    timeoutMs: 60_000,
    describe: () => JSON.stringify([processes, processesOf(folder)]),
  });
});

test('a full disk: a clear word, and after it everything goes on', async () => {
  const running = await triggered('on_disk');
  await portal.api.waitForRun(running, 'running', run =>
    run.tasks.some(task => task.state === 'running'),
  );
  const free = fillDisk(dataDir, 64 * MIB);
  let waiting;
  try {
    const status = await portal.api.eventually(
      'the status names the disk',
      async () => {
        const found = await portal.api.get('/status');
        return found.executors.some(one => !one.ok) ? found : undefined;
      },
      { timeoutMs: 180_000 },
    );
    const local = status.executors.find(one => one.name === 'local');
    assert.match(local.message, /bytes free.*free some space/);
    waiting = await triggered('on_disk');
    const why = await portal.api.get(`/runs/${waiting}/why`);
    assert.ok(Array.isArray(why.chain));
  } finally {
    free();
  }
  for (const runId of [running, waiting]) {
    const run = await portal.api.finished(runId);
    assert.equal(run.state, 'success', JSON.stringify(run.tasks));
    const { bytes } = await portal.api.wholeLog(runId, 'write');
    assert.match(bytes.toString(), /line 19\n$/);
  }
});
