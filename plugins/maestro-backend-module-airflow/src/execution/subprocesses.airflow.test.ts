/*
 * What the processes print that a task starts, by each way that Python has to
 * start one: it stands in the log of the task, with hidden what it hides.
 */
import { DagRunner } from './__testUtils__/runDag';

// The first task of a suite waits until Airflow is imported.
jest.setTimeout(240_000);

const HEAD = `
import multiprocessing, os, subprocess, sys, time
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from airflow.sdk.execution_time import supervisor
from airflow.sdk.log import mask_secret
`;

let runner: DagRunner;

beforeAll(() => {
  runner = new DagRunner({});
});
afterAll(() => runner.remove());

const run = (body: string, args = '') =>
  runner.run(
    `${HEAD}${body}
with DAG("tested", schedule=None, start_date=datetime(2025, 1, 1), ${args}):
    tested()
`,
  );

/** Events of the log by their logger. */
function said(log: string, logger: string): string[] {
  return log
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
    .filter(line => line.logger === logger)
    .map(line => line.event);
}

it('reads all that the workers of a pool print through subprocesses, to the last line', async () => {
  const seen = await run(`
def loud(n):
    text = "head -c 1000000 /dev/zero | tr '\\\\0' x | fold -w 1000; echo; echo end $0"
    subprocess.run(["sh", "-c", text, str(n)], check=True)
    return n

@task
def tested():
    with ProcessPoolExecutor(4) as pool:
        assert list(pool.map(loud, range(4))) == [0, 1, 2, 3]
    # Whoever is no process of a pool leaves at once.
    if (pid := os.fork()) == 0:
        subprocess.run("echo end of a fork", shell=True)
        os._exit(0)
    os.waitpid(pid, 0)
`);
  expect(seen.states).toEqual({ tested: 'success' });
  const lines = said(seen.logs.tested, 'task.stdout');
  const text = lines.join('\n');
  expect(text.match(/x/g)).toHaveLength(4_000_000);
  expect(text.match(/end \d/g)!.sort()).toEqual(
    [0, 1, 2, 3].map(n => `end ${n}`),
  );
  expect(lines).toContain('end of a fork');
});

it.each([
  ['skipped', 'AirflowSkipException'],
  ['failed', 'AirflowFailException'],
])(
  'is %s although a subprocess keeps its streams for longer than a task may last',
  async (state, error) => {
    const seen = await run(
      `
@task(retries=1)
def tested():
    supervisor.TASK_OVERTIME_THRESHOLD, supervisor.SOCKET_CLEANUP_TIMEOUT = 0.5, 3
    subprocess.Popen(["sleep", "600"])
    raise ${error}("said once")
`,
      'default_args={"retry_delay": timedelta(seconds=0.2)}',
    );
    expect(seen.states).toEqual({ tested: state });
    expect(seen.logs.tested.match(/"said once"/g)).toHaveLength(1);
    expect(seen.logs.tested).not.toContain('overtime');
  },
);

it('hides in what they print what the task hides, however it starts them', async () => {
  const seen = await run(`
SECRET = "own-secret-of-the-task"

def fork(path, *args):
    if (pid := os.fork()) == 0:
        os.execv(path, args)
    return os.waitpid(pid, 0)

def spawn(kind):
    process = multiprocessing.get_context(kind).Process(
        target=os.system, args=(f"echo {kind} {SECRET}",))
    process.start()
    process.join()
    assert process.exitcode == 0

@task
def tested():
    mask_secret(SECRET)
    sh = lambda text: ("/bin/sh", ["sh", "-c", text])
    assert os.waitstatus_to_exitcode(os.system(f"echo system {SECRET}; exit 7")) == 7
    assert os.waitstatus_to_exitcode(os.system(os.fsencode("kill -9 $$"))) == -9
    os.waitpid(os.posix_spawn(*sh(f"echo posix_spawn {SECRET}"), os.environ), 0)
    os.waitpid(os.posix_spawnp("sh", ["sh", "-c", f"echo posix_spawnp {SECRET} >&2"], os.environ), 0)
    os.spawnl(os.P_WAIT, "/bin/sh", "sh", "-c", f"echo spawnl {SECRET}")
    fork("/bin/sh", "sh", "-c", f"echo fork {SECRET}")
    for kind in ("fork", "spawn", "forkserver"):
        spawn(kind)
    subprocess.run(["/bin/echo", "close_fds", SECRET], close_fds=False)
    # Where it asks the supervisor.
    for close_fds in (True, False):
        subprocess.run(["/bin/sh", "-c", "test -S /dev/stdin"], close_fds=close_fds, check=True)
    subprocess.run(f"echo both {SECRET} >&2", shell=True, stderr=subprocess.STDOUT)
    subprocess.run(["echo", "onto_stderr", SECRET], stdout=sys.stderr)
    # What asks for it still gets it.
    assert subprocess.check_output(["echo", SECRET]) == SECRET.encode() + b"\\n"
    read, write = os.pipe()
    os.waitpid(os.posix_spawn(*sh("echo mine"), os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, write, 1)]), 0)
    assert os.read(read, 100) == b"mine\\n"
    # And so does what has put it there for all that it starts.
    before = os.dup(1)
    os.dup2(write, 1)
    os.system("echo a")
    subprocess.run(["echo", "b"])
    fork("/bin/sh", "sh", "-c", "echo c")
    os.dup2(before, 1)
    assert os.read(read, 100) == b"a\\nb\\nc\\n"
    import pty
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv("/bin/echo", ["echo", "on a terminal"])
    assert os.read(terminal, 100) == b"on a terminal\\r\\n"
    os.waitpid(pid, 0)
    print("returned at", time.time())
`);
  expect(seen.states).toEqual({ tested: 'success' });
  const out = said(seen.logs.tested, 'task.stdout');
  for (const way of [
    'system',
    'posix_spawn',
    'spawnl',
    'fork',
    'spawn',
    'forkserver',
    'close_fds',
    'both',
  ]) {
    expect(out).toContain(`${way} ***`);
  }
  expect(out.filter(line => line === 'fork ***')).toHaveLength(2);
  expect(said(seen.logs.tested, 'task.stderr')).toEqual(
    expect.arrayContaining(['posix_spawnp ***', 'onto_stderr ***']),
  );
  expect(seen.logs.tested).not.toContain('own-secret');
  expect(seen.logs.tested).not.toContain('on a terminal');
  // Airflow's minute is not waited for processes of Python that live as long as the task.
  const returned = Number(/returned at ([\d.]+)/.exec(out.join('\n'))![1]);
  const [, finished] = /"timestamp":"([^"]+)"[^\n]*"Workload finished"/.exec(
    seen.logs.tested,
  )!;
  expect(Date.parse(finished) / 1000 - returned).toBeLessThan(45);
});
