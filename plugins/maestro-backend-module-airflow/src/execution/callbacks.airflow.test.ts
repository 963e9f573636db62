/* Which callbacks of tasks and of their DAG are called, and what they see. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { airflowPython, DagRunner } from './__testUtils__/runDag';

// The first task of a suite waits until Airflow is imported.
jest.setTimeout(240_000);

let runner: DagRunner;

beforeAll(() => {
  runner = new DagRunner();
});
afterAll(() => runner.remove());

/** What callbacks have written, in a file of each DAG. */
const written = (name: string) => {
  const file = join(runner.scratch, name);
  return existsSync(file)
    ? readFileSync(file, 'utf8').trim().split('\n').sort()
    : [];
};

const dag = (name: string, body: string) => `
import os, signal, time
from datetime import datetime, timedelta
from airflow.sdk import DAG, Variable, task
from airflow.sdk.exceptions import AirflowSkipException

def tells(kind):
    def tell(context):
        ti = context["ti"]
        with open("${join(runner.scratch, name)}", "a") as file:
            file.write(f"{ti.task_id} try {ti.try_number}: {kind}, {context.get('exception')!r:.90}, {Variable.get('who')}\\n")
    return tell

ALL = {f"on_{kind}_callback": tells(kind) for kind in ("success", "failure", "retry", "skipped")}

with DAG("tested", schedule=None, default_args={"retry_delay": timedelta(seconds=0.2), **ALL}):
${body
  .split('\n')
  .map(line => `    ${line}`)
  .join('\n')}
`;

const run = (name: string, body: string) =>
  runner.run(dag(name, body), { variables: { who: 'team' } });

