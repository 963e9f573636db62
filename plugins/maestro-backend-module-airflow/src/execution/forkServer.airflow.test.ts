/*
 * The fork server and its client as they are, with a task that needs no
 * Airflow, on a machine that has no room for another process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { airflowPython } from './__testUtils__/runDag';

jest.setTimeout(240_000);

const PYTHON_DIR = resolve(__dirname, '../../python');
const RUNNER = 'test';
const ATTEMPT = '00000000-0000-4000-8000-000000000000';

/** `serve` of the fork server; the first forks and accepts fail. */
const SERVER = `
import errno, os, socket, sys, time
sys.path.insert(0, ${JSON.stringify(PYTHON_DIR)})
import fork_server
from maestro_airflow.environment import Environment

class OftenLooked(Environment):
    def changed(self):
        return super().changed(0)

name, home, bad_forks, bad_accepts = sys.argv[1:5]
left = {"fork": int(bad_forks), "accept": int(bad_accepts)}

def fails(what, code):
    left[what] -= 1
    if left[what] >= 0:
        raise OSError(code, os.strerror(code))

real_fork = os.fork
server = os.getpid()

def fork():
    if os.getpid() == server:
        fails("fork", errno.EAGAIN)
    return real_fork()

os.fork = fork

class Listener(socket.socket):
    def accept(self):
        fails("accept", errno.EMFILE)
        return super().accept()

def run_task(env):
    what = env["MAESTRO_TASK_ID"]
    if what == "ends":
        return 7
    if what == "leaves":
        os._exit(3)
    worker = os.fork()
    if worker == 0:
        time.sleep(600)
        os._exit(0)
    print(os.getpid(), worker, flush=True)
    time.sleep(600)
    return 0

listener = Listener(socket.AF_UNIX, socket.SOCK_STREAM)
listener.bind("\\0" + name)
listener.listen(16)
print("ready", flush=True)
sys.path.append(os.path.join(home, "packages"))
import package_of_the_team
fork_server.serve(listener, home, run_task, lambda path: None, OftenLooked())
`;

let home: string;
let name: string;
let server: ChildProcess | undefined;
const left: number[] = [];
const clients: ChildProcess[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'maestro-fork-'));
  name = `maestro-test-${home}`;
});
afterEach(() => {
  for (const pid of left.splice(0)) process.kill(pid, 'SIGKILL');
  clients.splice(0).forEach(client => client.kill('SIGKILL'));
  server?.kill('SIGKILL');
  rmSync(home, { recursive: true, force: true });
});

