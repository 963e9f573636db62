import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { ensureGo, parseGoVersion, proxyOf } from './go.mjs';

const folders = [];
function temporary() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'maestro-go-'));
  folders.push(folder);
  return folder;
}
test.after(() => {
  for (const one of folders) fs.rmSync(one, { recursive: true, force: true });
});

const script = version => `#!/bin/sh\necho go version go${version} linux/x\n`;

/** A `go` that says it is of this version. */
function goOf(version) {
  const folder = temporary();
  const go = path.join(folder, 'go');
  fs.writeFileSync(go, script(version), { mode: 0o755 });
  return go;
}

/** A toolchain as the proxy has it, and its hash. */
function zipOf(version) {
  const folder = temporary();
  const root = `golang.org/toolchain@v0.0.1-go${version}.linux-x`;
  for (const [name, text] of [
    ['bin/go', script(version)],
    ['pkg/tool/linux_x/compile', script(version)],
    ['src/_go.mod', 'module std\n'],
  ]) {
    const file = path.join(folder, root, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text, { mode: 0o644 });
  }
  const zip = path.join(folder, 'go.zip');
  execFileSync('python3', ['-m', 'zipfile', '-c', zip, 'golang.org/'], {
    cwd: folder,
  });
  const bytes = fs.readFileSync(zip);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return {
    bytes,
    toolchain: { version, sha256: { amd64: sha256, arm64: sha256 } },
  };
}

/** A proxy that has these bytes under every address. */
async function proxyWith(t, bytes) {
  const asked = [];
  const server = http.createServer((request, response) => {
    asked.push(request.url);
    response.statusCode = bytes ? 200 : 404;
    response.end(bytes);
  });
  await new Promise(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => server.close());
  return { asked, url: `http://127.0.0.1:${server.address().port}` };
}

const machine = (proxy, ...programs) => ({
  env: {
    PATH: '/usr/bin:/bin',
    GOPROXY: proxy,
    MAESTRO_CLUSTER_CACHE: temporary(),
  },
  programs,
});

test('versions and proxies as Go writes them', () => {
  assert.deepEqual(parseGoVersion('go version go1.24.3 linux/amd64'), [1, 24]);
  assert.equal(parseGoVersion('gccgo'), undefined);
  assert.equal(proxyOf({}), 'https://proxy.golang.org');
  assert.equal(proxyOf({ GOPROXY: 'http://a/,direct' }), 'http://a');
  assert.equal(proxyOf({ GOPROXY: 'direct|https://b' }), 'https://b');
  assert.equal(proxyOf({ GOPROXY: 'off' }), undefined);
});

test('one that is new enough is used, also behind an old one', async () => {
  const [old, good] = [goOf('1.19.8'), goOf('1.24.1')];
  assert.equal(await ensureGo(machine('off', old, good)), good);
});

test('without one it is fetched once, and runs', async t => {
  const { bytes, toolchain } = zipOf('1.99.0');
  const { asked, url } = await proxyWith(t, bytes);
  const here = machine(url, goOf('1.19.8'));
  const go = await ensureGo({ ...here, toolchain });
  assert.match(
    execFileSync(go, ['version'], { encoding: 'utf8' }),
    /go1\.99\.0/,
  );
  assert.match(
    asked[0],
    /^\/golang\.org\/toolchain\/@v\/v0\.0\.1-go1\.99\.0\./,
  );
  assert.equal(await ensureGo({ ...here, toolchain }), go);
  assert.equal(asked.length, 1);
});

test('why there is none is said, with what is there and what to do', async t => {
  const { bytes, toolchain } = zipOf('1.99.0');
  const old = goOf('1.19.8');
  const other = { ...toolchain, sha256: { amd64: 'ff', arm64: 'ff' } };
  const { url } = await proxyWith(t, bytes);
  const { url: empty } = await proxyWith(t);
  for (const [proxy, wanted, reason] of [
    ['off', toolchain, /cannot be fetched: GOPROXY is off/],
    [url, other, /is not what it was: sha256 [0-9a-f]{64}, not ff/],
    [empty, toolchain, /answered 404/],
    ['http://127.0.0.1:9999', toolchain, /ECONNREFUSED/],
  ]) {
    const here = machine(proxy, old);
    await assert.rejects(ensureGo({ ...here, toolchain: wanted }), error => {
      assert.match(error.message, reason);
      assert.match(error.message, /^Go 1\.24 or newer is missing \(too old: /);
      assert.match(error.message, /go\.dev\/dl$/);
      return true;
    });
    // Nothing half is left for the next time.
    assert.deepEqual(
      fs
        .readdirSync(here.env.MAESTRO_CLUSTER_CACHE, { recursive: true })
        .filter(name => /unfinished|bin/.test(name)),
      [],
    );
  }
});
