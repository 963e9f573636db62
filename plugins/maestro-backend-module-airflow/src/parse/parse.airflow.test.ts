/*
 * DAG files in the real process, with the real Airflow: the suite `airflow`.
 * What a file does must hurt only itself.
 */
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { definitionNeeds } from '@maestro/plugin-maestro-common';
import { AirflowSource } from '../source/AirflowSource';
import { localDagFiles } from '../source/DagFiles';
import { DagFolder } from './DagFolder';
import { ParseProcess } from './ParseProcess';

// Importing Airflow takes seconds, on a busy machine many.
jest.setTimeout(300_000);

const PYTHON = process.env.MAESTRO_AIRFLOW_PYTHON!;
const LIMITS = { seconds: 15, memoryBytes: 256 * 1024 * 1024, processes: 16 };
const USERS_DAGS = resolve(__dirname, '../../../../test/airflow/dags');

let temp: string;
let folder: string;
let python: ParseProcess;

beforeAll(() => {
  if (!PYTHON) {
    throw new Error(
      'MAESTRO_AIRFLOW_PYTHON must name a Python that has Airflow: npm test -- --only airflow',
    );
  }
  temp = realpathSync(mkdtempSync(join(tmpdir(), 'maestro-airflow-test-')));
  python = new ParseProcess({
    python: PYTHON,
    home: join(temp, 'home'),
    limits: LIMITS,
  });
});
afterAll(async () => {
  await python.stop();
  rmSync(temp, { recursive: true, force: true });
});

let folders = 0;
beforeEach(() => {
  folders += 1;
  folder = join(temp, `dags-${folders}`);
  mkdirSync(folder);
});

function write(files: Record<string, string>) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

const reader = (process_ = python) =>
  new DagFolder({
    folder,
    process: process_,
    compile: {
      source: 's',
      environment: 'default',
      ownerOf: () => 'group:default/x',
    },
  });

const dag = (id: string, before = '', after = '') => `
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator
${before}
with DAG("${id}"):
    EmptyOperator(task_id="a")
${after}
`;

it("reads the users' own file, written for Airflow 2, and says what Airflow 3 would refuse", async () => {
  const { pipelines, problems } = await new DagFolder({
    folder: USERS_DAGS,
    process: python,
    compile: {
      source: 's',
      environment: 'default',
      ownerOf: ({ owners }) => `group:default/${owners[0]}`,
    },
  }).read();
  expect(problems).toEqual([]);
  const { definition } = pipelines.find(
    ({ dagId }) => dagId === 'my_ml_workflow',
  )!;
  expect(definition).toMatchObject({
    name: 'my_ml_workflow',
    owner: 'group:default/ml-team',
    tags: ['custom', 'ml'],
    schedules: [
      {
        cron: '0 0 * * *',
        timezone: 'UTC',
        startAt: Date.UTC(2025, 0, 1),
        catchup: false,
      },
    ],
    tasks: [
      {
        id: 'my_task',
        retries: 2,
        retryDelayMs: 300_000,
        executor: 'kubernetes',
        airflowPath: { path: 'native' },
        image: 'python:3.11-slim',
        command: ['python', '-c', 'print("Hello from Airflow")'],
        airflow: {
          operator: 'KubernetesPodOperator',
          namespace: 'airflow',
        },
      },
    ],
  });
  expect(definition.airflow!.notes).toEqual([
    expect.objectContaining({
      line: 4,
      message: expect.stringContaining('kubernetes_pod is'),
    }),
    expect.objectContaining({
      message: expect.stringContaining('schedule_interval='),
    }),
    expect.objectContaining({
      line: 22,
      message: expect.stringContaining('namespace="airflow" of task "my_task"'),
    }),
  ]);
});

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
  const strict = new ParseProcess({
    python: PYTHON,
    home: join(temp, 'home'),
    limits: { ...LIMITS, seconds: 5 },
  });
  try {
    const { pipelines, problems } = await reader(strict).read();
    expect(problems).toEqual([
      { file: 'loops.py', message: 'reading it took longer than 5 s' },
    ]);
    expect(pipelines.map(({ dagId }) => dagId)).toEqual(['forks']);
  } finally {
    await strict.stop();
  }
  const processes = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
  expect(processes).not.toContain(marker);
});

