import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import {
  hashSources,
  isStamped,
  workspaceFolders,
  writeStamp,
} from './stamps.mjs';

function tree(files) {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'maestro-stamps-'));
  for (const [file, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), content);
  }
  return root;
}

test('the hash follows names and contents, not times', () => {
  const root = tree({ 'a/x.ts': '1', 'a/y.ts': '2' });
  const before = hashSources(root, ['a']);
  fs.utimesSync(path.join(root, 'a/x.ts'), 1, 1);
  assert.equal(hashSources(root, ['a']), before);
  assert.equal(hashSources(root, ['a', 'a/x.ts']), before, 'named twice');

  fs.writeFileSync(path.join(root, 'a/x.ts'), '3');
  const changed = hashSources(root, ['a']);
  assert.notEqual(changed, before);
  fs.writeFileSync(path.join(root, 'a/x.ts'), '1');
  fs.renameSync(path.join(root, 'a/y.ts'), path.join(root, 'a/z.ts'));
  assert.notEqual(hashSources(root, ['a']), before);
});

test('content that moves from one file to the next changes the hash', () => {
  const one = tree({ 'a/x': 'ab', 'a/y': 'c' });
  const two = tree({ 'a/x': 'a', 'a/y': 'bc' });
  assert.notEqual(hashSources(one, ['a']), hashSources(two, ['a']));
});

test('build output, dependencies, hidden files and tests do not count', () => {
  const root = tree({ 'a/src/x.ts': '1' });
  const before = hashSources(root, ['a']);
  for (const file of [
    'a/dist/x.js',
    'a/node_modules/b/index.js',
    'a/.eslintrc.js',
    'a/src/x.test.ts',
    'a/src/__fixtures__/y.json',
  ]) {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), 'x');
  }
  assert.equal(hashSources(root, ['a']), before);
});

test('a path that does not exist yet changes the hash when it appears', () => {
  const root = tree({ 'a/x': '1' });
  const before = hashSources(root, ['a', 'app-config.yaml']);
  fs.writeFileSync(path.join(root, 'app-config.yaml'), '');
  assert.notEqual(hashSources(root, ['a', 'app-config.yaml']), before);
});

test('a stamp holds for one hash', () => {
  const tools = tree({});
  assert.equal(isStamped(tools, 'app', 'h1'), false);
  writeStamp(tools, 'app', 'h1');
  assert.equal(isStamped(tools, 'app', 'h1'), true);
  assert.equal(isStamped(tools, 'app', 'h2'), false);
  assert.equal(isStamped(tools, 'cli', 'h1'), false);
});

test('a package is made from all the workspace packages it reaches', () => {
  const manifest = (name, dependencies, devDependencies) =>
    JSON.stringify({ name, dependencies, devDependencies });
  const root = tree({
    'packages/app/package.json': manifest('app', { p: 'workspace:^' }),
    'plugins/p/package.json': manifest(
      'p',
      { react: '18' },
      { c: 'workspace:^' },
    ),
    'plugins/c/package.json': manifest('c', { p: 'workspace:^' }),
    'plugins/other/package.json': manifest('other', { c: 'workspace:^' }),
  });
  assert.deepEqual(workspaceFolders(root, 'app'), [
    'packages/app',
    'plugins/c',
    'plugins/p',
  ]);
  assert.deepEqual(workspaceFolders(root, 'nobody'), []);
});
