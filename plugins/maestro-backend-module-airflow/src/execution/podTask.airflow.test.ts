import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createLocalExecutor } from '@maestro/plugin-maestro-backend-module-local';
import type { AirflowPods } from '../compile/inPod';
import { insteadOfPods } from './__testUtils__/insteadOfPods';
import { airflowPython, DagRunner } from './__testUtils__/runDag';
import { createAirflowExecutor } from './AirflowExecutor';

/*
 * Tasks in Python that have a pod of their own, with the real Airflow, engine
 * and task API. What makes pods is a stand-in, which runs the same command with
 * the same environment and sources as a process; the suite "airflow-pods" has
 * real ones.
 */

// Each task imports Airflow itself.
jest.setTimeout(240_000);

const HEAD = `
import os, sys, time
from datetime import datetime, timedelta, timezone
from airflow.sdk import DAG, task, Variable, BaseHook, BaseOperator
from airflow.sdk.exceptions import AirflowSkipException
from airflow.providers.standard.sensors.python import PythonSensor
from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
from airflow.triggers.base import StartTriggerArgs
from kubernetes.client import models as k8s

def override(**container):
    return {"pod_override": k8s.V1Pod(spec=k8s.V1PodSpec(containers=[k8s.V1Container(name="base", **container)]))}
`;

function dag(body: string, args = ''): string {
  const lines = body.split('\n').map(line => `    ${line}`);
  return `${HEAD}\nwith DAG("tested", schedule=None, start_date=datetime(2025, 1, 1), default_args={"retry_delay": timedelta(seconds=0.2)}${args}):\n${lines.join(
    '\n',
  )}\n`;
}

let runner: DagRunner;

beforeAll(() => {
  runner = new DagRunner();
});
afterAll(() => runner.remove());

const pods = (pod: Partial<AirflowPods['pod']> = {}): AirflowPods => ({
  pod: { python: airflowPython(), ...pod },
  settings: { image: 'team/airflow:3' },
  queues: new Map(),
});

function run(
  source: string,
  options: Parameters<DagRunner['run']>[1] = {},
  beside: Record<string, string> = {},
  where: AirflowPods = pods(),
) {
  runner.pods = where;
  return runner.run(
    source,
    {
      createExecutor: dir => [
        createAirflowExecutor({
          processes: createLocalExecutor({ dataDir: join(dir, 'airflow') }),
          environments: { default: { python: airflowPython() } },
          homeDir: join(runner.dir, 'home'),
        }),
        insteadOfPods(join(dir, 'pods')),
      ],
      ...options,
    },
    beside,
  );
}

it('hand on XComs, import what is beside them and end as they say', async () => {
  const seen = await run(
    dag(
      `
@task(executor_config=override(env=[k8s.V1EnvVar(name="TIER", value="two")]))
def first():
    from beside import WORD
    assert not any(".maestro-airflow" in os.path.realpath(path) for path in sys.path), sys.path
    print(WORD, os.environ["TIER"], "threshold", Variable.get("threshold"))
    print("key", BaseHook.get_connection("db").password)
    return {"accuracy": 0.91}

@task
def second(m):
    assert m == {"accuracy": 0.91}, m
    raise AirflowSkipException("enough")

def told(context):
    print("told:", context["exception"])

@task(retries=1, on_retry_callback=told)
def again(ti=None):
    if ti.try_number == 1:
        raise ValueError("not yet")

second(first())
again()`,
      ', on_success_callback=lambda context: print("all told:", context["reason"], context["ti"].task_id, Variable.get("threshold"))',
    ),
    {
      variables: { threshold: '0.85' },
      connections: [
        { connId: 'db', connType: 'http', password: 'correct-horse-battery' },
      ],
    },
    { 'beside.py': 'WORD = "hello"\n' },
  );
  expect(seen.states).toEqual({
    first: 'success',
    second: 'skipped',
    again: 'success',
    'dag:on_success_callback': 'success',
  });
  expect(seen.logs['dag:on_success_callback']).toMatch(
    /all told: success (first|again) 0\.85/,
  );
  expect(seen.logs.first).toContain('hello two threshold 0.85');
  expect(seen.logs.first).toContain('key ***');
  expect(seen.logs.first).not.toContain('correct-horse-battery');
  expect(seen.logs.again).toContain('told: not yet');
  // None of them was a process of the executor "airflow".
  expect(forkServers()).toEqual([]);
});

