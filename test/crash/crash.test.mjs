import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { statesOf } from '../portal/api.mjs';
import {
  registered,
  shell,
  withoutFirstRuns,
  writePipeline,
} from '../portal/pipelines.mjs';
import { startPortal, temporaryFolder } from '../portal/portal.mjs';
import { isRunning, processesOf } from '../portal/processes.mjs';
import { until } from '../portal/until.mjs';

const Database = createRequire(import.meta.url)('better-sqlite3');
const SECRET = 'correct-horse-battery-staple';
const RESTART_MS = 180_000;

/*
 * 60 lines over 12 s, long enough for a backend to die and come back while the
 * task writes; the same lines go to a file that nobody touches. `$1` is where.
 */
const WRITER = [
  'i=0',
  'while [ $i -lt 60 ]; do',
  `  printf 'line %s \\033[32mgreen\\033[0m é %s\\n' $i "$MAESTRO_VAR_CRASH_SECRET" | tee -a "$1"`,
  '  i=$((i + 1)); sleep 0.2',
  'done',
  `printf 'no newline at the end' | tee -a "$1"`,
].join('\n');

const writer = (id, file, more = {}) => ({
  id,
  run: { command: ['sh', '-c', WRITER, 'writer', file] },
  variables: ['crash_secret'],
  ...more,
});

let portal;
let copies;

before(async () => {
  const dataDir = temporaryFolder();
  copies = path.join(dataDir, 'copies');
  fs.mkdirSync(copies);
  portal = await startPortal({ dataDir });
  await withoutFirstRuns(portal);
  await portal.api.put('/variables/crash_secret', {
    value: SECRET,
    secret: true,
  });
  for (const [name, retries] of [
    ['crash_backend', 0],
    ['crash_launcher', 1],
    ['crash_both', 1],
  ])
    writePipeline(portal, name, {
      tasks: [
        // A launcher that is gone has lost nothing but time: the task goes on.
        writer('write', path.join(copies, name), {
          retries,
          retryDelay: 'PT1S',
        }),
        shell('after', 'echo done', { dependsOn: ['write'] }),
      ],
    });
  writePipeline(portal, 'crash_sleep', {
    tasks: [shell('sleep', 'trap "" TERM; sleep 600 & wait; sleep 600')],
  });
  await registered(portal, [
    'crash_backend',
    'crash_launcher',
    'crash_both',
    'crash_sleep',
  ]);
});

after(async () => {
  if (portal) await portal.stop();
  if (portal) fs.rmSync(portal.dataDir, { recursive: true, force: true });
});

/** A read-only look into the database, past every view. */
function query(sql, ...values) {
  const db = new Database(path.join(portal.dataDir, 'db/maestro.sqlite'), {
    readonly: true,
  });
  try {
    return db.prepare(sql).all(...values);
  } finally {
    db.close();
  }
}

/** Lines written so far, by the task's own copy. */
const written = name =>
  fs.existsSync(path.join(copies, name))
    ? fs.readFileSync(path.join(copies, name), 'latin1').split('\n').length
    : 0;

const kill = (pid, what) => {
  assert.ok(pid, `${what} runs`);
  process.kill(pid, 'SIGKILL');
  return until(`${what} is dead`, () => !isRunning(pid), {
    timeoutMs: 180_000,
  });
};

async function runWithKill(name, killing) {
  const { runId } = await portal.api.trigger(name);
  await until('the task is writing', () => written(name) > 5);
  await killing();
  return portal.api.finished(runId, { timeoutMs: RESTART_MS });
}

async function assertLogIsCopy(runId, name, no = -1) {
  const log = await portal.api.wholeLog(runId, 'write', no);
  const copy = fs
    .readFileSync(path.join(copies, name))
    .toString()
    .replaceAll(SECRET, '***');
  assert.match(copy, /line 59 .*\*\*\*/);
  assert.equal(
    log.bytes.toString('latin1'),
    Buffer.from(copy).toString('latin1'),
  );
  assert.equal(log.end, 'true');
  assert.equal(log.attempt.logGap, undefined);
  assert.equal(log.bytes.includes(SECRET), false);
}

