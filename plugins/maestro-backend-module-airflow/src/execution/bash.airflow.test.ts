import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DagRunner, type DagRunSeen } from './__testUtils__/runDag';

/*
 * Each DAG runs twice, with Airflow's own BashOperator and without Python, and
 * what is left of both runs is compared.
 */

// The first task of a suite waits until Airflow is imported.
jest.setTimeout(240_000);

let runner: DagRunner;

beforeAll(() => {
  runner = new DagRunner();
});
afterAll(() => runner.remove());

function dag(body: string, args = ''): string {
  const lines = body.split('\n').map(line => `    ${line}`);
  return `
from datetime import datetime, timedelta
from airflow.sdk import DAG, Asset, task
from airflow.providers.standard.operators.bash import BashOperator

def bash(task_id, bash_command, **more):
    return BashOperator(task_id=task_id, bash_command=bash_command, **more)

with DAG("tested", schedule=None, start_date=datetime(2025, 1, 1), default_args={"owner": "ann", "retry_delay": timedelta(seconds=0.2)}, ${args}):
${lines.join('\n')}
`;
}

interface Left {
  states: Record<string, string>;
  /** By task: XComs as JSON. */
  xcoms: Record<string, Record<string, unknown>>;
  /** By task: what its command printed, over all tries. */
  printed: Record<string, string[]>;
  /** By task, of its last attempt, as people see it. */
  env: Record<string, Record<string, string>>;
  /** By task, of its last attempt. */
  rendered: Record<string, unknown>;
  tries: Record<string, number>;
}

type Options = Parameters<DagRunner['run']>[1];

async function run(
  lower: boolean,
  source: string,
  options: Options = {},
  beside: Record<string, string> = {},
): Promise<{ left: Left; seen: DagRunSeen; paths: Set<string> }> {
  runner.lower = lower;
  const seen = await runner.run(source, options, beside);
  const { definition } = seen;
  const db = new DatabaseSync(join(seen.dataDir, 'headless.sqlite'), {
    readOnly: true,
  });
  try {
    const left: Left = {
      states: seen.states,
      xcoms: {},
      printed: {},
      env: {},
      rendered: {},
      tries: {},
    };
    for (const row of db
      .prepare('select task_id, key, value from outputs order by map_index')
      .all() as Array<{ task_id: string; key: string; value: string }>) {
      (left.xcoms[row.task_id] ??= {})[row.key] = JSON.parse(row.value);
    }
    for (const row of db
      .prepare(
        'select task_id, env, inputs, try_number from attempts order by seq',
      )
      .all() as Array<{
      task_id: string;
      env: string;
      inputs: string;
      try_number: number;
    }>) {
      left.env[row.task_id] = JSON.parse(row.env);
      left.rendered[row.task_id] = JSON.parse(row.inputs).rendered;
      left.tries[row.task_id] = row.try_number;
    }
    for (const { id, airflowPath } of definition.tasks) {
      const log = seen.logs[id] ?? '';
      left.printed[id] =
        airflowPath?.path === 'native' ? linesOf(log) : printedBy(log);
    }
    return {
      left,
      seen,
      paths: new Set(definition.tasks.map(t => t.airflowPath!.path)),
    };
  } finally {
    db.close();
  }
}

/** As Airflow logs them: without the whitespace at their end. */
function linesOf(log: string): string[] {
  const lines = log.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map(line => line.trimEnd());
}

/** What a command printed, from the log of a BashOperator of Airflow. */
function printedBy(log: string): string[] {
  const lines: string[] = [];
  let isOutput = false;
  for (const text of log.split('\n').filter(Boolean)) {
    const { event } = JSON.parse(text) as { event: string };
    if (event.startsWith('Command exited with return code')) isOutput = false;
    if (isOutput) lines.push(event);
    if (event === 'Output:') isOutput = true;
  }
  return lines;
}

async function both(
  source: string,
  options: Options = {},
  beside: Record<string, string> = {},
): Promise<{ native: Left; python: Left }> {
  const native = await run(true, source, options, beside);
  const python = await run(false, source, options, beside);
  expect(native.paths).toEqual(new Set(['native']));
  expect(python.paths).toEqual(new Set(['python']));
  return { native: native.left, python: python.left };
}

