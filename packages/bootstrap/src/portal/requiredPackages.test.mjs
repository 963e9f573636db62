import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { ROOT } from '../paths.mjs';

/*
 * The packages that Maestro was asked to be built with, each with the folder
 * of ours that really imports it. A package that is only listed in a
 * package.json is not used.
 */
const REQUIRED = {
  '@backstage/core-plugin-api': 'plugins/maestro',
  '@backstage/backend-plugin-api': 'plugins/maestro-backend',
  '@backstage/plugin-kubernetes': 'packages/app',
  knex: 'plugins/maestro-backend',
  '@material-ui/core': 'plugins/maestro',
  'node-cron': 'plugins/maestro-backend/src/housekeeping',
  '@kubernetes/client-node': 'plugins/maestro-backend-module-kubernetes',
};

/** Folders that come with a later issue; once there, they must import it. */
const AWAITED = ['plugins/maestro-backend-module-kubernetes'];

const exists = folder => fs.existsSync(path.join(ROOT, folder));

function sources(folder) {
  const root = path.join(ROOT, folder);
  const src = path.join(root, 'src');
  return fs
    .readdirSync(fs.existsSync(src) ? src : root, {
      recursive: true,
      withFileTypes: true,
    })
    .filter(
      entry =>
        entry.isFile() &&
        /\.tsx?$/.test(entry.name) &&
        !/\.test\.tsx?$/.test(entry.name) &&
        !/__\w+__|\/tests(\/|$)/.test(entry.parentPath),
    )
    .map(entry => path.join(entry.parentPath, entry.name));
}

/** Files that import the package for what it does, not only for its types. */
function importers(folder, name) {
  const from = name.replace(/[/.-]/g, '\\$&');
  const statement = new RegExp(
    `(?:^import\\s+(?!type\\b)[^;]*?from\\s+|^export\\s+(?!type\\b)[^;]*?from\\s+|import\\()'${from}(?:/[^']*)?'`,
    'm',
  );
  return sources(folder).filter(file =>
    statement.test(fs.readFileSync(file, 'utf8')),
  );
}

for (const [name, folder] of Object.entries(REQUIRED)) {
  const awaited = AWAITED.includes(folder) && !exists(folder);
  test(`${name} is ${awaited ? 'awaiting' : 'imported by'} ${folder}`, () => {
    if (awaited) {
      for (const other of fs.readdirSync(path.join(ROOT, 'plugins')))
        assert.deepEqual(
          exists(`plugins/${other}/src`)
            ? importers(`plugins/${other}`, name)
            : [],
          [],
          `${name} is imported by plugins/${other}: name that folder here`,
        );
      return;
    }
    const owner = folder.split('/').slice(0, 2).join('/');
    const { dependencies = {} } = JSON.parse(
      fs.readFileSync(path.join(ROOT, owner, 'package.json'), 'utf8'),
    );
    assert.ok(dependencies[name], `${owner} does not depend on ${name}`);
    assert.notDeepEqual(
      importers(folder, name),
      [],
      `nothing in ${folder} imports ${name}`,
    );
  });
}

test('the Kubernetes tab has its backend', () => {
  assert.notDeepEqual(
    importers('packages/backend', '@backstage/plugin-kubernetes-backend'),
    [],
  );
});
