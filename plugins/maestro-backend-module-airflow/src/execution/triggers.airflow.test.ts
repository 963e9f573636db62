/* Triggers of deferred tasks, in their own process, with Airflow itself. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AirflowTriggers } from './AirflowTriggers';
import { DagRunner, type DagRunSeen } from './__testUtils__/runDag';

jest.setTimeout(300_000);

/** What the folder of plugins has: its triggers are not pinned with a DAG. */
const PROBE = `
import asyncio, os, time
from airflow.sdk import BaseHook, BaseOperator
from airflow.triggers.base import BaseTrigger, TaskSuccessEvent, TriggerEvent

class Probe(BaseTrigger):
    def __init__(self, how, path):
        super().__init__()
        self.how, self.path = how, path

    def serialize(self):
        return ("probe.Probe", {"how": self.how, "path": self.path})

    def write(self, text):
        with open(self.path, "a") as file:
            file.write(text + "\\n")

    async def run(self):
        self.write(f"runs in {os.getpid()}")
        print("printed by the trigger")
        if self.how == "waits":
            while not os.path.exists(self.path + ".go"):
                await asyncio.sleep(0.1)
        if self.how == "fails":
            raise ValueError("the trigger has had enough")
        if self.how == "nan":
            yield TriggerEvent({"loss": float("nan")})
        if self.how == "ends with inf":
            yield TaskSuccessEvent(xcoms={"loss": float("inf")})
        if self.how == "ends with much":
            yield TaskSuccessEvent(xcoms={"much": "x" * 2**20})
        if self.how == "ends with a key":
            yield TaskSuccessEvent(xcoms={"x" * 257: 1})
        if self.how == "cancels itself":
            other = asyncio.create_task(asyncio.sleep(600))
            other.cancel()
            await other
        if self.how == "ends":
            yield TaskSuccessEvent(xcoms={"found": 3})
        if self.how == "blocks" and not os.path.exists(self.path + ".go"):
            time.sleep(600)
        if self.how == "asks":
            connection = BaseHook.get_connection("db")
            self.log.info("the password is %s", connection.password)
            yield TriggerEvent({"password": connection.password})
        yield TriggerEvent("came")

    async def on_kill(self):
        self.write("on_kill")

    async def cleanup(self):
        self.write("cleanup")

class Waits(BaseOperator):
    def __init__(self, how, path, **more):
        super().__init__(**more)
        self.how, self.path = how, path

    def execute(self, context):
        context["ti"].xcom_push("before", 1)
        print("execute in", os.getpid())
        self.defer(trigger=Probe(self.how, self.path), method_name="went_on", kwargs={"more": "x"})

    def went_on(self, context, event, more):
        print("went on with", event, more)
        return [event, more]
`;

const dag = (body: string) => `
from datetime import datetime, timedelta
from airflow.sdk import DAG, task
from probe import Waits

with DAG("waits", start_date=datetime(2025, 1, 1), schedule=None):
${body
  .trim()
  .split('\n')
  .map(line => `    ${line}`)
  .join('\n')}
`;

let runner: DagRunner;
beforeAll(() => {
  runner = new DagRunner({ 'probe.py': PROBE });
});
afterAll(() => runner.remove());

const pathOf = (name: string) => join(runner.scratch, name);
const linesOf = (name: string) =>
  existsSync(pathOf(name))
    ? readFileSync(pathOf(name), 'utf8').trim().split('\n')
    : [];
const waits = (name: string) =>
  dag(`Waits(task_id="a", how="waits", path=${JSON.stringify(pathOf(name))})`);

