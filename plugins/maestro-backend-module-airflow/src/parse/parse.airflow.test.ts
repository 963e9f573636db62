/*
 * DAG files in the real process, with the real Airflow: the suite `airflow`.
 * What a file does must hurt only itself.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { definitionNeeds } from '@maestro/plugin-maestro-common';
import { dag, dagFolders } from './__testUtils__/dagFolders';

// Importing Airflow takes seconds, on a busy machine many.
jest.setTimeout(300_000);

const LIMITS = { seconds: 60, memoryBytes: 256 * 1024 * 1024, processes: 16 };

const tests = dagFolders(LIMITS);
const { reader, write } = tests;

it('keeps what a file does to itself', async () => {
  write({
    'good.py': dag('good'),
    'exits.py': `${dag('exits')}\nimport sys\nsys.exit(3)\n`,
    'hard_exit.py': `${dag('hard_exit')}\nimport os\nos._exit(0)\n`,
    'eats.py': `${dag(
      'eats',
    )}\nx = []\nwhile True: x.append(bytearray(10_000_000))\n`,
    'bomb.py': `${dag('bomb')}\nimport os\nwhile True: os.fork()\n`,
    'kills.py': `${dag(
      'kills',
    )}\nimport os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n`,
    'prints.py': dag(
      'prints',
      'import os\nprint(\'{"id": 1}\')\nos.write(1, b\'{"ready": true}\\n\')',
    ),
    'syntax.py': `${dag('syntax')}\ndef broken(:\n`,
    'lib/deep.py': '\n\nraise ValueError("deep")\n',
    'imports.py': `${dag('imports')}\nimport lib.deep\n`,
  });
  const { pipelines, problems } = await reader().read();
  expect(pipelines.map(({ dagId }) => dagId)).toEqual(['good', 'prints']);
  const told = Object.fromEntries(
    problems.map(problem => [
      problem.file,
      `${problem.line ?? '-'} ${problem.message}`,
    ]),
  );
  expect(told).toEqual({
    'exits.py': '10 SystemExit: 3',
    'hard_exit.py':
      '- it ended the process that read it (exit code 0), as os._exit does',
    'eats.py': expect.stringMatching(/MemoryError|needs more memory/),
    'bomb.py': expect.stringMatching(/^- it started more than 16 processes/),
    'kills.py': expect.stringMatching(
      /^- reading it ended the process that reads all files/,
    ),
    'syntax.py': '9 SyntaxError: invalid syntax',
    'lib/deep.py': '3 ValueError: deep',
  });
});

/** A file that writes an answer of its own wherever it can. */
const writes = (id: string, text: string) =>
  dag(
    id,
    `
import os
for fd in range(3, 64):
    try:
        os.write(fd, b'${text}\\n')
    except OSError:
        pass
os._exit(0)
`,
  );

it('takes nothing but its DAGs from a file that answers for itself', async () => {
  write({
    'a_noise.py': writes('noise', 'x'),
    'b_number.py': writes('number', '5'),
    'c_dags.py': writes('dags', '{"dags": 5}'),
    'd_other.py': writes(
      'other',
      '{"id": 1, "ready": true, "failure": "no", "dags": [], "files": {}}',
    ),
    'good.py': dag('good'),
  });
  const { pipelines, problems } = await reader().read();
  expect(pipelines.map(({ dagId }) => dagId)).toEqual(['good']);
  expect(problems).toEqual([
    {
      file: 'a_noise.py',
      message: 'it ended the process that read it without an answer',
    },
    {
      file: 'b_number.py',
      message: 'it wrote something else where its DAGs are told',
    },
    {
      file: 'c_dags.py',
      message: 'what it says of itself cannot be used: "dags" is no list',
    },
  ]);
});

it('ends a file that loops, and what it has started', async () => {
  const marker = `maestro-left-over-${process.pid}`;
  write({
    'loops.py': `${dag('loops')}\nwhile True: pass\n`,
    'forks.py': dag(
      'forks',
      '',
      `
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp("sleep", ["${marker}", "1000"])
    os._exit(0)
time.sleep(1)
`,
    ),
  });
  const strict = tests.start({ limits: { ...LIMITS, seconds: 10 } });
  const { pipelines, problems } = await reader(strict).read();
  expect(problems).toEqual([
    { file: 'loops.py', message: 'reading it took longer than 10 s' },
  ]);
  expect(pipelines.map(({ dagId }) => dagId)).toEqual(['forks']);
  await strict.stop();
  const processes = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
  expect(processes).not.toContain(marker);
});

it('says where a task of a decorator stands: at its function, mapped or not', async () => {
  write({
    'lib.py': 'def shared():\n    pass\n',
    'decorated.py': `
from datetime import timedelta
from airflow.sdk import DAG, task
from lib import shared

with DAG("decorated", schedule=None):
    @task(sla=timedelta(hours=1))
    def plain(): ...

    @task(retries=1)
    def one(x): ...

    plain() >> one.expand(x=[1, 2]) >> task(shared)()
`,
  });
  const { pipelines } = await reader().read();
  expect(
    pipelines[0].definition.tasks.map(({ id, airflow }) => [
      id,
      airflow?.file ?? 'decorated.py',
      airflow?.line,
    ]),
  ).toEqual([
    ['plain', 'decorated.py', 7],
    ['one', 'decorated.py', 10],
    ['shared', 'lib.py', 1],
  ]);
  // What Airflow 2 spelled otherwise counts for them, too.
  expect(pipelines[0].definition.tasks[0].slaMs).toBe(3_600_000);
  expect(pipelines[0].definition.airflow?.notes).toContainEqual(
    expect.objectContaining({
      message: expect.stringContaining('sla= is gone'),
    }),
  );
});