it('a task calls them when it has ended', async () => {
  const { states } = await run(
    'ended',
    `
@task
def works():
    pass

@task(retries=1)
def fails():
    raise ValueError("no")

@task
def skips():
    raise AirflowSkipException("nothing")

@task(execution_timeout=timedelta(seconds=1))
def takes_too_long():
    time.sleep(60)

works(), fails(), skips(), takes_too_long()`,
  );
  expect(states).toEqual({
    works: 'success',
    fails: 'failed',
    skips: 'skipped',
    takes_too_long: 'failed',
  });
  expect(written('ended')).toEqual([
    "fails try 1: retry, ValueError('no'), team",
    "fails try 2: failure, ValueError('no'), team",
    expect.stringMatching(/^skips try 1: skipped, /),
    expect.stringMatching(
      /^takes_too_long try 1: failure, AirflowTaskTimeout\(/,
    ),
    'works try 1: success, None, team',
  ]);
});

it('one that fails changes nothing, and the others are called', async () => {
  const seen = await run(
    'broken',
    `
def raises(context):
    raise RuntimeError("the callback is broken")

@task(on_failure_callback=[raises, ALL["on_failure_callback"]])
def one():
    raise ValueError("no")

one()`,
  );
  expect(seen.states).toEqual({ one: 'failed' });
  expect(seen.logs.one).toContain('the callback is broken');
  expect(written('broken')).toEqual([
    "one try 1: failure, ValueError('no'), team",
  ]);
});

it('none is called when the process of the task is killed', async () => {
  const { states } = await run(
    'killed',
    `
@task
def killed():
    os.kill(os.getpid(), signal.SIGKILL)

killed()`,
  );
  expect(states).toEqual({ killed: 'failed' });
  expect(written('killed')).toEqual([]);
});

it('none is called when the task is cancelled', async () => {
  const abort = new AbortController();
  const { states } = await runner.run(
    dag(
      'cancelled',
      `
@task
def waits():
    print("it waits", flush=True)
    time.sleep(600)

waits()`,
    ),
    {
      variables: { who: 'team' },
      signal: abort.signal,
      onLog: ({ bytes }) => {
        if (bytes.includes('it waits')) abort.abort();
      },
    },
  );
  expect(states).toEqual({ waits: 'failed' });
  expect(written('cancelled')).toEqual([]);
});

/** Calls the callback of a DAG as the DAG processor does. */
const BY_AIRFLOW = `
import json, sys, uuid
from datetime import datetime, timezone
import structlog
from airflow.api_fastapi.execution_api.datamodels.taskinstance import DagRun, TaskInstance
from airflow.callbacks.callback_requests import DagCallbackRequest, DagRunContext
from airflow.dag_processing.dagbag import DagBag
from airflow.dag_processing.processor import _execute_dag_callbacks

folder, asked = sys.argv[1], json.loads(sys.argv[2])
at = datetime(2025, 1, 1, tzinfo=timezone.utc)
task_id, map_index, try_number = asked["last"]
request = DagCallbackRequest(
    filepath="dag.py", dag_id="tested", run_id=asked["run"], bundle_name="b",
    bundle_version=None, is_failure_callback=True, msg="task_failure",
    context_from_server=DagRunContext(
        dag_run=DagRun(
            dag_id="tested", run_id=asked["run"], logical_date=at,
            data_interval_start=at, data_interval_end=at, run_after=at, start_date=at,
            end_date=at, run_type=asked["type"], state="failed", conf={"p": 2},
            consumed_asset_events=[], partition_key=None,
        ),
        last_ti=TaskInstance(
            id=uuid.uuid4(), task_id=task_id, dag_id="tested", run_id=asked["run"],
            try_number=try_number, dag_version_id=uuid.uuid4(), map_index=map_index,
        ),
    ),
)
bag = DagBag(dag_folder=folder, bundle_name="b")
_execute_dag_callbacks(bag, request, structlog.get_logger())
`;

describe('those of a DAG', () => {
  /** What one of the DAG has written of its context, in order. */
  const told = (name: string) => {
    const file = join(runner.scratch, name);
    return existsSync(file)
      ? readFileSync(file, 'utf8')
          .trim()
          .split('\n')
          .map(line => JSON.parse(line))
      : [];
  };
  const ofDag = (name: string, args: string, body: string) => `
import json, os, time
from datetime import datetime, timedelta
from functools import partial
from airflow.sdk import DAG, Variable, task

def tell(context):
    ti = context.get("ti")
    told = {
        "keys": sorted(context),
        "reason": context["reason"],
        "run": context["run_id"],
        "dag": context["dag"].dag_id,
        "task": ti and [ti.task_id, ti.map_index, ti.try_number],
    }
    if ti:
        run = context["dag_run"]
        told.update({
            "state": str(run.state),
            "type": f"{run.run_type}",
            "conf": run.conf,
            "ended": run.end_date is not None,
            "params": dict(context["params"]),
            "texts": [str(context.get(key)) for key in (
                "ds", "ts", "ts_nodash", "logical_date", "data_interval_start",
                "data_interval_end", "task_instance_key_str", "task_reschedule_count",
            )],
        })
    with open(os.environ.get("TELL_TO", "${join(
      runner.scratch,
      name,
    )}"), "a") as file:
        file.write(json.dumps(told) + "\\n")

def asks(context):
    print("it asks", Variable.get("who"), context["ti"].xcom_pull(task_ids="hands_on"))

def notifies(context, token):
    print("it notifies", len(token))

class Pager:
    token = "xoxb-2"

    def __call__(self, context):
        print("it pages")

    def __repr__(self):
        return f"Pager({self.token})"

def raises(context):
    raise RuntimeError("the callback is broken")

def hangs(context):
    print("it hangs", flush=True)
    time.sleep(600)

with DAG("tested", schedule=None, params={"p": 1}, ${args}):
${body
  .split('\n')
  .map(line => `    ${line}`)
  .join('\n')}
`;
  const variables = { who: 'the team' };

  it('are called with how it ended, each, whatever the one before does', async () => {
    const seen = await runner.run(
      ofDag(
        'good',
        'on_success_callback=[raises, partial(partial(notifies), token="xoxb-1"), partial(Pager()), asks, tell], on_failure_callback=tell, default_args={"on_failure_callback": tell}',
        `
@task
def hands_on():
    return "handed on"

hands_on()`,
      ),
      { variables },
    );
    expect(seen.state).toBe('success');
    expect(seen.states).toEqual({
      hands_on: 'success',
      'dag:on_success_callback': 'failed',
      'dag:on_failure_callback': 'skipped',
    });
    const log = seen.logs['dag:on_success_callback'];
    expect(log).toContain('the callback is broken');
    expect(log).toContain('RuntimeError');
    expect(log).toContain('it asks the team handed on');
    // What it is called, and nothing that it is called with.
    expect(log).toContain('notifies');
    expect(log).toContain('it notifies 6');
    expect(log).toContain('Pager');
    expect(log).toContain('it pages');
    expect(log).not.toContain('xoxb-');
    expect(told('good')).toEqual([
      expect.objectContaining({
        reason: 'success',
        task: ['hands_on', -1, 1],
        state: 'success',
        ended: true,
      }),
    ]);
  });

  it('one that hangs is ended, and the run is what it was', async () => {
    const source = ofDag(
      'hanging',
      'on_success_callback=[hangs, tell]',
      `
@task
def works():
    pass

works()`,
    );
    const { definition } = await runner.read(source);
    // Enough to begin with, on a busy machine.
    definition.tasks.at(-1)!.timeoutMs = 40_000;
    const seen = await runner.run(source, { variables, definition });
    expect(seen.state).toBe('success');
    expect(seen.states['dag:on_success_callback']).toBe('failed');
    expect(seen.logs['dag:on_success_callback']).toContain('it hangs');
    expect(told('hanging')).toEqual([]);
  });

  it('are called when the time of a run is over', async () => {
    const seen = await runner.run(
      ofDag(
        'late',
        'on_failure_callback=tell, dagrun_timeout=timedelta(seconds=8)',
        `
@task
def takes_too_long():
    time.sleep(600)

@task
def behind():
    pass

takes_too_long() >> behind()`,
      ),
      { variables, cancelGraceMs: 500 },
    );
    expect(seen.state).toBe('failed');
    expect(told('late')).toEqual([
      expect.objectContaining({
        reason: 'timed_out',
        task: ['takes_too_long', -1, 1],
        state: 'failed',
      }),
    ]);
  });

  it('have the context that the DAG processor of Airflow gives them', async () => {
    const source = ofDag(
      'same',
      'on_failure_callback=tell',
      `
@task
def fails(n):
    raise ValueError("no")

fails.expand(n=[1, 2])`,
    );
    const { state } = await runner.run(source, {
      variables,
      params: { p: 2 },
    });
    expect(state).toBe('failed');
    const [own] = told('same');
    expect(own).toMatchObject({ reason: 'task_failure', state: 'failed' });

    const folder = join(runner.scratch, 'beside-airflow');
    mkdirSync(folder);
    writeFileSync(join(folder, 'dag.py'), source);
    const asked = { run: own.run, type: own.type, last: own.task };
    const { status, stderr } = spawnSync(
      airflowPython(),
      ['-c', BY_AIRFLOW, folder, JSON.stringify(asked)],
      {
        encoding: 'utf8',
        env: {
          ...process.env,
          AIRFLOW_HOME: join(folder, 'home'),
          TELL_TO: join(runner.scratch, 'airflow'),
        },
      },
    );
    expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
    expect(told('airflow')).toEqual([own]);
  });
});
