/*
 * How Maestro sets the attributes of operators, beside how Airflow itself does.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { airflowPython } from './__testUtils__/runDag';

jest.setTimeout(240_000);

/** Says, as JSON, what it sees with Airflow's own way and with Maestro's. */
const SCRIPT = `
import copy, json, sys
from datetime import datetime, timedelta
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, BaseOperator, chain, setup, task, teardown
from airflow.sdk.bases import operator
from airflow.sdk.definitions.param import Param, ParamsDict
from airflow.serialization.serialized_objects import DagSerialization
from maestro_airflow import attributes

class Loud:
    """Of a team: comes after BaseOperator in a class of theirs."""
    def __setattr__(self, key, value):
        if key == "owner":
            value = value.upper()
        super().__setattr__(key, value)

class Own(BaseOperator, Loud):
    template_fields = ("text",)

    def __init__(self, text=None, **kwargs):
        super().__init__(**kwargs)
        self.text = text

    def __setattr__(self, key, value):
        super().__setattr__(key, f"<{value}>" if key == "doc" else value)

    def _convert_size(self, value):
        return value * 2

    def execute(self, context):
        pass

def refused(act):
    try:
        act()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

def seen():
    default_args = {"retries": "3", "retry_delay": 7, "owner": "team"}
    with DAG("d", schedule=None, start_date=datetime(2025, 1, 1), default_args=default_args,
             params={"a": Param(1, type="integer"), "b": [1]}) as dag:
        @task
        def number(n=0):
            return n

        first = number()
        bash = BashOperator(task_id="bash", bash_command="true", max_retry_delay=9)
        # An XCom in a template field that is set later makes an edge.
        bash.bash_command = first
        own = Own(task_id="own", doc="d", params={"b": 2, "c": 3})
        own.size = 4
        own.text = [first]
        number.partial().expand(n=[1, 2])
        begin = number.override(task_id="begin")().as_setup()
        number.override(task_id="end")().as_teardown(setups=begin)
        wrong = [
            refused(lambda: setattr(own, "retries", "many")),
            refused(lambda: setattr(own, "dag", DAG("other", schedule=None))),
            refused(lambda: BashOperator(task_id="t", bash_command="", pool_slots="x")),
        ]
        made = BashOperator.partial(task_id="made").expand(bash_command=["a"]).unmap(
            {"bash_command": "a"})
        made.bash_command = first
    locked = BashOperator(task_id="locked", bash_command="true", dag=dag)
    locked._lock_for_execution = True
    locked.bash_command = first
    empty = ParamsDict(suppress_exception=True)
    copied = copy.deepcopy(empty)
    return {
        "serialized": DagSerialization.to_dict(dag),
        "wrong": wrong,
        "owner": own.owner, "doc": own.doc, "size": own.size,
        "edges": {t.task_id: sorted(t.upstream_task_ids) for t in dag.tasks},
        "kwargs": {t: str(sorted(dag.task_dict[t]._BaseOperator__init_kwargs.items(), key=lambda i: i[0]))
                   for t in ("bash", "own")},
        "params": {t.task_id: dict(t.params.dump()) for t in dag.tasks if hasattr(t, "params")},
        "made": [sorted(made.upstream_task_ids), made._BaseOperator__init_kwargs["bash_command"]],
        "copied": [copied is empty, copied.suppress_exception, dict(copied)],
    }

def plain(of):
    # Where functions lie in memory says nothing.
    import re
    return json.loads(re.sub(r"0x[0-9a-f]+", "0x", json.dumps(of, default=str)))

before = BaseOperator.__setattr__
airflow = plain(seen())
known, attributes.KNOWN = attributes.KNOWN, frozenset({"another"})
left_alone = attributes.install() is False and BaseOperator.__setattr__ is before
attributes.KNOWN = known
installed = attributes.install()
maestro = plain(seen())
print(json.dumps({"airflow": airflow, "maestro": maestro, "installed": installed,
    "replaced": BaseOperator.__setattr__ is not before, "leftAlone": left_alone}), file=sys.__stdout__)
`;

let home: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'maestro-attributes-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

it('sets the attributes of operators as Airflow does, where it knows how that does', () => {
  const said = execFileSync(airflowPython(), ['-c', SCRIPT], {
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      AIRFLOW_HOME: home,
      AIRFLOW__LOGGING__LOGGING_LEVEL: 'CRITICAL',
      PYTHONPATH: resolve(__dirname, '../../python'),
    },
  });
  const { airflow, maestro, ...rest } = JSON.parse(
    said.trim().split('\n').at(-1)!,
  );
  // With the Airflow that Maestro comes with; another one is left as it is.
  expect(rest).toEqual({ installed: true, replaced: true, leftAlone: true });
  expect(maestro).toEqual(airflow);
  // What the rules of Airflow are, so that both are not wrong in the same way.
  expect(airflow.edges).toMatchObject({ bash: ['number'], own: ['number'] });
  expect(airflow.edges.locked).toEqual([]);
  expect(airflow).toMatchObject({ owner: 'TEAM', doc: '<d>', size: 8 });
  expect(airflow.wrong[0]).toMatch(/^TypeError: 'retries' type must be int/);
  expect(airflow.wrong[1]).toMatch(/^ValueError: The dag assigned to/);
  expect(airflow.made).toEqual([[], 'a']);
  expect(airflow.copied).toEqual([false, true, {}]);
});