/** Names of files by which fork servers are known. */
function forkServers(): string[] {
  const home = join(runner.dir, 'home', 'default');
  return existsSync(home)
    ? readdirSync(home).filter(name => name.endsWith('.pid'))
    : [];
}

it('wait without a process, and go on in the same try', async () => {
  const tries: number[] = [];
  const waited: string[] = [];
  const ready = join(runner.scratch, 'ready');
  const seen = await run(
    dag(`
class Defers(BaseOperator):
    def execute(self, context):
        self.defer(trigger=TimeDeltaTrigger(timedelta(seconds=1)), method_name="goes_on")

    def goes_on(self, context, event=None):
        print("goes on at", event)

Defers(task_id="deferred")

class Starts(BaseOperator):
    start_from_trigger = True
    start_trigger_args = StartTriggerArgs(
        trigger_cls="airflow.providers.standard.triggers.temporal.DateTimeTrigger",
        trigger_kwargs={"moment": datetime(2025, 1, 1, tzinfo=timezone.utc)}, next_method="goes_on")

    def execute(self, context):
        raise RuntimeError("it was executed")

    def goes_on(self, context, event=None):
        print("goes on at", event)

Starts(task_id="started")

def looks():
    is_ready = os.path.exists(${JSON.stringify(ready)})
    open(${JSON.stringify(ready)}, "w").close()
    return is_ready

PythonSensor(task_id="rescheduled", python_callable=looks, mode="reschedule", poke_interval=0.5)`),
    {
      onTask: ({ taskId, state, tryNumber }) => {
        tries.push(tryNumber);
        if (state === 'deferred' || state === 'up_for_reschedule') {
          waited.push(taskId);
        }
      },
    },
  );
  expect(seen.states).toEqual({
    deferred: 'success',
    rescheduled: 'success',
    started: 'success',
  });
  expect(Math.max(...tries)).toBe(1);
  expect(waited.sort()).toEqual(['deferred', 'rescheduled', 'started']);
  expect(seen.logs.deferred).toContain('goes on at');
  expect(seen.logs.started).toContain('goes on at');
});

it('take the files of the image, and say where these differ from the version', async () => {
  const folder = join(runner.scratch, 'image');
  mkdirSync(folder);
  const source = dag(`
@task
def say():
    from beside import WORD
    print(WORD, "from", os.path.dirname(__file__))

say()`);
  writeFileSync(join(folder, 'beside.py'), 'WORD = "theirs"\n');
  const inImage = () =>
    run(
      source,
      {},
      { 'beside.py': 'WORD = "ours"\n' },
      pods({ dagsInImage: folder }),
    );

  const missing = await inImage();
  expect(missing.states).toEqual({ say: 'failed' });
  expect(missing.logs.say).toMatch(
    /the DAG file dag\.py is not in .*dagsInImage of the source/,
  );

  writeFileSync(join(folder, 'dag.py'), source);
  const same = await inImage();
  expect(same.states).toEqual({ say: 'success' });
  expect(same.logs.say).toContain(`theirs from ${folder}`);
  expect(same.logs.say).not.toContain('is not the DAG file');

  writeFileSync(join(folder, 'dag.py'), `${source}\n# newer\n`);
  const other = await inImage();
  expect(other.states).toEqual({ say: 'success' });
  expect(other.logs.say).toContain('is not the DAG file of this version');
});

