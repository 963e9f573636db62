/*
 * Folders and DAG files that do what no sensible one does, in the real process:
 * each hurts only itself, and says what to do where there is something.
 */
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { dag, dagFolders } from './__testUtils__/dagFolders';
import type { ParseProcess } from './ParseProcess';

// Importing Airflow takes seconds, on a busy machine many.
jest.setTimeout(300_000);

const LIMITS = { seconds: 60, memoryBytes: 512 * 1024 * 1024, processes: 16 };

const tests = dagFolders(LIMITS);
const { reader, write } = tests;
let regexps: ParseProcess;

beforeAll(() => {
  regexps = tests.start({
    limits: LIMITS,
    env: { AIRFLOW__CORE__DAG_IGNORE_FILE_SYNTAX: 'regexp' },
  });
});

async function look(process_ = tests.process) {
  const { pipelines, problems } = await reader(process_).read();
  return {
    dags: pipelines.map(({ dagId }) => dagId).sort(),
    problems: Object.fromEntries(
      problems.map(({ file, line, message }) => [
        line === undefined ? file : `${file}:${line}`,
        message,
      ]),
    ),
  };
}

/** Processes with a text of ours in their command line. */
const processesOf = (mark: string) =>
  readdirSync('/proc').filter(pid => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(mark);
    } catch {
      // No process, or gone between the two looks.
      return false;
    }
  });

// What the file does before its DAG; the DAG is there, nothing is left.
it.each<[string, string]>([
  [
    'opens 10,000 files',
    `
import os, resource
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
try:
    kept = [os.open("/dev/null", os.O_RDONLY) for _ in range(10_000)]
except OSError:
    os.closerange(500, 20_000)
`,
  ],
  [
    'writes 1 GB',
    `
import os, sys
for fd in (1, 2):
    for _ in range(512):
        os.write(fd, b"x" * (1 << 20))
`,
  ],
  [
    'changes where it is, its mask and its signals',
    `
import os, signal
os.chdir("/")
os.umask(0o777)
for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGALRM, signal.SIGPIPE):
    signal.signal(number, signal.SIG_IGN)
`,
  ],
  [
    'starts threads that never end',
    `
import threading
for _ in range(10):
    threading.Thread(target=threading.Event().wait).start()
`,
  ],
  [
    'closes what it has not opened',
    `
import os
os.close(0); os.close(1); os.close(2)
`,
  ],
  [
    'ends its parents in their sleep',
    `
import atexit, os, sys
atexit.register(os._exit, 9)
sys.setrecursionlimit(10 ** 6)
`,
  ],
])('keeps a file that %s', async (_what, before) => {
  write({ 'a.py': dag('a', before), 'b.py': dag('b') });
  expect(await look()).toEqual({ dags: ['a', 'b'], problems: {} });
});

it('says what keeps a file from being told', async () => {
  write({
    'a.py': dag('a', 'import sys\nsys.stdout = None'),
    'b.py': dag('b'),
  });
  expect(await look()).toEqual({
    dags: ['b'],
    problems: {
      'a.py': expect.stringMatching(
        /^what it has cannot be told: AttributeError: /,
      ),
    },
  });
});

it('ends the daemon that a file leaves behind', async () => {
  const mark = `maestro-daemon-${process.pid}`;
  write({
    'a.py': dag(
      'a',
      `
import os, subprocess, sys
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv("/bin/sh", ["sh", "-c", "trap '' TERM HUP; sleep 600; : ${mark}"])
    os._exit(0)
os.wait()
`,
    ),
  });
  expect((await look()).dags).toEqual(['a']);
  expect(processesOf(mark)).toEqual([]);
});

it('keeps 5,000 DAGs of one file', async () => {
  write({
    'a.py': `
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator
for i in range(5_000):
    with DAG(f"d{i}") as globals_dag:
        EmptyOperator(task_id="a")
    globals()[f"d{i}"] = globals_dag
`,
    'b.py': dag('b'),
  });
  const { dags, problems } = await look();
  expect(problems).toEqual({});
  expect(dags).toHaveLength(5_001);
});

it('cuts docs that nobody reads, and says so', async () => {
  write({
    'a.py': `
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator
with DAG("a", doc_md="é" * 10_000_000):
    EmptyOperator(task_id="t", doc_md="x" * 200_000)
`,
  });
  const { pipelines, problems } = await reader().read();
  expect(problems).toEqual([]);
  const [{ definition }] = pipelines;
  expect(definition.airflow!.docs).toHaveLength(100_000);
  expect(definition.tasks[0].airflow!.docs).toHaveLength(100_000);
  expect(definition.airflow!.notes!.map(({ message }) => message)).toEqual([
    'doc_md of task "t" has 200000 characters, of which 100000 are kept',
    'doc_md of the DAG has 10000000 characters, of which 100000 are kept',
  ]);
});