it('pins what only a task imports, and what that imports', async () => {
  write({
    'team/a.py': dag(
      'a',
      `
def work():
    from lib import tables, missing
    import plain.deep.module as m
    try:
        import json, only_if.there
    except ImportError:
        from ..nowhere import x
`,
    ),
    'lib/__init__.py': '',
    'lib/tables.py':
      'def f():\n    from . import names\n    from .more.far import x\n',
    'lib/names.py': 'from . import tables\n',
    'lib/more/far.py': 'x = 1\n',
    'lib/unused.py': '',
    // Without an __init__.py, as Python allows it.
    'plain/deep/module.py': 'def broken(:\n',
    'only_if/there/__init__.py': '',
  });
  const dags = reader();
  const { pipelines, problems } = await dags.read();
  expect(problems).toEqual([]);
  expect(pipelines.map(({ files }) => files)).toEqual([
    [
      'team/a.py',
      'lib/__init__.py',
      'lib/more/far.py',
      'lib/names.py',
      'lib/tables.py',
      'only_if/there/__init__.py',
      'plain/deep/module.py',
    ],
  ]);
  // Another content is another version.
  write({ 'lib/more/far.py': 'x = 2\n' });
  expect((await dags.read()).parsed).toBe(1);
  write({ 'lib/unused.py': 'y = 1\n' });
  expect((await dags.read()).parsed).toBe(0);
});

it('reads a file again when what it could not import is there', async () => {
  write({ 'a.py': dag('a', 'import missing_thing') });
  const dags = reader();
  expect((await dags.read()).problems).toEqual([
    expect.objectContaining({
      file: 'a.py',
      line: 4,
      message: "ModuleNotFoundError: No module named 'missing_thing'",
    }),
  ]);
  expect((await dags.read()).parsed).toBe(0);
  write({ 'missing_thing.py': '' });
  expect((await dags.read()).problems).toEqual([]);
});