async function serve(bad: { forks?: number; accepts?: number } = {}) {
  const { forks = 0, accepts = 0 } = bad;
  const script = join(home, 'server.py');
  writeFileSync(script, SERVER);
  mkdirSync(join(home, 'packages'));
  writeFileSync(join(home, 'packages/package_of_the_team.py'), 'X = 1\n');
  const room = (mark: string, value: number) => 'x'.repeat(value - mark.length);
  server = spawn(
    airflowPython(),
    [script, name, home, String(forks), String(accepts)],
    {
      env: {
        MAESTRO_ROOM_A: room(
          'MAESTRO_ROOM_A',
          'MAESTRO_ATTEMPT_ID'.length + 36,
        ),
        MAESTRO_ROOM_R: room(
          'MAESTRO_ROOM_R',
          'MAESTRO_RUNNER'.length + RUNNER.length,
        ),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await once(server.stdout!, 'data');
}

/** Asks for a task as the launcher does. */
function ask(taskId: string, serverScript = 'no-server.py') {
  const child = spawn(
    airflowPython(),
    ['-I', '-S', join(PYTHON_DIR, 'run_task.py'), name, serverScript],
    {
      cwd: home,
      env: {
        MAESTRO_AIRFLOW_SERVER: JSON.stringify({
          python: airflowPython(),
          home,
          env: {},
        }),
        MAESTRO_ATTEMPT_ID: ATTEMPT,
        MAESTRO_RUNNER: RUNNER,
        MAESTRO_SOURCE: home,
        MAESTRO_AIRFLOW_FILE: 'dag.py',
        MAESTRO_AIRFLOW_DAG_ID: 'd',
        MAESTRO_AIRFLOW_SOURCE: 's',
        MAESTRO_TASK_API_URL: 'http://127.0.0.1:1',
        MAESTRO_TASK_TOKEN: 't',
        MAESTRO_TASK_ID: taskId,
        MAESTRO_RUN_KEY: 'r',
        MAESTRO_TRY_NUMBER: '1',
        MAESTRO_MAP_INDEX: '-1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  clients.push(child);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', text => (said += text));
  // Its output may be held open by others.
  const ended = once(child, 'exit').then(async ([code]) => {
    await new Promise(done => setImmediate(done));
    return { code, said };
  });
  return { ended, lines: createInterface({ input: child.stdout }) };
}

it('starts a task that finds room after a moment', async () => {
  await serve({ forks: 2, accepts: 2 });
  expect(await ask('ends').ended).toEqual({ code: 7, said: '' });
});

it('says why there is no process for a task, and takes the next one', async () => {
  await serve({ forks: 3 });
  const { code, said } = await ask('ends').ended;
  expect(code).toBe(1);
  expect(said).toMatch(
    /^The task could not be started: there is no room for its process on this machine \(Resource temporarily unavailable\)\. Raise .*, or run fewer tasks at once\n$/,
  );
  expect(server!.exitCode).toBeNull();
  expect((await ask('ends').ended).code).toBe(7);
});

it('says the last words of a server that ends before it takes the task, after three of them', async () => {
  const script = join(home, 'dies.py');
  writeFileSync(
    script,
    `
import socket, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
listener.bind("\\0" + sys.argv[1])
listener.listen(1)
connection, _ = listener.accept()
listener.close()
print("this was its last word", flush=True)
`,
  );
  const words = 'this was its last word\n'.repeat(3);
  expect(await ask('ends', script).ended).toEqual({
    code: 1,
    said: `The task could not be started: the process that imports Airflow ended before it took the task. Its log ends with:\n${words}\n`,
  });
});

it.each([
  ['SIGKILL', 137],
  ['SIGSEGV', 139],
] as const)(
  'ends with the process of a task that got %s, whatever that has left running',
  async (signal, code) => {
    await serve();
    const task = ask('stays');
    const [line] = await once(task.lines, 'line');
    const [pid, worker] = line.split(' ').map(Number);
    left.push(worker);
    process.kill(pid, signal);
    expect(await task.ended).toEqual({
      code,
      said: `The process of the task was ended by signal ${code - 128}\n`,
    });
  },
);

it('ends with a task whose server was killed before it', async () => {
  await serve();
  const task = ask('stays');
  const other = ask('stays');
  // Heard at once: either may be the first.
  const [[line], [beside]] = await Promise.all(
    [task, other].map(({ lines }) => once(lines, 'line')),
  );
  left.push(...[line, beside].map(pids => Number(pids.split(' ')[1])));
  server!.kill('SIGKILL');
  await once(server!, 'exit');
  process.kill(Number(line.split(' ')[0]), 'SIGKILL');
  expect(await task.ended).toEqual({
    code: 137,
    said: 'The process that ran the task was killed\n',
  });
  process.kill(Number(beside.split(' ')[0]), 'SIGKILL');
  expect((await other.ended).code).toBe(137);
});

it('has the exit code of a task that leaves at once', async () => {
  await serve();
  expect(await ask('leaves').ended).toEqual({ code: 3, said: '' });
});

it('kills a task when whoever asked for it is killed', async () => {
  await serve();
  const task = ask('stays');
  const [line] = await once(task.lines, 'line');
  const [pid, worker] = line.split(' ').map(Number);
  left.push(worker);
  clients[clients.length - 1].kill('SIGKILL');
  await task.ended;
  while (existsSync(`/proc/${pid}`)) {
    await new Promise(done => setTimeout(done, 20));
  }
  expect(server!.exitCode).toBeNull();
});

it('takes no task when a package that it has imported is edited in place', async () => {
  await serve();
  const task = ask('stays');
  const [line] = await once(task.lines, 'line');
  left.push(Number(line.split(' ')[1]));
  const gone = once(server!, 'exit');
  expect(isListening()).toBe(true);
  writeFileSync(join(home, 'packages/package_of_the_team.py'), 'X = 2\n');
  // Whoever comes now starts another one.
  while (isListening()) await new Promise(done => setTimeout(done, 100));
  // The task that it has goes on.
  expect(server!.exitCode).toBeNull();
  process.kill(Number(line.split(' ')[0]), 'SIGKILL');
  await task.ended;
  expect((await gone)[0]).toBe(0);
});

/** Whether somebody has the name to be asked by. */
function isListening(): boolean {
  return readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .some(line => line.includes(' 00010000 ') && line.endsWith(`@${name}`));
}