it('goes round no circle of links, and reads what links lead to once', async () => {
  write({ 'real/a.py': dag('a'), 'b.py': dag('b') });
  symlinkSync('.', join(tests.folder, 'loop'));
  symlinkSync('..', join(tests.folder, 'real/up'));
  symlinkSync('real', join(tests.folder, 'a_link'));
  symlinkSync('real', join(tests.folder, 'z_link'));
  symlinkSync('itself', join(tests.folder, 'itself'));
  symlinkSync('nowhere', join(tests.folder, 'gone.py'));
  expect(await look()).toEqual({ dags: ['a', 'b'], problems: {} });
});

it('reads no pipe, no endless file, no bomb, and says why', async () => {
  write({ 'a.py': dag('a'), 'large.py': '', 'no.zip': 'no archive' });
  execFileSync('mkfifo', [join(tests.folder, 'pipe.py')]);
  truncateSync(join(tests.folder, 'large.py'), 20 * 1024 ** 3);
  execFileSync(tests.python, [
    '-c',
    `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("bomb.py", b"x" * (100 << 20))
`,
    join(tests.folder, 'bomb.zip'),
  ]);
  expect(await look()).toEqual({
    dags: ['a'],
    problems: {
      'large.py': 'it is not looked at: it has more than 16 MiB',
      'no.zip': 'it is not looked at: it is no archive',
      'bomb.zip':
        'it is not looked at: it has more than 16 MiB when it is unpacked',
    },
  });
});

it('says which name is not UTF-8', async () => {
  write({ 'a.py': dag('a') });
  for (const name of [
    Buffer.from('b\xff.py', 'latin1'),
    Buffer.from('lib\xfe', 'latin1'),
  ]) {
    const path = Buffer.concat([Buffer.from(`${tests.folder}/`), name]);
    if (name.includes('.py')) writeFileSync(path, dag('b'));
    else mkdirSync(path);
  }
  const said = 'its name is not UTF-8, so it is not read: rename it';
  expect(await look()).toEqual({
    dags: ['a'],
    problems: { 'b\ufffd.py': said, 'lib\ufffd': said },
  });
});

it.each<[string, () => ParseProcess, string, string[], object]>([
  [
    'globs',
    () => tests.process,
    '# all but one\nold/*\n!old/keep.py\ntmp_*.py\nwhole/\n',
    ['a', 'keep'],
    {},
  ],
  [
    'regular expressions',
    () => regexps,
    'old/[^k]\ntmp_.*\\.py\nwhole\n',
    ['a', 'keep'],
    {},
  ],
  [
    'a broken regular expression',
    () => regexps,
    'tmp_\n(\nold\nwhole',
    ['a'],
    { '.airflowignore:2': "'(' is no pattern (regexp)" },
  ],
  [
    'bytes that are no text',
    () => tests.process,
    'tmp_*\n\xff\xfe\nold/\nwhole/\n',
    ['a'],
    {},
  ],
])(
  'reads .airflowignore with %s',
  async (_what, process_, text, dags, problems) => {
    write({
      '.airflowignore': Buffer.from(text, 'latin1'),
      'a.py': dag('a'),
      'tmp_b.py': dag('b'),
      'old/c.py': dag('c'),
      'old/keep.py': dag('keep'),
      'whole/d.py': dag('d'),
      'whole/deep/e.py': dag('e'),
    });
    expect(await look(process_())).toEqual({ dags, problems });
  },
);

it('pins no file that changed while it was read', async () => {
  const mark = join(tests.temp, 'started');
  write({
    'a.py': dag(
      'a',
      `import time\nopen("${mark}", "w").close()\ntime.sleep(2)`,
    ),
  });
  const source = tests.source();
  const { signal } = new AbortController();
  const reading = source.read(signal);
  for (let i = 0; i < 1_000; i += 1) {
    try {
      readFileSync(mark);
      break;
    } catch {
      await new Promise(done => setTimeout(done, 100));
    }
  }
  write({ 'a.py': dag('a2') });
  const [first] = (await reading).pipelines;
  expect(await first.files()).toBeUndefined();
  const [next] = (await source.read(signal)).pipelines;
  expect(next.definition.name).toBe('a2');
  expect((await next.files())!.map(({ path }) => path)).toEqual(['a.py']);
});

it('knows nothing of a folder that is gone, and goes on when it is back', async () => {
  write({ 'a.py': dag('a') });
  const dags = reader();
  expect((await dags.read()).parsed).toBe(1);
  rmSync(tests.folder, { recursive: true });
  await expect(dags.read()).rejects.toThrow('is not a folder');
  mkdirSync(tests.folder);
  write({ 'a.py': dag('a'), 'b.py': dag('b') });
  const { parsed, pipelines } = await dags.read();
  expect([parsed, pipelines.length]).toEqual([1, 2]);
});