describe('say what is wrong with the image', () => {
  const source = dag(`
@task
def say():
    print("it runs")

say()`);

  it.each<[string, () => string, RegExp]>([
    [
      'no such interpreter',
      () => '/opt/none/python',
      /^The task could not be started: the image has no "\/opt\/none\/python".*pythonInImage/m,
    ],
    [
      'no Airflow',
      () => imagePython({ options: '-S' }),
      /has no Airflow\. The image of the tasks needs the packages apache-airflow/,
    ],
    [
      'one that has no task SDK',
      () =>
        imagePython({
          options: '-S',
          packages: { 'apache-airflow': '2.10.5' },
        }),
      /^\[maestro\] the image has Airflow 2\.10\.5, and the DAG file was read by Airflow 3\.[^]*Airflow 2\.10\.5 of the image cannot run tasks \(ModuleNotFoundError: /m,
    ],
  ])('%s', async (_, python, said) => {
    const seen = await run(source, {}, {}, pods({ python: python() }));
    expect(seen.states).toEqual({ say: 'failed' });
    expect(seen.logs.say).toMatch(said);
  });

  it('another version that runs them all the same', async () => {
    const python = imagePython({
      packages: { 'apache-airflow-core': '3.99.0' },
    });
    const seen = await run(source, {}, {}, pods({ python }));
    expect(seen.states).toEqual({ say: 'success' });
    expect(seen.logs.say).toMatch(
      /^\[maestro\] the image has Airflow 3\.99\.0, and the DAG file was read by Airflow 3\.\d+\.\d+:/m,
    );
    expect(seen.logs.say).toContain('it runs');
  });

  it('a module that the DAG file imports', async () => {
    const folder = join(runner.scratch, 'without-module');
    mkdirSync(folder);
    const importing = `import only_here\n${source}`;
    writeFileSync(join(folder, 'dag.py'), importing);
    const seen = await run(
      importing,
      {},
      { 'only_here.py': '' },
      pods({ dagsInImage: folder }),
    );
    expect(seen.states).toEqual({ say: 'failed' });
    expect(seen.logs.say).toContain("No module named 'only_here'");
    // At once: what the image does not have will not come.
    expect(seen.logs.say.match(/Dag not found during start up/g)).toHaveLength(
      1,
    );
  });
});

it('end at once when they are cancelled while Airflow is imported', async () => {
  const importing = join(runner.scratch, 'importing');
  const ran = join(runner.scratch, 'ran');
  const python = imagePython({
    // Airflow imports it early.
    modules: {
      pydantic: `
import os, signal, sys, time
open(${JSON.stringify(importing)}, "w").close()
while signal.SIGTERM not in signal.sigpending():
    time.sleep(0.05)
sys.path.remove(os.path.dirname(os.path.dirname(__file__)))
del sys.modules[__name__]
import pydantic
`,
    },
  });
  const abort = new AbortController();
  const looks = setInterval(() => {
    if (existsSync(importing)) abort.abort();
  }, 50);
  const began = performance.now();
  const graceMs = 150_000;
  const seen = await run(
    dag(`
@task
def runs():
    open(${JSON.stringify(ran)}, "w").close()

runs()`),
    { signal: abort.signal, cancelGraceMs: graceMs },
    {},
    pods({ python }),
  );
  clearInterval(looks);
  expect(seen.state).toBe('failed');
  expect(existsSync(importing)).toBe(true);
  expect(existsSync(ran)).toBe(false);
  // By TERM, which is first: nobody had to kill it.
  expect(performance.now() - began).toBeLessThan(graceMs);
});

it('end by TERM when it came while their task ran, whatever that said', () => {
  const script = `
import os, signal, sys
sys.path.insert(0, ${JSON.stringify(join(__dirname, '../../python'))})
import pod_task
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
pod_task.end_by_term_if_asked()
print("goes on", flush=True)
os.kill(os.getpid(), signal.SIGTERM)
pod_task.end_by_term_if_asked()
print("too far")
`;
  const { stdout, signal } = spawnSync(airflowPython(), ['-c', script], {
    encoding: 'utf8',
  });
  expect([stdout, signal]).toEqual(['goes on\n', 'SIGTERM']);
});

/** An interpreter as an image may have it, with what is found before all else. */
function imagePython({
  options = '',
  packages = {},
  modules = {},
}: {
  options?: string;
  /** Version by name: only that they are installed. */
  packages?: Record<string, string>;
  /** Content by name. */
  modules?: Record<string, string>;
}): string {
  const folder = mkdtempSync(join(runner.scratch, 'image-'));
  for (const [name, version] of Object.entries(packages)) {
    const own = join(
      folder,
      `${name.replaceAll('-', '_')}-${version}.dist-info`,
    );
    mkdirSync(own);
    writeFileSync(
      join(own, 'METADATA'),
      `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
    );
  }
  for (const [name, content] of Object.entries(modules)) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, '__init__.py'), content);
  }
  const file = join(folder, 'python');
  writeFileSync(
    file,
    `#!/bin/sh\nPYTHONPATH=${folder} exec ${airflowPython()} ${options} "$@"\n`,
    { mode: 0o755 },
  );
  return file;
}