async function until(look: () => boolean): Promise<void> {
  for (let i = 0; i < 2_400 && !look(); i++) {
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  expect(look()).toBe(true);
}

describe('a trigger', () => {
  /** A task for each way that a trigger behaves, in one run: one process of triggers. */
  let together: DagRunSeen;
  const changes: string[] = [];
  beforeAll(async () => {
    const ways = [
      'fires',
      'fails',
      'nan',
      'ends with inf',
      'ends with much',
      'ends with a key',
      'cancels itself',
      'ends',
      'asks',
    ];
    const folder = join(runner.scratch, 'ways');
    mkdirSync(folder);
    together = await runner.run(
      dag(`
from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger

@task
def look(name, ti=None):
    print("handed on:", {key: ti.xcom_pull(task_ids=name, key=key) for key in ("before", "found", "return_value")})

for how in ${JSON.stringify(ways)}:
    name = how.replace(" ", "_")
    Waits(task_id=name, how=how, path=f"${folder}/{name}") >> look.override(task_id=f"after_{name}")(name)

class Late(Waits):
    def execute(self, context):
        self.defer(trigger=TimeDeltaTrigger(timedelta(hours=1)), method_name="went_on", timeout=timedelta(seconds=1))

Late(task_id="late", how="", path="")`),
      {
        connections: [
          {
            connId: 'db',
            connType: 'generic',
            password: 'horse-battery-staple',
          },
        ],
        onTask: ({ taskId, state, tryNumber }) => {
          if (taskId === 'fires') changes.push(`${state} ${tryNumber}`);
        },
      },
    );
  });

  it('runs in another process than its task, and writes into its log', () => {
    expect(together.states).toMatchObject({
      fires: 'success',
      after_fires: 'success',
    });
    expect(changes).toContain('deferred 1');
    expect(changes.at(-1)).toBe('success 1');
    const written = linesOf('ways/fires');
    const [, pid] = /runs in (\d+)/.exec(written[0])!;
    expect(Number(pid)).not.toBe(
      Number(/execute in (\d+)/.exec(together.logs.fires)![1]),
    );
    expect(written.at(-1)).toBe('cleanup');
    for (const text of [
      'printed by the trigger',
      'Waiting for a trigger',
      'went on with came x',
    ]) {
      expect(together.logs.fires).toContain(text);
    }
    // What it has handed on before it waited stays.
    expect(together.logs.after_fires).toContain("'before': 1");
    expect(together.logs.after_fires).toContain("['came', 'x']");
  });

  it('that fails, or takes too long, fails its task', () => {
    expect(together.states).toMatchObject({
      fails: 'failed',
      after_fails: 'upstream_failed',
      late: 'failed',
    });
    expect(together.logs.fails).toContain('the trigger has had enough');
    expect(together.logs.fails).toContain('TaskDeferralError');
    expect(together.logs.late).toContain('TaskDeferralTimeout');
  });

  it.each([
    ['hands on what is no JSON', 'nan', 'not JSON compliant'],
    ['ends its task with what is no JSON', 'ends_with_inf', 'JSON compliant'],
    ['ends its task with too much', 'ends_with_much', 'at most 1048576'],
    ['ends its task with a wrong key', 'ends_with_a_key', 'no key of an XCom'],
    ['is cancelled by what it waits for', 'cancels_itself', 'CancelledError'],
  ])('that %s fails its task at once', (_what, name, why) => {
    expect(together.states[name]).toBe('failed');
    expect(together.logs[name]).toContain(why);
  });

  it('can end its task without another process', () => {
    expect(together.states.ends).toBe('success');
    expect(together.logs.ends).not.toContain('went on');
    expect(together.logs.after_ends).toContain("'before': 1, 'found': 3");
  });

  it('asks for connections as its task, and shows no secret', () => {
    expect(together.states.asks).toBe('success');
    expect(together.logs.asks).toContain('the password is ***');
    expect(together.logs.asks).toContain('went on with');
    expect(Object.values(together.logs).join()).not.toContain('horse-battery');
  });

  it('is run again when its process is killed', async () => {
    const running = runner.run(waits('killed'));
    await until(() => linesOf('killed').length > 0);
    process.kill(runner.executor!.triggers.pids!().default!, 'SIGKILL');
    await until(
      () => linesOf('killed').filter(l => l.startsWith('runs')).length === 2,
    );
    writeFileSync(pathOf('killed.go'), '');
    expect((await running).states.a).toBe('success');
    const pids = linesOf('killed').filter(line => line.startsWith('runs'));
    expect(new Set(pids).size).toBe(2);
    expect(linesOf('killed')).not.toContain('on_kill');
  });

  it('is told when its task is ended', async () => {
    const abort = new AbortController();
    const running = runner.run(waits('cancelled'), {
      signal: abort.signal,
    });
    await until(() => linesOf('cancelled').length > 0);
    abort.abort();
    expect((await running).states.a).toBe('skipped');
    await until(() => linesOf('cancelled').at(-1) === 'cleanup');
    expect(linesOf('cancelled')).toContain('on_kill');
  });

  it('is run again by a new process when its Python environment has changed', async () => {
    const running = runner.run(waits('changed'));
    await until(() => linesOf('changed').length > 0);
    runner.changePlugin('probe.py', `${PROBE}\n# changed\n`);
    const began = () =>
      linesOf('changed').filter(line => line.startsWith('runs'));
    await until(() => began().length === 2);
    writeFileSync(pathOf('changed.go'), '');
    expect((await running).states.a).toBe('success');
    expect(new Set(began()).size).toBe(2);
  });

  it('that was stopped is started again, also while it is still ending', async () => {
    const start = jest.spyOn(AirflowTriggers.prototype, 'start');
    const running = runner.run(waits('stopped'));
    await until(() => linesOf('stopped').length > 0);
    const [trigger] = start.mock.calls[0];
    start.mockRestore();
    const { triggers } = runner.executor!;
    triggers.stop(trigger.id, { killed: false });
    triggers.start(trigger);
    const began = () =>
      linesOf('stopped').filter(line => line.startsWith('runs'));
    await until(() => began().length === 2);
    writeFileSync(pathOf('stopped.go'), '');
    expect((await running).states.a).toBe('success');
    expect(new Set(began()).size).toBe(1);
  });

  it('that blocks all others is named, and fails alone', async () => {
    runner.triggerLimits = { blockedSeconds: 8 };
    const seen = await runner.run(
      dag(`
Waits(task_id="blocks", how="blocks", path=${JSON.stringify(pathOf('blocks'))})
Waits(task_id="other", how="fires", path=${JSON.stringify(pathOf('other'))})`),
    );
    runner.triggerLimits = {};
    expect(seen.states).toEqual({ blocks: 'failed', other: 'success' });
    expect(seen.logs.blocks).toContain('keeps all others');
    expect(seen.logs.blocks).toContain('time.sleep(600)');
  });

  it('is not needed to ask people: who waits for an answer runs nothing', async () => {
    const asked: string[] = [];
    const seen = await runner.run(
      `
from datetime import datetime, timedelta
from airflow.sdk import DAG, task
from airflow.providers.standard.operators.hitl import HITLBranchOperator, HITLEntryOperator, HITLOperator
from airflow.providers.standard.operators.empty import EmptyOperator

with DAG("asks", start_date=datetime(2025, 1, 1), schedule=None):
    entry = HITLEntryOperator(task_id="entry", subject="How many?", params={"n": 3},
        defaults="OK", response_timeout=timedelta(seconds=1))

    @task
    def look(answer):
        print("answered:", answer["chosen_options"], answer["params_input"])

    branch = HITLBranchOperator(task_id="branch", subject="Which way?", options=["left", "right"],
        defaults=["right"], response_timeout=timedelta(seconds=1))
    look(entry.output) >> branch >> [EmptyOperator(task_id="left"), EmptyOperator(task_id="right")]
    HITLOperator(task_id="late", subject="Anybody?", options=["yes", "no"], response_timeout=timedelta(seconds=1))
`,
      {
        onTask: ({ taskId, state, reason }) => {
          if (state === 'deferred') asked.push(`${taskId} ${reason}`);
        },
      },
    );
    expect(seen.states).toEqual({
      entry: 'success',
      look: 'success',
      branch: 'success',
      left: 'skipped',
      right: 'success',
      late: 'failed',
    });
    expect(asked).toContain('entry waits for a decision: How many?');
    expect(seen.logs.look).toContain("answered: ['OK'] {'n': 3}");
  });

  it('starts its task, of which nothing is called before', async () => {
    const path = pathOf('starts');
    const seen = await runner.run(
      dag(`
from airflow.sdk import BaseOperator
from airflow.triggers.base import StartTriggerArgs

class Starts(BaseOperator):
    template_fields = ("path",)
    start_from_trigger = True

    def __init__(self, path, how="fires", timeout=None, **kwargs):
        super().__init__(**kwargs)
        self.path = path
        self.start_trigger_args = StartTriggerArgs(
            trigger_cls="probe.Probe", trigger_kwargs={"how": how, "path": path},
            next_method="went_on", next_kwargs={"more": 1}, timeout=timeout)

    def pre_execute(self, context):
        print("pre_execute with", self.path)

    def execute(self, context):
        raise RuntimeError("it was executed")

    def went_on(self, context, event, more):
        print("went on with", event, more)

def begins(context):
    print("begins")

Starts(task_id="a", path="{{ dag_run.conf.folder }}/starts", on_execute_callback=begins)
Starts.partial(task_id="mapped").expand(path=[${JSON.stringify(
        `${path}.0`,
      )}, ${JSON.stringify(`${path}.1`)}])
Starts(task_id="late", path=${JSON.stringify(
        `${path}.late`,
      )}, how="waits", timeout=timedelta(hours=1), execution_timeout=timedelta(seconds=1))`),
      { params: { folder: runner.scratch } },
    );
    expect(seen.states).toMatchObject({
      a: 'success',
      'mapped[0]': 'success',
      'mapped[1]': 'success',
      late: 'failed',
    });
    expect(linesOf('starts').at(-1)).toBe('cleanup');
    const [before, after] = seen.logs.a.split('printed by the trigger');
    expect(before).not.toMatch(/pre_execute|begins/);
    expect(after).toContain(`pre_execute with ${path}`);
    expect(after).toContain('begins');
    expect(after).toContain('went on with came 1');
    expect(seen.logs['mapped[1]']).toContain('went on with came 1');
    expect(seen.logs.late).toContain('TaskDeferralTimeout');
  });

  it('starts sensors of the standard provider', async () => {
    const seen = await runner.run(
      dag(`
from airflow.providers.standard.sensors.date_time import DateTimeSensorAsync
from airflow.providers.standard.sensors.time import TimeSensor
from datetime import time as daytime

DateTimeSensorAsync(task_id="a", target_time="{{ logical_date }}", start_from_trigger=True)
DateTimeSensorAsync(task_id="b", target_time="{{ logical_date }}", start_from_trigger=True, end_from_trigger=True)
TimeSensor(task_id="c", target_time=daytime(0, 0), start_from_trigger=True)`),
    );
    expect(seen.states).toEqual({ a: 'success', b: 'success', c: 'success' });
    for (const id of ['a', 'b', 'c']) {
      expect(seen.logs[id]).toContain('Pausing task as DEFERRED');
    }
  });

  it('that a task starts from may be of the folder itself', async () => {
    const seen = await runner.run(
      `
import os
from datetime import datetime
from airflow.sdk import DAG, BaseOperator
from airflow.triggers.base import StartTriggerArgs
# Pinned with the DAG by being imported.
import own

class Waits(BaseOperator):
    start_from_trigger = True
    start_trigger_args = StartTriggerArgs(trigger_cls="own.Own", next_method="went_on")

    def went_on(self, context, event):
        assert event == os.getpid()

with DAG("own", start_date=datetime(2025, 1, 1), schedule=None):
    Waits(task_id="a")
    Waits(task_id="nowhere").start_trigger_args = StartTriggerArgs(trigger_cls="nowhere.Own", next_method="went_on")
`,
      {},
      {
        'own.py': `
import os
from airflow.triggers.base import BaseTrigger, TriggerEvent

class Own(BaseTrigger):
    def serialize(self):
        return ("own.Own", {})

    async def run(self):
        yield TriggerEvent(os.getpid())
`,
      },
    );
    expect(seen.states).toEqual({ a: 'success', nowhere: 'failed' });
    expect(seen.logs.nowhere).toContain("No module named 'nowhere'");
  });

  it('of the folder itself runs in the process of its task', async () => {
    const seen = await runner.run(`
import os
from datetime import datetime
from airflow.sdk import DAG, BaseOperator
from airflow.triggers.base import BaseTrigger, TriggerEvent

class Own(BaseTrigger):
    def serialize(self):
        return (f"{type(self).__module__}.Own", {})

    async def run(self):
        yield TriggerEvent(os.getpid())

class Waits(BaseOperator):
    def execute(self, context):
        self.defer(trigger=Own(), method_name="went_on")

    def went_on(self, context, event):
        assert event == os.getpid()

with DAG("own", start_date=datetime(2025, 1, 1), schedule=None):
    Waits(task_id="a")
`);
    expect(seen.states).toEqual({ a: 'success' });
  });
});
