import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { startOf } from '../processes/identity.mjs';
import { catalogFiles, pipelineFolders } from './catalogFiles.mjs';
import {
  ensureSecrets,
  makeDataDirectory,
  writeCliFile,
} from './dataDirectory.mjs';
import { takeInstanceLock } from './instanceLock.mjs';
import {
  describePortOwner,
  isPortFree,
  listeningInodes,
  wantedPort,
} from './port.mjs';
import { forkServersOf, runnerOf } from './runner.mjs';
import { restartDelay, superviseBackend } from './superviseBackend.mjs';

const folder = () => {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'maestro-portal-'));
  makeDataDirectory(made);
  return made;
};
const mode = file => fs.statSync(file).mode & 0o777;

test('the data directory and what is secret in it are for the owner only', () => {
  const dataDir = folder();
  const secrets = ensureSecrets(dataDir);
  writeCliFile(dataDir, { url: 'http://127.0.0.1:1', token: secrets.cli });
  assert.equal(mode(dataDir), 0o700);
  for (const name of ['secret.key', 'cli.json'])
    assert.equal(mode(path.join(dataDir, name)), 0o600, name);
  assert.equal(Buffer.from(secrets.encryption, 'base64').length, 32);
});

test('secrets are made once', () => {
  const dataDir = folder();
  const first = ensureSecrets(dataDir);
  writeCliFile(dataDir, { url: 'http://127.0.0.1:1', token: first.cli });
  assert.deepEqual(ensureSecrets(dataDir), first);
  assert.notEqual(ensureSecrets(folder()).encryption, first.encryption);
});

test('a damaged encryption key is never replaced: data would be lost', () => {
  const dataDir = folder();
  fs.writeFileSync(path.join(dataDir, 'secret.key'), 'short');
  assert.throws(() => ensureSecrets(dataDir), /should hold 32 bytes/);
  assert.equal(
    fs.readFileSync(path.join(dataDir, 'secret.key'), 'utf8'),
    'short',
  );
});

test('a damaged cli.json only costs a new token', () => {
  const dataDir = folder();
  fs.writeFileSync(path.join(dataDir, 'cli.json'), '{"url": "http');
  assert.match(ensureSecrets(dataDir).cli, /^[\w-]{32}$/);
});

test('one portal per data directory, and it says where it is', () => {
  const dataDir = folder();
  const lock = takeInstanceLock(dataDir);
  lock.note({ url: 'http://127.0.0.1:7007' });
  assert.deepEqual(takeInstanceLock(dataDir).holder, {
    pid: process.pid,
    start: startOf(process.pid),
    url: 'http://127.0.0.1:7007',
  });
  lock.release();
  const again = takeInstanceLock(dataDir);
  assert.equal(again.holder, undefined);
  again.release();
});

test("a lock left behind is nobody's, even when its process id is in use again", () => {
  const dataDir = folder();
  const file = path.join(dataDir, 'portal.lock');
  for (const left of [
    JSON.stringify({ pid: process.ppid, start: 'another time' }),
    JSON.stringify({ pid: 2 ** 22 + 1, start: '1' }),
    '',
    '{"pid":',
  ]) {
    fs.writeFileSync(file, left);
    const lock = takeInstanceLock(dataDir);
    assert.equal(lock.holder, undefined, left);
    lock.release();
  }
  assert.deepEqual(
    fs.readdirSync(dataDir).filter(name => name.startsWith('portal.lock')),
    [],
  );
});

