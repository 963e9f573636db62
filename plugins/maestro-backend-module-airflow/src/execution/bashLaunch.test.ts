import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BashLaunch } from '@maestro/plugin-maestro-node';
import { bashLaunch } from './bashLaunch';

const PATH = process.env.PATH ?? '/usr/bin:/bin';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'maestro-bash-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Starts it as the launcher does: a session of its own, no standard input. */
function run(
  text: string,
  env: Record<string, string> = {},
  {
    names = Object.keys(env),
    env: has = 'inherit',
    path = PATH,
    complaint = '',
  }: Partial<Pick<BashLaunch, 'names' | 'env'>> & {
    path?: string;
    complaint?: unknown;
  } = {},
) {
  const { command, ...launch } = bashLaunch(
    { env: has, owner: 'o', names },
    { command: ['bash', '-c', text], env },
    { PATH: path },
  );
  const { status, stdout, stderr } = spawnSync(
    // Node looks for it where the command would.
    '/usr/bin/setsid',
    ['-w', ...command],
    {
      cwd: dir,
      // What the launcher adds. PATH is that of the command.
      env: {
        TMPDIR: dir,
        MAESTRO_ATTEMPT_ID: 'a1',
        MAESTRO_RUNNER: 'r1',
        ...launch.env,
      },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  expect(stderr).toEqual(complaint);
  return { status, printed: stdout };
}

it.each<[string, string, number, string]>([
  ['with its exit code', 'exit 7', 7, ''],
  ['with both outputs in order', 'echo a; echo b >&2; echo c', 0, 'a\nb\nc\n'],
  ['as 128 and the signal that ended it', 'echo a; kill -9 $$', 137, 'a\n'],
  [
    'when what it started in the background has printed its last',
    '(sleep 0.3; echo late) & echo soon',
    0,
    'soon\nlate\n',
  ],
  [
    'at once when that prints nothing',
    '(exec >/dev/null 2>&1; sleep 600) & kill $!; echo soon',
    0,
    'soon\n',
  ],
  [
    'after what it says at its end, when its group is ended',
    'trap "echo cleaning; exit 4" TERM; kill 0; sleep 600',
    4,
    'cleaning\n',
  ],
  ['by the signal, when it says nothing', 'kill 0; sleep 600', 143, ''],
  ['when it is empty', '', 0, ''],
])('a command ends %s', (_, text, status, printed) => {
  expect(run(text)).toEqual({ status, printed });
});

it('a command ends with no code that it could skip itself with when its own was lost', () => {
  const { status } = run(
    // What waits for it.
    'kill -9 $PPID',
    {},
    { complaint: expect.stringContaining('Killed') },
  );
  expect(status).toBe(254);
});

describe('a command works', () => {
  it('where the launcher starts it, which leaves nothing there', () => {
    expect(run('ls -A; pwd')).toEqual({ status: 0, printed: `${dir}\n` });
  });

  it('where it is told to, whatever CDPATH says and the name begins with', () => {
    mkdirSync(join(dir, '-odd name'));
    expect(
      run('pwd', {
        MAESTRO_BASH_CWD: join(dir, '-odd name'),
        CDPATH: '/usr',
      }).printed,
    ).toBe(`${dir}/-odd name\n`);
  });

  it.each([
    ['/there/is/nothing', 'Can not find the cwd: /there/is/nothing'],
    ['', 'Can not find the cwd: '],
    ['/etc/passwd', 'The cwd /etc/passwd must be a directory'],
  ])('not in %j', (cwd, message) => {
    // With no code that it could skip itself with.
    expect(run('echo unseen', { MAESTRO_BASH_CWD: cwd })).toEqual({
      status: 254,
      printed: `${message}\n`,
    });
  });

  it('not without bash', () => {
    expect(run('echo unseen', {}, { path: '/nowhere' })).toEqual({
      status: 254,
      printed: 'bash: not found\n',
    });
  });

  it('in the folder that a link leads to', () => {
    mkdirSync(join(dir, 'true'));
    symlinkSync(join(dir, 'true'), join(dir, 'link'));
    const there = { MAESTRO_BASH_CWD: join(dir, 'link') };
    expect(run('pwd; cd ..; pwd', there).printed).toBe(`${dir}/true\n${dir}\n`);
  });

  it.each<[string | undefined, true | undefined]>([
    [undefined, true],
    ['/srv', true],
    ['scripts', undefined],
    ['', undefined],
  ])('with cwd=%j has its sources apart: %j', (cwd, sourcesApart) => {
    const env: Record<string, string> =
      cwd === undefined ? {} : { MAESTRO_BASH_CWD: cwd };
    expect(
      bashLaunch(
        { env: 'inherit', owner: 'o', names: Object.keys(env) },
        { command: ['bash', '-c', 'pwd'], env },
        { PATH },
      ).sourcesApart,
    ).toBe(sourcesApart);
  });

  it('as a script file beside its own, when its text ends like the name of one', () => {
    mkdirSync(join(dir, 'x'));
    const { printed } = run('ls; echo "$0" : of.sh', {
      MAESTRO_BASH_CWD: join(dir, 'x'),
    });
    expect(printed).toBe('tmpa1.sh\ntmpa1.sh : of.sh\n');
    expect(readdirSync(join(dir, 'x'))).toEqual([]);
  });
});

describe('its environment', () => {
  const SHOW = '/usr/bin/env | grep -v "^_=" | sort';

  it('is all that there is, without what only starts it', () => {
    const { printed } = run(SHOW, { A: '1', MAESTRO_BASH_CWD: '/' });
    expect(printed).toContain('A=1\n');
    expect(printed).toContain('MAESTRO_ATTEMPT_ID=a1\n');
    expect(printed).not.toMatch(/CWD|MAESTRO_(FILE|CODE|LINE)/);
  });

  it('is its own alone, with what Airflow tells every command and its processes are found by', () => {
    const env = {
      A: "x\nexport B='1'\ny",
      c: '',
      D: 'it\'s "$HOME" \\',
      PATH: '/nowhere',
    };
    const { printed } = run(
      '/usr/bin/env -0 | /usr/bin/sort -z',
      { ...env, AIRFLOW_CTX_DAG_ID: 'd', MAESTRO_RUN_ID: 'r' },
      { names: Object.keys(env), env: 'only' },
    );
    const seen = Object.fromEntries(
      printed
        .split('\0')
        .filter(Boolean)
        .map(entry => [
          entry.split('=')[0],
          entry.slice(entry.indexOf('=') + 1),
        ]),
    );
    expect(seen).toEqual({
      ...env,
      AIRFLOW_CTX_DAG_ID: 'd',
      MAESTRO_ATTEMPT_ID: 'a1',
      MAESTRO_RUNNER: 'r1',
      // Bash's own.
      PWD: expect.any(String),
      SHLVL: expect.any(String),
      _: '/usr/bin/env',
    });
  });
});