it('pins the templates that tasks may render, and no other file', async () => {
  const source = new AirflowSource({
    name: 's',
    place: 'airflow:s/',
    files: localDagFiles(folder),
    environment: 'default',
    owner: 'group:default/x',
    owners: new Map(),
    process: python,
    intervalMs: 1_000,
  });
  const pinned = async () => {
    const { pipelines, problems } = await source.read(
      new AbortController().signal,
    );
    expect(problems).toEqual([]);
    return new Map(
      await Promise.all(
        pipelines.map(
          async ({ definition, signature, files }) =>
            [
              definition.name,
              {
                signature,
                files: (await files())!.map(({ path }) => path).sort(),
              },
            ] as const,
        ),
      ),
    );
  };
  write({
    'team/shell.py': `
import os
from airflow.sdk import DAG
from airflow.providers.standard.operators.bash import BashOperator

SHARED = os.path.join(os.path.dirname(os.path.dirname(__file__)), "shared")
with DAG("shell", template_searchpath=[SHARED, "/nowhere"]):
    BashOperator.partial(task_id="mapped", bash_command="x.sh").expand(
        env=[{"A": "1"}, {"A": "2"}]
    )
    BashOperator(task_id="includes", bash_command="{% include 'lib/head.j2' %} true")
`,
    'plain.py': dag('plain'),
    'team/x.sh': 'echo {{ ds }}',
    'team/lib/y.sh': 'echo y',
    'team/data.csv': 'a,b',
    'shared/lib/head.j2': 'echo head;',
    'shared/notes.md': 'nobody renders it',
    'other/z.sh': 'echo another',
  });
  const first = await pinned();
  expect(first.get('shell')!.files).toEqual([
    'shared/lib/head.j2',
    'team/lib/y.sh',
    'team/shell.py',
    'team/x.sh',
  ]);
  expect(first.get('plain')!.files).toEqual(['plain.py']);
  // What they say is what makes a version.
  write({ 'shared/lib/head.j2': 'echo changed;', 'team/data.csv': 'c' });
  const second = await pinned();
  expect(second.get('shell')!.signature).not.toBe(
    first.get('shell')!.signature,
  );
  expect(second.get('plain')).toEqual(first.get('plain'));
  write({ 'team/data.csv': 'd', 'other/z.sh': 'echo still another' });
  expect(await pinned()).toEqual(second);
  write({ 'team/lib/new.sh': 'echo new' });
  expect((await pinned()).get('shell')!.files).toContain('team/lib/new.sh');
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

it('reads the spellings of Airflow 2', async () => {
  write({
    'old.py': `
from datetime import timedelta
from airflow import DAG, Dataset
from airflow.datasets import Dataset as Again
from airflow.operators.dummy_operator import DummyOperator
from airflow.operators.bash_operator import BashOperator
from airflow.operators.python_operator import PythonOperator
from airflow.providers.http.operators.http import SimpleHttpOperator
from airflow.contrib.operators.kubernetes_pod_operator import KubernetesPodOperator
from airflow.sensors.base_sensor_operator import BaseSensorOperator
from airflow.utils.dates import days_ago
from airflow.utils.helpers import chain

with DAG(
    "old",
    schedule_interval=timedelta(hours=1),
    start_date=days_ago(1),
    concurrency=3,
    default_view="graph",
    default_args={"sla": timedelta(minutes=10), "owner": "team"},
) as dag:
    chain(
        DummyOperator(task_id="a"),
        BashOperator(task_id="b", bash_command="true", task_concurrency=2),
        PythonOperator(task_id="c", python_callable=print, provide_context=True),
        SimpleHttpOperator(task_id="d", endpoint="x"),
        KubernetesPodOperator(task_id="e", image="x", is_delete_operator_pod=False),
        DummyOperator(task_id="f", outlets=[Again("s3://x")]),
    )
`,
  });
  const { pipelines, problems } = await reader().read();
  expect(problems).toEqual([]);
  const [{ definition }] = pipelines;
  expect(definition).toMatchObject({
    schedules: [{ everyMs: 3_600_000 }],
    maxActiveTasks: 3,
    slaMs: 600_000,
  });
  expect(
    definition.tasks.map(({ id, upstream, airflow }) => [
      id,
      upstream,
      airflow!.operator,
    ]),
  ).toEqual([
    ['a', [], 'EmptyOperator'],
    ['b', [0], 'BashOperator'],
    ['c', [1], 'PythonOperator'],
    ['d', [2], 'HttpOperator'],
    ['e', [3], 'KubernetesPodOperator'],
    ['f', [4], 'EmptyOperator'],
  ]);
  expect(definition.tasks[1].maxActive).toBe(2);
  expect(definition.tasks[5].produces).toEqual([
    { asset: 's3://x', on: 'success' },
  ]);
  const notes = definition.airflow!.notes!.map(({ message }) => message);
  for (const word of [
    'airflow.datasets',
    'DummyOperator',
    'SimpleHttpOperator',
    'airflow.contrib.operators.kubernetes_pod_operator',
    'days_ago',
    'chain of airflow.utils.helpers',
    'schedule_interval=',
    'concurrency=',
    'default_view=',
    'task_concurrency=',
    'provide_context=',
    'is_delete_operator_pod=',
    'sla=',
  ]) {
    expect(notes.join('\n')).toContain(word);
  }
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
    const fresh = new ParseProcess({
      python: PYTHON,
      home: join(temp, 'home'),
    });
    expect((await reader(fresh).read()).problems).toEqual([]);
    await fresh.stop();
  } finally {
    delete process.env.MAESTRO_SECRET_OF_THE_BACKEND;
  }
});

it('says what is wrong with an interpreter', async () => {
  const wrong = new ParseProcess({
    python: join(temp, 'no-python'),
    home: join(temp, 'home'),
  });
  await expect(wrong.scan(folder)).rejects.toThrow(/cannot be started.*ENOENT/);
  const bare = new ParseProcess({
    python: 'python3',
    home: join(temp, 'home'),
  });
  await expect(bare.scan(folder)).rejects.toThrow(/No module named 'airflow'/);
  await expect(python.scan(join(temp, 'no-folder'))).rejects.toThrow(
    /is not a folder/,
  );
});
