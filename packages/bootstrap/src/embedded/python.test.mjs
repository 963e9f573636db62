import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { ROOT } from '../paths.mjs';
import { environmentHash, findPython, pythonEnv } from './python.mjs';

const temporary = () =>
  fs.mkdtempSync(path.join(os.tmpdir(), 'maestro-python-'));

/** A folder with programs of these names; each prints its text or fails. */
function folder(programs) {
  const at = temporary();
  for (const [name, text] of Object.entries(programs))
    fs.writeFileSync(
      path.join(at, name),
      text ? `#!/bin/sh\necho '${text}'\n` : '#!/bin/sh\nexit 127\n',
      { mode: 0o755 },
    );
  return at;
}

const PATH = (...folders) => ({
  PATH: [...folders, '/bin'].join(path.delimiter),
});
const version = (...parts) => JSON.stringify([...parts, '/usr']);

// /bin may have a Python of its own: names that are found before it decide.
test('a shim that fails is passed over, also for one of the same name', async () => {
  const shims = folder({ 'python3.13': '', 'python3.12': '' });
  const real = folder({ 'python3.12': version(3, 12, 4) });
  const found = await findPython(PATH(shims, real));
  assert.deepEqual(found, {
    file: path.join(real, 'python3.12'),
    version: [3, 12, 4],
  });
});

test('a tested version goes before a newer one that comes first', async () => {
  const at = folder({
    'python3.13': version(3, 14, 0),
    'python3.12': version(3, 12, 1),
  });
  assert.deepEqual((await findPython(PATH(at))).version, [3, 12, 1]);
});

test('too old and absent Pythons are a sentence that says what to do', async () => {
  const old = folder({ python3: version(3, 10, 2) });
  await assert.rejects(
    findPython({ PATH: old }),
    /Python 3\.11 to 3\.13 is needed .* only 3\.10\.2 was found/,
  );
  await assert.rejects(
    findPython({ PATH: temporary() }),
    /none was found: install it.*apt install python3/,
  );
  await assert.rejects(findPython({}), /none was found/);
});

test('a Python newer than the tested ones is used when there is no other', async () => {
  // Only its own folder on the PATH, with the shell the script needs.
  const at = folder({ python3: version(3, 15, 0) });
  const found = await findPython({ PATH: at });
  assert.deepEqual(found.version, [3, 15, 0]);
});

test('bytecode is written and settings of pip reach uv', () => {
  const env = pythonEnv({
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONPATH: '/elsewhere',
    PIP_CERT: '/ca.crt',
    PIP_INDEX_URL: 'https://packages.example/simple',
    HOME: '/home/me',
  });
  assert.equal('PYTHONDONTWRITEBYTECODE' in env, false);
  assert.equal('PYTHONPATH' in env, false);
  assert.equal(env.SSL_CERT_FILE, '/ca.crt');
  assert.equal(env.UV_DEFAULT_INDEX, 'https://packages.example/simple');
  assert.equal(env.HOME, '/home/me');
  assert.equal(
    pythonEnv({ PIP_CERT: '/a', SSL_CERT_FILE: '/b' }).SSL_CERT_FILE,
    '/b',
  );
});

test('the environment is made again when a requirement or the place changes', () => {
  const root = temporary();
  const write = (name, text) => {
    const file = path.join(root, 'pipelines', name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  };
  for (const name of [
    'requirements.txt',
    'constraints.txt',
    'runtime/pyproject.toml',
    'flights/pyproject.toml',
  ])
    write(name, 'one');
  const before = environmentHash(root);
  assert.equal(environmentHash(root), before);
  const copy = `${root}-copy`;
  fs.cpSync(root, copy, { recursive: true });
  assert.notEqual(environmentHash(copy), before);
  write('constraints.txt', 'two');
  assert.notEqual(environmentHash(root), before);
});

test('the environment with Airflow has the packages of the pipelines', () => {
  const pins = file =>
    fs
      .readFileSync(path.join(ROOT, file), 'utf8')
      .split('\n')
      .map(line => line.replace(/^([^=]*)/, name => name.replaceAll('_', '-')))
      .filter(line => /^[\w.-]+==/.test(line));
  const both = new Map(
    pins('pipelines/dags/constraints.txt').map(line => line.split('==')),
  );
  const own = pins('pipelines/constraints.txt').map(line => line.split('=='));
  assert.ok(own.length > 100);
  const different = own.filter(
    ([name, version]) => both.has(name) && both.get(name) !== version,
  );
  assert.deepEqual(different, []);
  // What is wanted stands in the requirements of both.
  const wanted = pins('pipelines/requirements.txt');
  const there = pins('pipelines/dags/requirements.txt');
  for (const line of wanted)
    if (!line.startsWith('pytest==')) assert.ok(there.includes(line), line);
});