test('of many that start at once, one gets the lock', async () => {
  const dataDir = folder();
  fs.writeFileSync(path.join(dataDir, 'portal.lock'), '{"pid":1,"start":"x"}');
  const module = new URL('./instanceLock.mjs', import.meta.url).href;
  const script = `import { takeInstanceLock } from '${module}';
    console.log(takeInstanceLock(process.argv[1]).holder ? 'refused' : 'taken');
    process.stdin.resume();`;
  const children = Array.from({ length: 6 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', script, dataDir], {
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  );
  const answers = await Promise.all(
    children.map(
      child =>
        new Promise(resolve => {
          child.stdout.once('data', data => resolve(`${data}`.trim()));
          child.once('exit', () => resolve('ended'));
        }),
    ),
  );
  // Until then each of them lives, and the lock is that of one.
  for (const { stdin } of children) stdin.end();
  assert.equal(answers.filter(one => one === 'taken').length, 1, `${answers}`);
  assert.equal(answers.filter(one => one === 'refused').length, 5);
});

test('MAESTRO_PORT is a port or an error', () => {
  assert.equal(wantedPort({}), 7007);
  assert.equal(wantedPort({ MAESTRO_PORT: '8080' }), 8080);
  for (const wrong of ['0', '65536', '80a', '-1', ' ', '1e3'])
    assert.throws(() => wantedPort({ MAESTRO_PORT: wrong }), /MAESTRO_PORT is/);
});

test('a taken port is seen, and so is who has it', async () => {
  const server = net.createServer();
  await new Promise(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address();
  assert.equal(await isPortFree(port), false);
  assert.match(describePortOwner(port), new RegExp(`process ${process.pid} `));
  await new Promise(resolve => {
    server.close(resolve);
  });
  assert.equal(await isPortFree(port), true);
  assert.equal(describePortOwner(port), undefined);
});

test('only sockets that listen count as taking a port', () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1B5F 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1
   1: 0100007F:1B5F 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 222 1
   2: 0100007F:01BB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1
`;
  assert.deepEqual(listeningInodes(table, 7007), ['111']);
  assert.deepEqual(listeningInodes(table, 443), ['333']);
  assert.deepEqual(listeningInodes('', 443), []);
});

test("the runner's file is believed only while it names a runner", () => {
  const dataDir = folder();
  const write = text => {
    fs.mkdirSync(path.join(dataDir, 'runner'), { recursive: true });
    fs.writeFileSync(path.join(dataDir, 'runner/runner.json'), text);
  };
  assert.equal(
    runnerOf(dataDir, () => 'node runner'),
    undefined,
  );
  write('{"pid": 4242, "socket": "/s"}');
  assert.equal(
    runnerOf(dataDir, () => 'node launcher.js'),
    4242,
  );
  assert.equal(
    runnerOf(dataDir, () => 'vim notes'),
    undefined,
  );
  assert.equal(
    runnerOf(dataDir, () => undefined),
    undefined,
  );
  for (const wrong of ['', '{"pid": 1}', '{"pid": -5}', '{"pid": "7"}', '{}']) {
    write(wrong);
    assert.equal(
      runnerOf(dataDir, () => 'node runner'),
      undefined,
      wrong,
    );
  }
});

test('a process that forks for tasks of Airflow is known by its file', () => {
  const dataDir = folder();
  assert.deepEqual(
    forkServersOf(dataDir, () => 'python fork_server.py'),
    [],
  );
  const home = path.join(dataDir, 'airflow-tasks/environments/default');
  fs.mkdirSync(home, { recursive: true });
  for (const [name, text] of Object.entries({
    'one.pid': '4242',
    'two.pid': '4343',
    'half.pid': '',
    'odd.pid': '1',
    'server.log': '77',
  }))
    fs.writeFileSync(path.join(home, name), text);
  // It is listed, and cannot be read any more.
  fs.symlinkSync(path.join(home, 'gone'), path.join(home, 'gone.pid'));
  const found = forkServersOf(dataDir, pid =>
    pid === 4343 ? 'vim notes' : 'python fork_server.py name home',
  );
  assert.deepEqual(found, [4242]);
});

test('catalog files that are missing are left out', () => {
  const root = folder();
  assert.deepEqual(catalogFiles({ root }), []);

  fs.mkdirSync(path.join(root, 'templates/new'), { recursive: true });
  assert.deepEqual(catalogFiles({ root }), [], 'no template in it');
  fs.writeFileSync(path.join(root, 'templates/new/template.yaml'), '');
  fs.mkdirSync(path.join(root, 'pipelines'), { recursive: true });
  fs.writeFileSync(path.join(root, 'pipelines/catalog-info.yaml'), '');
  assert.deepEqual(catalogFiles({ root }), [
    path.join(root, 'pipelines/catalog-info.yaml'),
    path.join(root, 'templates/*/template.yaml'),
  ]);
});

test('pipelines are looked for in the checkout and in the data directory', () => {
  assert.deepEqual(pipelineFolders({ root: '/p', dataDir: '/p/.maestro' }), [
    '/p/pipelines',
    '/p/.maestro/pipelines',
  ]);
});

test('a backend that keeps dying is given up, one that dies now and then is not', () => {
  const minute = 60_000;
  assert.equal(restartDelay([0], 0), 500);
  assert.equal(restartDelay([0, 0, 0], 0), 2000);
  assert.equal(restartDelay([0, 0, 0, 0, 0, 0], 0), undefined);
  assert.equal(restartDelay([0, 1, 2, 3, 4, 20 * minute], 20 * minute), 500);
});

test('a backend that was killed comes back; one that was stopped does not', async () => {
  const started = [];
  const start = () => {
    let exit;
    const exited = new Promise(resolve => {
      exit = resolve;
    });
    const backend = {
      logFile: '/log',
      exited,
      exit,
      ready: async () => undefined,
      stop: async () => exit({ signal: 'SIGTERM' }),
    };
    started.push(backend);
    return backend;
  };
  const said = [];
  const backend = superviseBackend({
    progress: { say: text => said.push(text) },
    options: {},
    start,
    now: () => 0,
  });
  await backend.ready();
  started[0].exit({ signal: 'SIGKILL' });
  while (started.length < 2)
    await new Promise(resolve => {
      setTimeout(resolve, 20);
    });
  assert.match(said[0], /ended \(SIGKILL\); starting it again/);
  await backend.stop();
  await new Promise(resolve => {
    setTimeout(resolve, 800);
  });
  assert.equal(started.length, 2);
});