it('prints, hands on, ends and shows the same', async () => {
  mkdirSync(join(runner.scratch, 'here'));
  symlinkSync(join(runner.scratch, 'here'), join(runner.scratch, 'link'));
  const { native, python } = await both(
    dag(`
bash("first", "echo one; echo 'two  '; echo err >&2")
bash("nothing", ":")
bash("empty_line", "echo x; echo")
bash("no_newline", "printf 'a\\\\nb\\\\t'")
bash("no_text", "printf 'good\\\\n\\\\xff\\\\xc3( \\\\xe2\\\\x82\\\\xac \\\\xe2\\\\x82'")
bash("spaces", "printf 'x \\\\xc2\\\\xa0\\\\xe2\\\\x80\\\\x83 \\\\n'")
bash("quiet", "echo unseen", do_xcom_push=False)
bash("fails", "echo partly; exit 3")
bash("retried", "echo try {{ ti.try_number }}; exit $(( {{ ti.try_number }} < 2 ))", retries=2)
bash("skips", "echo gone; exit 99")
bash("skips_own", "exit 5", skip_on_exit_code=[5, 6])
bash("skips_never", "exit 99", skip_on_exit_code=None)
bash("skips_well", "echo well", skip_on_exit_code=0)
bash("killed", "echo before; kill -9 $$")
bash("background", "(sleep 1; echo late) & echo soon")
bash("line_ends", "echo a\\r\\necho b\\n\\n")
bash("here", "pwd; ls", cwd=${JSON.stringify(join(runner.scratch, 'here'))})
bash("nowhere", "pwd", cwd="/there/is/nothing", skip_on_exit_code=[1, 2, 126, 127])
bash("through_link", "pwd; cd ..; pwd", cwd=${JSON.stringify(
      join(runner.scratch, 'link'),
    )})
bash("beside", "cat x.sh | head -n 1", cwd="scripts")
bash("a_file", "pwd", cwd="/etc/passwd")
bash("named_script", "echo \\"$(basename $0 | cut -c1-3)\\"; : x.sh\\n")
bash("temporary", "ls -A; touch x; ls")
bash("stdin_free", "wc -c </dev/null; echo \\"$#\\"")
bash("file", "scripts/x.sh", env={"N": "7"}, append_env=True)
bash("of_first", "echo got {{ ti.xcom_pull('first') }}", env={"A": "{{ ds }}", "B": "plain"}, append_env=True)
`),
    {},
    { 'scripts/x.sh': 'echo "$N" on {{ ds }}\necho end\n' },
  );
  expect(native.states).toEqual(python.states);
  expect(native.states).toMatchObject({
    first: 'success',
    fails: 'failed',
    retried: 'success',
    skips: 'skipped',
    skips_well: 'skipped',
    killed: 'failed',
    nowhere: 'failed',
    file: 'success',
  });
  expect(native.xcoms).toEqual(python.xcoms);
  expect(native.xcoms).toMatchObject({
    first: { return_value: 'err' },
    nothing: { return_value: '' },
    empty_line: { return_value: '' },
    no_text: { return_value: '\\xff\\xc3( € \\xe2\\x82' },
    background: { return_value: 'late' },
    file: { return_value: 'end' },
  });
  const { nowhere, a_file: aFile, ...printed } = native.printed;
  expect(nowhere).toEqual(['Can not find the cwd: /there/is/nothing']);
  expect(aFile).toEqual(['The cwd /etc/passwd must be a directory']);
  // A replacement for bytes that are no text is made by who reads the log.
  const { no_text: noText, ...others } = printed;
  expect(others).toEqual(
    Object.fromEntries(
      Object.entries(python.printed).filter(([id]) =>
        Object.hasOwn(others, id),
      ),
    ),
  );
  expect(noText[0]).toBe('good');
  expect(native.rendered).toEqual(python.rendered);
  expect(native.tries).toEqual(python.tries);
});