it('says which tasks may defer themselves, so that no older build takes their DAG', async () => {
  write({
    'own.py': `
from airflow.sdk import BaseOperator
from airflow.triggers.base import StartTriggerArgs

class Own(BaseOperator):
    def execute(self, context):
        self._begin(context)

    def _begin(self, context):
        def later():
            self.defer(trigger=None, method_name="go_on")

        later()

class Below(Own):
    pass

class Starts(BaseOperator):
    start_from_trigger = True
    start_trigger_args = StartTriggerArgs(trigger_cls="own.T", next_method="go_on")

    def __init__(self, deferrable=False, number=0, **kwargs):
        super().__init__(**kwargs)
        self.deferrable = deferrable

    def go_on(self, context, event=None):
        pass
`,
    'defers.py': `
from datetime import datetime, timedelta
from airflow.sdk import DAG, task
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.providers.standard.sensors.date_time import DateTimeSensorAsync
from airflow.providers.standard.sensors.time_delta import TimeDeltaSensor
from airflow.sdk.exceptions import TaskDeferred
from own import Below, Starts

with DAG("defers"):
    BashOperator(task_id="bash", bash_command="true")
    PythonOperator(task_id="python", python_callable=print)
    TimeDeltaSensor(task_id="pokes", delta=timedelta(0), deferrable=False)
    TriggerDagRunOperator(task_id="starts", trigger_dag_id="x")
    TriggerDagRunOperator.partial(task_id="mapped_starts").expand(trigger_dag_id=["x"])

    TimeDeltaSensor(task_id="waits", delta=timedelta(0), deferrable=True)
    DateTimeSensorAsync(task_id="always", target_time=datetime(2025, 1, 1))
    TriggerDagRunOperator.partial(task_id="mapped_waits", deferrable=True).expand(trigger_dag_id=["x"])
    DateTimeSensorAsync.partial(task_id="mapped_always").expand(target_time=["2025-01-01"])
    ApprovalOperator(task_id="asks", subject="?")
    Below(task_id="below")
    Starts(task_id="begins")
    Starts.partial(task_id="mapped_begins").expand(number=[1])

    @task
    def raises():
        raise TaskDeferred(trigger=None, method_name="x")

    raises()
`,
    'without.py': dag('without'),
  });
  const { pipelines, problems } = await reader().read();
  expect(problems).toEqual([]);
  const [{ definition }, without] = pipelines;
  expect(
    definition.tasks.filter(t => t.airflow!.defers).map(({ id }) => id),
  ).toEqual([
    'waits',
    'always',
    'mapped_waits',
    'mapped_always',
    'asks',
    'below',
    'begins',
    'mapped_begins',
    'raises',
  ]);
  expect(definitionNeeds(definition)).toContain('airflow.defers');
  expect(definitionNeeds(without.definition)).not.toContain('airflow.defers');
});

it('respects .airflowignore, and the first file of a DAG id', async () => {
  write({
    '.airflowignore': 'old/\n',
    'old/x.py': dag('x'),
    'a.py': dag('same'),
    'b.py': dag('same'),
    'no_dags.py': 'x = 1\n',
  });
  const { pipelines, problems } = await reader().read();
  expect(pipelines.map(({ definition }) => definition.airflow!.file)).toEqual([
    'a.py',
  ]);
  expect(problems).toEqual([
    {
      file: 'b.py',
      dagId: 'same',
      message: 'the DAG id "same" is that of a.py already',
    },
  ]);
});

it('gives a file nothing of the backend but what Python needs', async () => {
  process.env.MAESTRO_SECRET_OF_THE_BACKEND = 'x';
  write({
    'env.py': dag(
      'env',
      'import os\nassert "MAESTRO_SECRET_OF_THE_BACKEND" not in os.environ',
    ),
  });
  try {
    expect((await reader(tests.start({})).read()).problems).toEqual([]);
  } finally {
    delete process.env.MAESTRO_SECRET_OF_THE_BACKEND;
  }
});

it('says what is wrong with an interpreter', async () => {
  const wrong = tests.start({ python: join(tests.temp, 'no-python') });
  await expect(wrong.scan(tests.folder)).rejects.toThrow(
    /cannot be started.*ENOENT/,
  );
  const bare = tests.start({ python: 'python3' });
  await expect(bare.scan(tests.folder)).rejects.toThrow(
    /python3 has no Airflow .*: name an interpreter that has Airflow 3/,
  );
  await expect(
    tests.process.scan(join(tests.temp, 'no-folder')),
  ).rejects.toThrow(/is not a folder/);
});
