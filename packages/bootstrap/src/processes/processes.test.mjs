import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { runCommand } from './command.mjs';
import { isAlive, isSameProcess, startOf } from './identity.mjs';
import { stopProcess } from './stop.mjs';

const temporary = () =>
  fs.mkdtempSync(path.join(os.tmpdir(), 'maestro-processes-'));
const until = async (condition, what) => {
  for (let tries = 0; tries < 1_200; tries += 1) {
    if (condition()) return;
    await new Promise(resolve => {
      setTimeout(resolve, 50);
    });
  }
  assert.fail(`never: ${what}`);
};
/** Whether something stands in a file; it is there before that. */
const isWritten = file => fs.existsSync(file) && fs.statSync(file).size > 0;
const gone = pid => !isAlive(pid) || startOf(pid) === undefined;
const sleeper = script =>
  spawn('sh', ['-c', script], { detached: true, stdio: 'ignore' });

test('whoever dies by SIGKILL takes along what was under guard, with its children', async () => {
  const folder = temporary();
  const pids = path.join(folder, 'pids');
  const guardModule = new URL('./guard.mjs', import.meta.url).href;
  const owner = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { spawn } from 'node:child_process';
       import fs from 'node:fs';
       import { startGuard } from '${guardModule}';
       const guard = startGuard();
       const child = script => spawn('sh', ['-c', script], { detached: true, stdio: 'ignore' }).pid;
       const watched = child('sleep 300 & echo $! > ${folder}/grandchild; wait');
       const free = child('sleep 300');
       guard.watch(watched); guard.watch(free); guard.forget(free);
       fs.mkdirSync('${folder}/temporary');
       guard.discard('${folder}/temporary');
       fs.writeFileSync('${pids}', [watched, free].join(' '));
       setInterval(() => {}, 1000);`,
    ],
    { stdio: 'inherit' },
  );
  await until(
    () => isWritten(pids) && isWritten(path.join(folder, 'grandchild')),
    'started',
  );
  const [watched, free] = fs.readFileSync(pids, 'utf8').split(' ').map(Number);
  const grandchild = Number(
    fs.readFileSync(path.join(folder, 'grandchild'), 'utf8'),
  );
  try {
    owner.kill('SIGKILL');
    await until(() => gone(watched) && gone(grandchild), 'watched ended');
    await until(
      () => !fs.existsSync(path.join(folder, 'temporary')),
      'temporary folder removed',
    );
    assert.equal(gone(free), false, 'what was forgotten lives on');
  } finally {
    process.kill(free, 'SIGKILL');
  }
});

test('TERM first, KILL for what ignores it', async () => {
  const polite = sleeper('sleep 300');
  assert.equal(await stopProcess(polite.pid, { graceMs: 60_000 }), 'ended');
  const folder = temporary();
  const stubborn = sleeper(
    `trap '' TERM; touch ${folder}/ready; while :; do sleep 1; done`,
  );
  await until(() => fs.existsSync(path.join(folder, 'ready')), 'trap is set');
  assert.equal(await stopProcess(stubborn.pid, { graceMs: 300 }), 'killed');
  assert.equal(await stopProcess(stubborn.pid), 'gone');
});

test('a child that outlives its parent is ended with it', async () => {
  const folder = temporary();
  const parent = sleeper(
    `(trap '' TERM; echo > ${folder}/ready; while :; do sleep 1; done) & echo $! > ${folder}/child; wait`,
  );
  await until(
    () =>
      fs.existsSync(path.join(folder, 'ready')) &&
      isWritten(path.join(folder, 'child')),
    'started',
  );
  const child = Number(fs.readFileSync(path.join(folder, 'child'), 'utf8'));
  assert.equal(await stopProcess(parent.pid, { graceMs: 500 }), 'killed');
  await until(() => gone(child), 'child ended');
});

test('a process id with another start time is another process', () => {
  assert.equal(isSameProcess(process.pid, startOf(process.pid)), true);
  assert.equal(isSameProcess(process.pid, 'earlier'), false);
  assert.equal(startOf(2 ** 22 + 1), undefined);
});

test('a failed command shows the end of what it said', async () => {
  const logFile = path.join(temporary(), 'logs/x.log');
  await assert.rejects(
    runCommand('sh', ['-c', 'echo out; echo broken >&2; exit 3'], { logFile }),
    error =>
      /ended with 3/.test(error.message) && /out\nbroken/.test(error.message),
  );
  await assert.rejects(
    runCommand('/nonexistent/program', [], { logFile }),
    /could not be started/,
  );
  await runCommand('true', [], { logFile });
  assert.equal(fs.readFileSync(logFile, 'utf8'), '');
});
