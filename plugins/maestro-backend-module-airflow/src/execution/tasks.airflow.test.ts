import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DagRunner } from './__testUtils__/runDag';

// The first task of a suite waits until Airflow is imported.
jest.setTimeout(240_000);

const HEAD = `
import os, sys, time
from datetime import datetime, timedelta
from airflow.sdk import DAG, task, Variable, Connection, BaseHook
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.sensors.python import PythonSensor
`;

const SOON = 'default_args={"retry_delay": timedelta(seconds=0.2)}';

function dag(body: string, args = ''): string {
  const lines = body.split('\n').map(line => `    ${line}`);
  return `${HEAD}\nwith DAG("tested", schedule=None, start_date=datetime(2025, 1, 1), ${args}):\n${lines.join(
    '\n',
  )}\n`;
}

let runner: DagRunner;

beforeAll(() => {
  runner = new DagRunner({
    'seen_plugin.py': 'import os\nPID = os.getpid()\n',
  });
});
afterAll(() => runner.remove());

describe('tasks of Airflow', () => {
  it('hand on XComs, read variables and render templates', async () => {
    const seen = await runner.run(
      dag(`
@task
def first(x):
    print("threshold", Variable.get("threshold"))
    return {"accuracy": x}

@task
def second(m):
    assert m == {"accuracy": 0.91}, m
    Variable.set("best", str(m["accuracy"]))
    return Variable.get("best")

shell = BashOperator(task_id="shell", bash_command="echo on {{ ds }}: {{ var.value.threshold }}; python -c 'import pydantic'")
shell >> second(first(0.91))`),
      { variables: { threshold: '0.85' } },
    );
    expect(seen).toMatchObject({
      state: 'success',
      states: { shell: 'success', first: 'success', second: 'success' },
    });
    expect(seen.logs.shell).toContain('on 2025-01-01: 0.85');
    expect(seen.logs.first).toContain('threshold 0.85');
    expect(seen.logs.second).toContain('Returned value was: 0.91');
  });

  it('render templates that are files, pinned with the DAG', async () => {
    const seen = await runner.run(
      dag(`
BashOperator.partial(task_id="mapped", bash_command="x.sh").expand(env=[{"N": "1"}, {"N": "2"}])
BashOperator(task_id="includes", bash_command="{% include 'lib/head.j2' %} of it")`),
      {},
      {
        'x.sh': '{% include "lib/y.sh" %} $N on {{ ds }}\n',
        'lib/y.sh': 'echo item',
        'lib/head.j2': 'echo head',
      },
    );
    expect(seen).toMatchObject({ state: 'success' });
    expect(seen.logs['mapped[0]']).toContain('item 1 on 2025-01-01');
    expect(seen.logs['mapped[1]']).toContain('item 2 on 2025-01-01');
    expect(seen.logs.includes).toContain('head of it');
  });

  it('run once for each item of a mapped group, each with what its own index hands on', async () => {
    const seen = await runner.run(
      dag(`
from airflow.sdk import task_group

@task
def numbers():
    return [1, 2, 3]

@task
def twice(n):
    return n * 2

@task.branch
def which(n):
    return "each.odd" if n % 2 else "each.even"

@task
def odd(n, m):
    print(f"odd {n} {m}")

@task
def end(n, m):
    print(f"end {n} {m}")
    if n == 3:
        raise AirflowFailException("three")
    return m + 1

@task_group
def each(n):
    m = twice(n)
    side = which(n)
    side >> [odd(n, m), EmptyOperator(task_id="even")]
    last = end.override(trigger_rule="none_failed_min_one_success")(n, m)
    m >> last
    return last

@task(trigger_rule="all_done")
def total(values):
    print("total", list(values))

total(each.expand(n=numbers()))`),
    );
    const { states } = seen;
    expect(
      [0, 1, 2].map(i =>
        ['odd', 'even', 'end'].map(id => states[`each.${id}[${i}]`]),
      ),
    ).toEqual([
      ['success', 'skipped', 'success'],
      ['skipped', 'success', 'success'],
      ['success', 'skipped', 'failed'],
    ]);
    expect(states).toMatchObject({ 'each.end': 'failed', total: 'success' });
    expect(seen.logs['each.odd[0]']).toContain('odd 1 2');
    expect(seen.logs['each.odd[1]']).toBeUndefined();
    expect(seen.logs['each.odd[2]']).toContain('odd 3 6');
    expect(seen.logs['each.end[1]']).toContain('end 2 4');
    expect(seen.logs.total).toContain('total [3, 5]');
  });

  it('are retried, fail for good, or skip themselves as they say', async () => {
    const seen = await runner.run(
      dag(
        `
@task(retries=2)
def flaky(ti=None):
    if ti.try_number < 3:
        raise ValueError("not yet")
    return ti.try_number

@task(retries=2)
def hopeless():
    raise AirflowFailException("no retry helps")

@task
def nothing():
    raise AirflowSkipException("nothing to do")

@task(trigger_rule="one_failed")
def clean_up():
    print("cleaning up")

flaky()
hopeless() >> clean_up()
nothing() >> EmptyOperator(task_id="below")`,
        SOON,
      ),
    );
    expect(seen.states).toEqual({
      flaky: 'success',
      hopeless: 'failed',
      clean_up: 'success',
      nothing: 'skipped',
      below: 'skipped',
    });
    expect(seen.logs.flaky.match(/not yet/g)!.length).toBeGreaterThan(1);
    expect(seen.logs.hopeless.match(/"no retry helps"/g)).toHaveLength(1);
    expect(seen.reasons.hopeless).toMatch(/no retry helps/);
  });

  it('branch, and cut off what is below', async () => {
    const seen = await runner.run(
      dag(`
@task.branch
def choose():
    return "right"

@task.short_circuit
def circuit():
    return False

choose() >> [EmptyOperator(task_id="right"), EmptyOperator(task_id="wrong")] >> EmptyOperator(
    task_id="join", trigger_rule="none_failed_min_one_success")
circuit() >> EmptyOperator(task_id="cut") >> EmptyOperator(task_id="cut_too", trigger_rule="all_done")`),
    );
    expect(seen).toMatchObject({
      state: 'success',
      states: {
        choose: 'success',
        right: 'success',
        wrong: 'skipped',
        join: 'success',
        circuit: 'success',
        cut: 'skipped',
        cut_too: 'skipped',
      },
    });
    expect(seen.reasons.wrong).toBe('"choose" did not follow it');
  });

  it('look again later without a process, and wait for a trigger', async () => {
    const count = join(runner.scratch, 'looks');
    const changes: string[] = [];
    const seen = await runner.run(
      dag(`
def looks():
    path = ${JSON.stringify(count)}
    n = len(open(path).read()) + 1 if os.path.exists(path) else 1
    open(path, "a").write("x")
    return n == 3

from airflow.providers.standard.sensors.time_delta import TimeDeltaSensorAsync
PythonSensor(task_id="sensor", python_callable=looks, mode="reschedule", poke_interval=1, timeout=60)
TimeDeltaSensorAsync(task_id="deferred", delta=timedelta(seconds=1))`),
      {
        onTask: ({ taskId, state, tryNumber }) => {
          if (taskId === 'sensor') changes.push(`${state} ${tryNumber}`);
        },
      },
    );
    expect(seen.states).toEqual({ sensor: 'success', deferred: 'success' });
    expect(readFileSync(count, 'utf8')).toBe('xxx');
    expect(changes.filter(c => c === 'up_for_reschedule 1')).toHaveLength(2);
    expect(changes[changes.length - 1]).toBe('success 1');
  });

  it('are expanded over what others hand on', async () => {
    const seen = await runner.run(
      dag(`
@task
def numbers():
    return [1, 2, 3]

@task
def add(x, y):
    return x + y

@task
def total(values):
    return sum(values)

n = numbers()
a = add.partial(y=10).expand(x=n)
total(a)
total.override(task_id="twice")(add.override(task_id="again").expand(x=a, y=[0, 100]))
@task
def nobody():
    return []
add.override(task_id="none").partial(y=1).expand(x=nobody())`),
    );
    expect(seen).toMatchObject({
      state: 'success',
      states: {
        'add[2]': 'success',
        'again[5]': 'success',
        none: 'skipped',
        total: 'success',
      },
    });
    expect(seen.logs.total).toContain('Returned value was: 36');
    expect(seen.logs.twice).toContain('Returned value was: 372');
  });

  it('see nothing of one another', async () => {
    const seen = await runner.run(
      dag(`
@task
def spoil():
    import json, signal
    os.environ["LEFT_BEHIND"] = "yes"
    sys.modules["left_behind"] = json
    json.left_behind = True
    sys.path.insert(0, "/left_behind")
    os.umask(0o777)
    os.chdir("/")
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    global LEFT
    LEFT = os.open("/dev/null", os.O_RDONLY)

@task
def look():
    import json, signal
    assert "LEFT_BEHIND" not in os.environ
    assert "left_behind" not in sys.modules
    # What a team writes is run by tasks, and not by what they are forks of.
    assert sys.modules["seen_plugin"].PID == os.getpid()
    assert not hasattr(json, "left_behind")
    assert "/left_behind" not in sys.path
    assert os.getcwd() != "/"
    assert os.umask(0o022) != 0o777
    assert signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL
    own = {os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{fd}")}
    others = [name for name in own if "attempts" in name and os.environ["MAESTRO_ATTEMPT_ID"] not in name]
    assert not others, others
    assert not [p for p in sys.path if p.endswith("module-airflow/python")], sys.path

spoil() >> look()`),
    );
    expect(seen.logs.look).toContain('Returned value was: None');
    expect(seen.states).toEqual({ spoil: 'success', look: 'success' });
  });

  it('show no secret of a connection', async () => {
    const seen = await runner.run(
      dag(`
@task
def leak():
    c = BaseHook.get_connection("db")
    assert c.password == "correct-horse-battery", c.password
    os.write(2, ("raw " + c.password + chr(10)).encode())
    print("printed", c.password, c.get_uri())
    return {"uri": c.get_uri(), "host": c.host}

@task
def use(given):
    assert "correct-horse-battery" in given["uri"]
    # What it got by XCom alone is hidden as well.
    os.write(2, ("echo " + given["uri"] + chr(10)).encode())
    print("printed", given)
    return given["uri"]

use(leak())
BashOperator(task_id="shell", bash_command="echo {{ conn.db.password }} | rev | rev")`),
      {
        connections: [
          {
            connId: 'db',
            connType: 'postgres',
            host: 'db.example',
            login: 'me',
            password: 'correct-horse-battery',
          },
        ],
      },
    );
    expect(seen.state).toBe('success');
    expect(seen.logs.leak).toContain('raw ***');
    expect(seen.logs.use).toMatch(/echo .*\*\*\*/);
    expect(Object.values(seen.logs).join('')).not.toContain('correct-horse');
  });

  it('are really dead when their run is cancelled', async () => {
    const pids = join(runner.scratch, 'pids');
    const abort = new AbortController();
    const seen = await runner.run(
      dag(`
@task
def stubborn():
    import signal, subprocess
    child = subprocess.Popen(["sleep", "600"], start_new_session=True)
    open(${JSON.stringify(pids)}, "w").write(f"{os.getpid()} {child.pid}")
    while True:
        time.sleep(1)

stubborn()`),
      {
        cancelGraceMs: 500,
        signal: abort.signal,
        onLog: () => {
          if (existsSync(pids)) abort.abort();
        },
      },
    );
    expect(seen).toMatchObject({ state: 'failed' });
    const alive = readFileSync(pids, 'utf8')
      .split(' ')
      .filter(pid => existsSync(`/proc/${pid}`) && !isZombie(pid));
    expect(alive).toEqual([]);
  });

  it('log what they and their subprocesses print, without what they hide', async () => {
    const seen = await runner.run(
      dag(`
import logging, subprocess, threading
from airflow.sdk.log import mask_secret

@task
def speak():
    mask_secret("own-secret-of-the-task")
    print("printed own-secret-of-the-task")
    print("to the", "error stream", file=sys.stderr)
    sys.stdout.write("no end of line")
    logging.getLogger("mine").warning("logged own-secret-of-the-task")
    subprocess.run("echo inherited own-secret-of-the-task; echo wrong >&2", shell=True, check=True)
    threads = [threading.Thread(target=print, args=(f"thread {n}",)) for n in range(3)]
    [t.start() for t in threads]
    [t.join() for t in threads]

speak()`),
    );
    expect(seen.states).toEqual({ speak: 'success' });
    const lines = seen.logs.speak
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    const said = (logger: string) =>
      lines.filter(line => line.logger === logger).map(line => line.event);
    expect(said('task.stdout')).toEqual(
      expect.arrayContaining([
        'printed ***',
        'no end of linethread 0',
        'inherited ***',
        'thread 1',
        'thread 2',
      ]),
    );
    expect(said('task.stderr')).toEqual(
      expect.arrayContaining(['to the error stream', 'wrong']),
    );
    expect(said('mine')).toEqual(['logged ***']);
    expect(seen.logs.speak).not.toContain('own-secret');
  });

  it('ask for variables in threads, forks and a Python of their own', async () => {
    const seen = await runner.run(
      dag(`
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from airflow.providers.standard.operators.python import ExternalPythonOperator

def read(n):
    return Variable.get("threshold") + str(n)

@task
def threads():
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(read, range(12))) == ["0.85" + str(n) for n in range(12)]

@task
def forks():
    # A pool of multiprocessing ends its processes by TERM, which Airflow takes.
    with ProcessPoolExecutor(3, multiprocessing.get_context("fork")) as pool:
        assert list(pool.map(read, range(12))) == ["0.85" + str(n) for n in range(12)]
    return Variable.get("threshold")

def elsewhere():
    from airflow.sdk import Variable
    print("asked elsewhere")
    return Variable.get("threshold")

threads()
forks()
ExternalPythonOperator(task_id="external", python=sys.executable, python_callable=elsewhere, expect_airflow=True)`),
      { variables: { threshold: '0.85' } },
    );
    expect(seen.states).toEqual({
      threads: 'success',
      forks: 'success',
      external: 'success',
    });
    expect(seen.logs.external).toContain('asked elsewhere');
    expect(seen.logs.external).toContain('Returned value was: 0.85');
  });

  it('fail when they leave without a word, and are ended when they stay after it', async () => {
    const seen = await runner.run(
      dag(
        `
@task(retries=1)
def leaves():
    os._exit(0)

@task
def crashes():
    os.abort()

@task(on_success_callback=lambda context: time.sleep(600))
def stays():
    from airflow.sdk.execution_time import supervisor
    supervisor.TASK_OVERTIME_THRESHOLD = 0.2

@task(run_as_user="nobody")
def other():
    pass

leaves(); crashes(); stays(); other()`,
        SOON,
      ),
    );
    expect(seen.states).toEqual({
      leaves: 'failed',
      crashes: 'failed',
      stays: 'success',
      other: 'failed',
    });
    expect(seen.logs.crashes).toContain('ended by signal 6');
    expect(seen.logs.stays).toContain('Task success overtime reached');
    expect(seen.logs.other).toContain('run_as_user= and');
  });

  it('go on when the fork server is killed, and the next one gets a new one', async () => {
    const seen = await runner.run(
      dag(`
import signal

@task
def kill():
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(0.5)
    return "alive"

@task
def after(x):
    return x

after(kill())`),
    );
    expect(seen.states).toEqual({ kill: 'success', after: 'success' });
  });

  it('go on while their scheduler is replaced', async () => {
    const began = join(runner.scratch, 'began');
    const over = join(runner.scratch, 'over');
    const start = await runner.schedulers(
      dag(`
@task
def long():
    open(${JSON.stringify(began)}, "w").close()
    time.sleep(4)
    return "handed on"

@task
def after(x):
    open(${JSON.stringify(over)}, "w").write(x)

after(long())`),
    );
    const first = await start();
    await first.trigger('tested', 'once');
    await until(() => existsSync(began));
    await first.stop();
    const second = await start();
    try {
      await until(() => existsSync(over) && readFileSync(over).length > 0);
      expect(readFileSync(over, 'utf8')).toBe('handed on');
      // It has to say that it is over: without anybody to hear it, it would wait.
      await until(() => markedBelow(runner.dir).length === 0);
    } finally {
      await second.stop();
    }
  });

  it('leave no process behind', async () => {
    // The last one may be on its way out.
    await until(() => markedBelow(runner.dir).length === 0);
    expect(markedBelow(runner.dir)).toEqual([]);
  });
});

async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 1_200 && !isSo(); i++) await setTimeout(100);
  expect(isSo()).toBe(true);
}

/** Processes of attempts whose files are in a folder. */
function markedBelow(dir: string): string[] {
  return readdirSync('/proc').filter(pid => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const environ = readFileSync(`/proc/${pid}/environ`, 'latin1');
      return environ.includes('MAESTRO_ATTEMPT_ID=') && environ.includes(dir);
    } catch {
      // Gone meanwhile.
      return false;
    }
  });
}

function isZombie(pid: string): boolean {
  try {
    return / [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return true;
  }
}