/** What differs from attempt to attempt, or is how Airflow itself is started. */
const OF_ATTEMPTS =
  /^(MAESTRO_(ATTEMPT_ID|RUN_ID|TASK_TOKEN|TASK_API_URL|SOURCE|OUTPUT|RUNNER|RUN_AFTER)|PWD|OLDPWD|SHLVL|TMPDIR|A|MAESTRO_RUN_KEY|AIRFLOW_CTX_DAG_RUN_ID|AIRFLOW__CORE__EXECUTION_API_SERVER_URL|AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST|_AIRFLOW_PARSING_CONTEXT_(DAG|TASK)_ID)=/;

it('finds the same environment', async () => {
  const { native, python } = await both(
    dag(`
show = "env | grep -v '^_=' | sort"
bash("inherits", show)
bash("adds", show, env={"A": "{{ run_id }}", "LANG": "C.UTF-8"}, append_env=True)
bash("only", show, env={"A": "two\\nexport B='1'\\nlines", "c": "", "PATH": "/usr/bin:/bin"})
bash("nothing", "$(command -p which env)" " | grep -v '^_=' | sort", env={})
bash("own_path", "echo $PATH", env={"PATH": "/nowhere"}, append_env=True)
bash("of_airflow", "echo $AIRFLOW_CTX_DAG_ID", env={"AIRFLOW_CTX_DAG_ID": "other"})
bash("program", "command -v airflow")
`),
  );
  const variables = (left: Left) =>
    Object.fromEntries(
      Object.entries(left.printed).map(([id, lines]) => [
        id,
        lines.filter(line => !OF_ATTEMPTS.test(line)),
      ]),
    );
  const { only, nothing, of_airflow: own, ...inherit } = variables(native);
  const theirs = variables(python);
  expect(theirs).toMatchObject(inherit);
  // In the socket that is Airflow's standard input bash sees a remote login: it
  // reads the ~/.bashrc of this machine first, and we do not.
  expect(theirs.only).toEqual(
    expect.arrayContaining(only.filter(line => !line.startsWith('PATH='))),
  );
  expect(theirs.nothing).toEqual(expect.arrayContaining(nothing));
  expect(theirs.of_airflow.at(-1)).toBe(own[0]);
  expect(only).toContain('PATH=/usr/bin:/bin');
  expect(native.printed.only).toContain('AIRFLOW_CTX_DAG_OWNER=ann');
  expect(native.printed.only).toContain(
    'AIRFLOW_CTX_LOGICAL_DATE=2025-01-01T00:00:00+00:00',
  );
  // By these its processes are found and ended, wherever they fled to.
  const names = native.printed.nothing.map(line => line.split('=')[0]);
  expect(names.filter(name => /MAESTRO|TMPDIR|HOME/.test(name))).toEqual([
    'MAESTRO_ATTEMPT_ID',
    'MAESTRO_RUNNER',
  ]);
  expect(native.printed.of_airflow).toEqual(['tested']);
});

it('hides the secrets of its templates', async () => {
  const { native } = await both(
    dag(`
bash("leak", "echo {{ conn.db.password }} | rev | rev; echo $KEY", env={"KEY": "{{ conn.db.password }}"}, append_env=True)
`),
    {
      connections: [
        { connId: 'db', connType: 'http', password: 'correct-horse-battery' },
      ],
    },
  );
  expect(native.printed.leak).toEqual(['***', '***']);
  expect(JSON.stringify(native.rendered)).not.toContain('correct-horse');
});

it('shows no value that Airflow hides by its name', async () => {
  const { native, python } = await both(
    dag(`
env = {"DB_PASSWORD": "hunter2", "MY_API_KEY": "", "PLAIN": "x"}
bash("plain", "echo $DB_PASSWORD", env=dict(env))
bash("rendered", "echo {{ ds }} $DB_PASSWORD", env=dict(env), append_env=True)
`),
  );
  expect(native.rendered).toEqual(python.rendered);
  const shown = { DB_PASSWORD: '***', MY_API_KEY: '***', PLAIN: 'x' };
  for (const task of ['plain', 'rendered']) {
    expect(native.rendered[task]).toMatchObject({ env: shown });
    expect(native.env[task]).toMatchObject(shown);
  }
  // In Airflow it is the task's own doing what it prints.
  expect(native.printed.plain).toEqual(['hunter2']);
  expect(python.printed.plain.at(-1)).toBe('hunter2');
});

