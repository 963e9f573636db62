import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { ROOT } from '../paths.mjs';

test('every backend plugin and module of ours is in the backend', () => {
  const source = fs.readFileSync(
    path.join(ROOT, 'packages/backend/src/index.ts'),
    'utf8',
  );
  const added = [...source.matchAll(/import\('(@maestro\/[^']+)'\)/g)].map(
    ([, name]) => name,
  );
  const ours = fs
    .readdirSync(path.join(ROOT, 'plugins'))
    .map(name =>
      JSON.parse(
        fs.readFileSync(path.join(ROOT, 'plugins', name, 'package.json')),
      ),
    )
    .filter(({ backstage }) => /^backend-plugin/.test(backstage?.role))
    .map(({ name }) => name);
  assert.deepEqual(added.sort(), ours.sort());
});
