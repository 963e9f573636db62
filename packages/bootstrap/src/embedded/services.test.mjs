import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { isAlive, startOf } from '../processes/identity.mjs';
import { embeddedSeeds } from './seeds.mjs';
import { choosePort, startServices } from './services.mjs';

const temporary = () =>
  fs.mkdtempSync(path.join(os.tmpdir(), 'maestro-services-'));
const gone = pid => !isAlive(pid) || startOf(pid) === undefined;
const until = async (condition, what) => {
  for (let tries = 0; tries < 1_200; tries += 1) {
    if (condition()) return;
    await new Promise(resolve => {
      setTimeout(resolve, 50);
    });
  }
  assert.fail(`never: ${what}`);
};

/**
 * An environment whose `python` and `feast` are small servers: what is tested
 * here is starting, watching and ending; the real ones are started by the
 * tests of the pipelines.
 */
function environment(body = '') {
  const folder = temporary();
  const server = path.join(folder, 'server.mjs');
  fs.writeFileSync(
    server,
    `import http from 'node:http';
     ${body}
     const at = process.argv.findIndex(a => ['--port', '-p', '--rest-port'].includes(a));
     http.createServer((q, a) => a.end('ok')).listen(Number(process.argv[at + 1]), '127.0.0.1');`,
  );
  for (const name of ['python', 'feast'])
    fs.writeFileSync(
      path.join(folder, name),
      `#!/bin/sh\n"${process.execPath}" "${server}" "$@" &\nwait\n`,
      { mode: 0o755 },
    );
  return { root: folder, python: path.join(folder, 'python') };
}

test('services answer, keep their ports, and are gone after stop', async () => {
  const options = { ...environment(), dataDir: path.join(temporary(), 'data') };
  const first = await startServices(options);
  assert.deepEqual(
    first.services.map(({ name }) => name),
    ['mlflow', 'feast-server', 'feast-registry'],
  );
  for (const { url, logFile } of first.services) {
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.equal((await fetch(url)).status, 200);
    assert.ok(fs.existsSync(logFile));
  }
  await first.stop();
  for (const { pid, url } of first.services) {
    assert.ok(gone(pid));
    // Not only the leader: its child had the port.
    await assert.rejects(fetch(url));
  }
  const second = await startServices(options);
  assert.deepEqual(
    second.services.map(({ url }) => url),
    first.services.map(({ url }) => url),
  );
  await second.stop();
});

test('a start that was killed leaves nothing, and its left-overs are ended', async () => {
  const options = { ...environment(), dataDir: path.join(temporary(), 'data') };
  const script = `import { startServices } from '${
    new URL('./services.mjs', import.meta.url).href
  }';
    await startServices(${JSON.stringify(options)});
    console.log('up');
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise(resolve => {
    owner.stdout.once('data', resolve);
  });
  const record = () =>
    JSON.parse(
      fs.readFileSync(path.join(options.dataDir, 'services.json'), 'utf8'),
    ).services;
  const pids = Object.values(record()).map(({ pid }) => pid);
  assert.equal(pids.length, 3);
  owner.kill('SIGKILL');
  await until(() => pids.every(gone), 'services end with their owner');

  // One whose guard was killed as well: recorded, alive, nobody's.
  const orphan = spawn('sleep', ['300'], { detached: true, stdio: 'ignore' });
  const file = path.join(options.dataDir, 'services.json');
  const services = record();
  services.mlflow.pid = orphan.pid;
  services.mlflow.started = startOf(orphan.pid);
  // An id that somebody else has now must not be touched.
  services['feast-server'].pid = process.pid;
  fs.writeFileSync(file, JSON.stringify({ services }));
  const lines = [];
  const next = await startServices({
    ...options,
    log: line => lines.push(line),
  });
  assert.ok(gone(orphan.pid));
  assert.match(lines[0], /Ending mlflow of an earlier start/);
  await next.stop();
});

test('a service that ends by itself is started again', async () => {
  const options = { ...environment(), dataDir: path.join(temporary(), 'data') };
  const lines = [];
  const { services, stop } = await startServices({
    ...options,
    log: line => lines.push(line),
  });
  const [mlflow] = services;
  const before = mlflow.pid;
  process.kill(-before, 'SIGKILL');
  await until(() => mlflow.pid !== before, 'a new process');
  for (let answers = false; !answers; )
    answers = await fetch(mlflow.url).then(
      answer => answer.ok,
      () => false,
    );
  assert.ok(lines.some(line => /MLflow ended with SIGKILL/.test(line)));
  await stop();
  assert.ok(services.every(({ pid }) => gone(pid)));
});

test('one that does not come up is told with its log, and none stays', async () => {
  const options = {
    ...environment(
      `if (process.argv.includes('serve_registry')) { console.log('no such table'); process.exit(3); }`,
    ),
    dataDir: path.join(temporary(), 'data'),
  };
  await assert.rejects(
    startServices(options),
    /Feast registry ended with 0\. [^]*no such table/,
  );
  const record = JSON.parse(
    fs.readFileSync(path.join(options.dataDir, 'services.json'), 'utf8'),
  );
  await until(
    () => Object.values(record.services).every(({ pid }) => gone(pid)),
    'all are ended',
  );
});

test('a port is used again only when it is free', async () => {
  const server = net.createServer();
  await new Promise(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address();
  assert.notEqual(await choosePort(port, new Set()), port);
  server.close();
  assert.equal(await choosePort(port, new Set()), port);
  assert.notEqual(await choosePort(port, new Set([port])), port);
  assert.ok((await choosePort(undefined, new Set())) > 1023);
});

test('seeds have the names of old, at the addresses of the services', () => {
  const { connections, variables } = embeddedSeeds({
    dataDir: '/data/my dir',
    services: [{ name: 'mlflow', url: 'http://127.0.0.1:5001' }],
  });
  assert.deepEqual(connections.mlflow_default, {
    type: 'http',
    host: '127.0.0.1',
    port: 5001,
  });
  assert.equal(connections.feast_default.port, 80);
  assert.equal(
    connections.feast_default.extra.registry,
    'sqlite:////data/my dir/feast/registry.db',
  );
  assert.equal(
    variables.feature_offline_store,
    'file:///data/my%20dir/feast/offline',
  );
  assert.equal(variables.model_f1_threshold, '0.80');
  assert.ok(Object.values(variables).every(v => typeof v === 'string'));
});
