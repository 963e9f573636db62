import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import test from 'node:test';
import { ROOT } from '../paths.mjs';

const require = createRequire(import.meta.url);
const { ESLint } = require(path.join(ROOT, 'node_modules/eslint'));
const { ARROWS } = require('../../lint/arrows.cjs');

const eslint = new ESLint({
  cwd: ROOT,
  useEslintrc: false,
  allowInlineConfig: false,
  overrideConfigFile: path.join(ROOT, 'packages/bootstrap/lint/eslintrc.cjs'),
  rulePaths: [path.join(ROOT, 'packages/bootstrap/lint/rules')],
});

async function complaints(file, code) {
  const [result] = await eslint.lintText(code, {
    filePath: path.join(ROOT, file),
  });
  return result.messages.map(message => message.message);
}

async function refuses(file, code, pattern) {
  const found = await complaints(file, code);
  assert.equal(found.length, 1, `${file}: ${code}: ${found}`);
  assert.match(found[0], pattern);
}

test('imports along the arrows are fine', async () => {
  for (const [file, code] of [
    [
      'plugins/maestro-backend/src/a.ts',
      `import { x } from '@maestro/plugin-maestro-node'; export type { y } from '@maestro/plugin-maestro-common';`,
    ],
    [
      'plugins/maestro/src/a.tsx',
      `import { x } from '@maestro/plugin-maestro-react'; export const A = () => <b>{x}</b>;`,
    ],
    [
      'plugins/maestro-common/src/spec/a.ts',
      `import { x } from '../core/run/b';`,
    ],
    [
      'plugins/maestro-common/src/core/run/a.ts',
      `import { x } from './b'; import { y } from '../pipeline/states';`,
    ],
    [
      'plugins/maestro-common/src/core/run/a.test.ts',
      `import { x } from '../schedule/timetable'; import { y } from '../../spec';`,
    ],
    ['packages/cli/src/a.ts', `import('@maestro/plugin-maestro-backend');`],
  ])
    assert.deepEqual(await complaints(file, code), [], file);
});

test('every way to import against an arrow is refused', async () => {
  const backend = '@maestro/plugin-maestro-backend';
  for (const code of [
    `import { x } from '${backend}';`,
    `import type { X } from '${backend}';`,
    `export * from '${backend}';`,
    `export { x } from '${backend}';`,
    `const later = () => import('${backend}');`,
    `const x = require('${backend}');`,
    `type X = import('${backend}').X;`,
    `jest.mock('${backend}');`,
    `/* eslint-disable */ import { x } from '${backend}';`,
  ])
    await refuses('plugins/maestro/src/a.ts', code, /must not import/);
});

test('the forbidden arrows, one by one', async () => {
  for (const [from, to] of [
    ['maestro-backend', 'maestro-backend-module-local'],
    ['maestro', 'maestro-node'],
    ['maestro-react', 'maestro-backend'],
    ['maestro-common', 'maestro-node'],
    ['maestro-node', 'maestro-backend'],
    ['maestro-backend-module-local', 'maestro-backend'],
    ['mlflow', 'maestro-react'],
    ['mlflow-common', 'maestro-common'],
    ['feast-backend', 'mlflow-common'],
    ['mlflow', 'peer-node'],
    ['peer-react', 'maestro-react'],
    ['search-backend-module-maestro', 'maestro-backend'],
  ])
    await refuses(
      `plugins/${from}/src/a.ts`,
      `import { x } from '@maestro/plugin-${to}';`,
      /must not import/,
    );
});

test('the backend may import an executor in its own tests only', async () => {
  const code = `import { x } from '@maestro/plugin-maestro-backend-module-local';`;
  assert.deepEqual(
    await complaints('plugins/maestro-backend/src/a.test.ts', code),
    [],
  );
  assert.deepEqual(
    await complaints('plugins/maestro-backend/src/tests/engine.ts', code),
    [],
  );
  await refuses('plugins/maestro-node/src/a.test.ts', code, /must not import/);
});

test('the rooms of the core have arrows, too', async () => {
  const core = 'plugins/maestro-common/src/core';
  for (const [file, source, pattern] of [
    ['run/a.ts', '../schedule/timetable', /run must not import schedule/],
    ['time/a.ts', '../pipeline/states', /may import no other folder/],
    ['pipeline/a.ts', '../policy', /pipeline must not import \./],
    ['run/a.ts', '../../spec', /leaves the core/],
    ['a.ts', '../api', /leaves the core/],
    ['other/a.ts', './b', /has no row/],
  ])
    await refuses(`${core}/${file}`, `import { x } from '${source}';`, pattern);
});

test('nobody reaches into another package', async () => {
  await refuses(
    'plugins/maestro-backend/src/a.ts',
    `import { x } from '@maestro/plugin-maestro-common/src/core';`,
    /reaches into another package/,
  );
  await refuses(
    'plugins/maestro-backend/src/a.ts',
    `import { x } from '../../maestro-common/src';`,
    /leaves the package/,
  );
});

test('a package without a row is refused', async () => {
  await refuses(
    'plugins/new-one/src/a.ts',
    `import { x } from '@maestro/plugin-maestro-common';`,
    /has no row/,
  );
});

test('the table names no package twice and has no arrow in a circle', () => {
  const reach = (from, seen = new Set()) => {
    for (const to of ARROWS[`plugins/${from}`] ?? [])
      if (!seen.has(to)) reach(to, seen.add(to));
    return seen;
  };
  for (const folder of Object.keys(ARROWS)) {
    const name = path.basename(folder);
    assert.ok(!reach(name).has(name), `${name} reaches itself`);
  }
});
