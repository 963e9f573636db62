import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { forkServerName } from './forkServerName';

let dir: string;
let of: Parameters<typeof forkServerName>[0];

/** Files and folders of an environment and of Maestro's scripts. */
const FILES = [
  'env/bin/python3.12',
  'env/pyvenv.cfg',
  'env/lib/python3.12/site-packages/a.dist-info/METADATA',
  'scripts/fork_server.py',
  'scripts/run_task.py',
  'scripts/missing_server.py',
  'scripts/maestro_airflow/attempt.py',
];

beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'maestro-name-')));
  for (const file of FILES) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), '');
  }
  symlinkSync('python3.12', join(dir, 'env/bin/python'));
  of = {
    python: join(dir, 'env/bin/python'),
    home: join(dir, 'home'),
    env: { A: '1', B: '2' },
    scripts: join(dir, 'scripts'),
  };
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it('stays as long as nothing changes', () => {
  const name = forkServerName(of);
  expect(name).toMatch(/^maestro-airflow-[0-9a-f]{32}$/);
  expect(forkServerName({ ...of, env: { B: '2', A: '1' } })).toBe(name);
});

it.each([
  'env/pyvenv.cfg',
  'env/lib/python3.12/site-packages',
  'scripts/fork_server.py',
  'scripts/run_task.py',
  'scripts/missing_server.py',
  'scripts/maestro_airflow',
])('is another one at once when %s has changed', path => {
  const name = forkServerName(of);
  utimesSync(join(dir, path), 1, 1);
  expect(forkServerName(of)).not.toBe(name);
});

it.each([
  ['settings', { env: { A: '1', B: '3' } }],
  ['folder', { home: '/elsewhere' }],
])('is another one with another %s', (_, other) => {
  expect(forkServerName({ ...of, ...other })).not.toBe(forkServerName(of));
});

it('is another one with another interpreter behind the same link', () => {
  const name = forkServerName(of);
  writeFileSync(join(dir, 'env/bin/python3.13'), '');
  rmSync(of.python);
  symlinkSync('python3.13', of.python);
  expect(forkServerName(of)).not.toBe(name);
});

it('is there without packages, and fails without an interpreter', () => {
  rmSync(join(dir, 'env/lib'), { recursive: true });
  expect(forkServerName(of)).toMatch(/^maestro-airflow-/);
  rmSync(of.python);
  expect(() => forkServerName(of)).toThrow('ENOENT');
});