/** One outcome for each attempt, one final event for the run, nobody left. */
async function assertSettled(run) {
  for (const { taskId } of run.tasks) {
    const attempts = await portal.api.attempts(run.runId, taskId);
    for (const attempt of attempts) {
      assert.equal(attempt.state, 'ended', taskId);
      assert.ok(attempt.result, `outcome of ${taskId}`);
    }
    // In order: the next one is claimed after the one before has ended.
    for (let i = 1; i < attempts.length; i += 1)
      assert.ok(attempts[i].claimedAt >= attempts[i - 1].endedAt);
  }
  const { items } = await portal.api.get(
    `/runs/${run.runId}/events?limit=1000`,
  );
  assert.equal(
    new Set(items.map(event => event.seq)).size,
    items.length,
    'each event once',
  );
  const finals = items.filter(
    event => event.type.startsWith('run') && event.body.state === run.state,
  );
  assert.equal(
    finals.length,
    1,
    JSON.stringify(items.map(e => [e.type, e.body])),
  );
  await until(
    'the attempt leaves no process',
    () => processesOf(path.join(portal.dataDir, 'attempts')).length === 0,
    {
      timeoutMs: 180_000,
      describe: () =>
        JSON.stringify(processesOf(path.join(portal.dataDir, 'attempts'))),
    },
  );
}

test('kill -9 of the backend: the task goes on, the next backend adopts it', async () => {
  const before = portal.backendPid();
  const launcher = portal.launcherPid();
  const run = await runWithKill('crash_backend', () =>
    kill(portal.backendPid(), 'backend'),
  );
  assert.equal(run.state, 'success');
  assert.deepEqual(statesOf(run), { write: 'success', after: 'success' });
  assert.notEqual(portal.backendPid(), before, 'another backend');
  assert.equal(portal.launcherPid(), launcher, 'the same launcher');
  assert.equal((await portal.api.attempts(run.runId, 'write')).length, 1);
  await assertLogIsCopy(run.runId, 'crash_backend');
  await assertSettled(run);
  assert.match(portal.output(), /starting it again/);
});

test('kill -9 of the launcher: its tasks are found again', async () => {
  const run = await runWithKill('crash_launcher', () =>
    kill(portal.launcherPid(), 'launcher'),
  );
  assert.equal(run.state, 'success');
  const attempts = await portal.api.attempts(run.runId, 'write');
  assert.equal(attempts.length, 1, JSON.stringify(attempts));
  await assertLogIsCopy(run.runId, 'crash_launcher');
  await assertSettled(run);
});

test('kill -9 of both at once', async () => {
  const run = await runWithKill('crash_both', () =>
    Promise.all([
      kill(portal.launcherPid(), 'launcher'),
      kill(portal.backendPid(), 'backend'),
    ]),
  );
  assert.equal(run.state, 'success');
  assert.equal((await portal.api.attempts(run.runId, 'write')).length, 1);
  await assertLogIsCopy(run.runId, 'crash_both');
  await assertSettled(run);
});

test('what the database holds afterwards: no live attempt, each outcome once', () => {
  const attempts = query('select * from attempts');
  assert.ok(attempts.length >= 6, `${attempts.length} attempts`);
  assert.deepEqual(
    attempts.filter(one => one.state !== 'ended'),
    [],
  );
  const ids = query(
    "select run_id, state from runs where state in ('queued', 'running')",
  );
  assert.deepEqual(ids, []);
});

test('Ctrl-C ends everything, also a task that ignores TERM', async () => {
  const { runId } = await portal.api.trigger('crash_sleep');
  await portal.api.waitForRun(runId, 'running', run =>
    run.tasks.some(task => task.state === 'running'),
  );
  const folder = portal.dataDir;
  await until(
    'the task runs',
    () => processesOf(path.join(folder, 'attempts')).length > 0,
  );
  const { dataDir } = portal;
  const stopping = portal;
  portal = undefined;
  const how = await stopping.stop({ signal: 'SIGINT' });
  assert.deepEqual(how, { code: 0, signal: null });
  assert.deepEqual(processesOf(dataDir), []);
  fs.rmSync(dataDir, { recursive: true, force: true });
});