it('is really dead, with all that it started, when its run is cancelled', async () => {
  const pids = join(runner.scratch, 'pids');
  const abort = new AbortController();
  const { left } = await run(
    true,
    dag(`
bash("stubborn", """trap 'echo cleaning; exit 1' TERM
sleep 600 & one=$!
(trap '' TERM; sleep 601) & two=$!
setsid bash -c 'echo $$ > ${pids}.own; exec sleep 602' &
while [ ! -s ${pids}.own ]; do sleep 0.1; done
echo $$ $one $two $(cat ${pids}.own) > ${pids}.new; mv ${pids}.new ${pids}; echo ready
wait; wait
""", env={"PATH": "/usr/bin:/bin"})
`),
    {
      cancelGraceMs: 2_000,
      signal: abort.signal,
      onLog: () => abort.abort(),
    },
  );
  expect(left.states.stubborn).not.toBe('success');
  expect(left.printed.stubborn).toEqual(['ready', 'cleaning']);
  const started = readFileSync(pids, 'utf8').trim().split(' ');
  expect(started).toHaveLength(4);
  expect(started.filter(isAlive)).toEqual([]);
});

it('stays with Python where something of it is Python, and says what', async () => {
  const source = dag(`
class Own(BashOperator):
    pass

@task.bash
def decorated():
    return "echo of Python"

Own(task_id="subclass", bash_command="true")
BashOperator.partial(task_id="mapped").expand(bash_command=["echo a", "echo b"])
BashOperator.partial(task_id="mapped_env", bash_command="echo $A").expand(env=[{"A": "1"}, {"A": "2"}])
bash("called_back", "true", on_success_callback=print)
bash("hooked", "true", pre_execute=lambda context: None)
bash("processed", "echo a", output_processor=str.upper)
bash("native", "true", outlets=[Asset("made")])
decorated()
`);
  const { left, seen } = await run(true, source);
  const { definition } = seen;
  expect(
    Object.fromEntries(
      definition.tasks.map(({ id, airflowPath }) => [
        id,
        airflowPath!.reason ?? airflowPath!.path,
      ]),
    ),
  ).toEqual({
    subclass: 'Own is Python code',
    mapped: 'it is mapped',
    mapped_env: 'it is mapped',
    called_back: 'on_success_callback= is Python code',
    hooked: 'pre_execute= is Python code',
    processed: 'output_processor= is Python code',
    native: 'native',
    decorated: '@task.bash is Python code',
  });
  expect(definition.tasks.find(({ id }) => id === 'native')).toMatchObject({
    produces: [{ asset: 'made', on: 'success' }],
  });
  expect(new Set(Object.values(left.states))).toEqual(new Set(['success']));
  expect(left.xcoms).toMatchObject({
    mapped: { return_value: 'b' },
    mapped_env: { return_value: '2' },
    processed: { return_value: 'A' },
    native: { return_value: '' },
    decorated: { return_value: 'of Python' },
  });
});

it('stays with Python where a plugin listens to tasks', async () => {
  const listened = new DagRunner({
    'listens.py': `
import sys
from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin

@hookimpl
def on_task_instance_success(previous_state, task_instance):
    print("heard of", task_instance.task_id)

class Listens(AirflowPlugin):
    name = "listens"
    listeners = [sys.modules[__name__]]
`,
  });
  try {
    const source = dag('bash("a", "true")');
    const { definition, logs } = await listened.run(source);
    expect(definition.tasks[0].airflowPath).toEqual({
      path: 'python',
      reason: expect.stringContaining('a plugin listens to tasks'),
    });
    expect(logs.a).toContain('heard of a');
  } finally {
    await listened.remove();
  }
});

it('leaves nothing in the folder that it was told to work in', () => {
  expect(readdirSync(join(runner.scratch, 'here'))).toEqual([]);
});

function isAlive(pid: string): boolean {
  try {
    return !/ [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
