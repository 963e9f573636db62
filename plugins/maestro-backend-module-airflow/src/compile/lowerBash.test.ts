import { compileDag } from './compileDag';
import { lowerBash, type NativeBash } from './lowerBash';
import type { LoweringOptions, NativeFacts } from './lowering';

/** As the parse process tells it of `BashOperator(bash_command="echo hi")`. */
function facts(more: Partial<NativeBash['bash']> = {}): NativeBash {
  return {
    bash: {
      command: 'echo hi',
      env: null,
      appendEnv: false,
      cwd: null,
      skipExitCodes: [99],
      handsOn: true,
      owner: 'airflow',
      templates: {},
      ...more,
    },
  };
}

const INHERITS = { env: 'inherit', handsOn: true, owner: 'airflow' };
const ONLY = { ...INHERITS, env: 'only' };

describe('a BashOperator', () => {
  it.each<[string, Partial<NativeBash['bash']>, object]>([
    ['is its command', {}, { command: ['bash', '-c', 'echo hi'] }],
    [
      'that says nothing of its environment inherits all',
      {},
      { bash: INHERITS },
    ],
    [
      'with env= has nothing else',
      { env: { A: '1' } },
      { bash: ONLY, env: { A: '1' } },
    ],
    ['with an empty env= has nothing', { env: {} }, { bash: ONLY }],
    [
      'with append_env=True has both',
      { env: { A: '1' }, appendEnv: true },
      { bash: INHERITS, env: { A: '1' } },
    ],
    [
      "cannot change what Airflow's own variables say",
      { env: { AIRFLOW_CTX_DAG_ID: 'x', A: '1' } },
      { env: { A: '1' } },
    ],
    [
      'with cwd= starts there',
      { cwd: '/srv' },
      { bash: INHERITS, env: { MAESTRO_BASH_CWD: '/srv' } },
    ],
    [
      'hands on nothing with do_xcom_push=False',
      { handsOn: false },
      { bash: { env: 'inherit', owner: 'airflow' } },
    ],
    [
      'skips itself with its own exit codes',
      { skipExitCodes: [1, 5] },
      { skipExitCodes: [1, 5] },
    ],
    [
      'without skip_on_exit_code= never does',
      { skipExitCodes: [] },
      { skipExitCodes: [] },
    ],
    [
      'loses what Jinja takes from a text without a template',
      { command: 'a\r\nb\n\n', env: { A: 'x\n' } },
      { command: ['bash', '-c', 'a\nb\n'], env: { A: 'x' } },
    ],
    [
      'may have the longest text there is',
      { command: 'x'.repeat(131_071), env: { ABC: 'x'.repeat(131_067) } },
      { command: ['bash', '-c', 'x'.repeat(131_071)] },
    ],
    [
      'keeps its texts for Jinja where there is a template',
      {
        command: 'echo {{ ds }}\n',
        templates: { bash_command: 'echo {{ ds }}\n' },
      },
      { command: ['bash', '-c', 'echo {{ ds }}\n'] },
    ],
  ])('%s', (_, more, expected) => {
    expect(lowerBash(facts(more))).toMatchObject(expected);
  });

  it.each<[string, Partial<NativeBash['bash']>, string]>([
    [
      'has a variable that shells drop',
      { env: { 'MY-VAR': '1' } },
      'the variable "MY-VAR" has a name that shells do not hand on',
    ],
    [
      "has one of Maestro's own variables",
      { env: { MAESTRO_RUN_ID: '1' }, appendEnv: true },
      'the variable "MAESTRO_RUN_ID" has a name that Maestro uses itself',
    ],
    [
      'has a variable of the shell itself',
      { env: { IFS: ',' } },
      'the variable "IFS" means something to every shell',
    ],
    [
      'is the name of an object key',
      { env: JSON.parse('{"__proto__": "x", "A=B": "1"}') },
      'the variable "A=B" has a name that shells do not hand on',
    ],
    [
      "has what would be an expression of Maestro's",
      { command: 'echo ${{ run.id }}' },
      '"${{" in it would be an expression of Maestro',
    ],
    [
      'is longer than an argument can be',
      { command: 'ü'.repeat(65_536) },
      'a text of it has more than 131071 bytes, which no argument can have',
    ],
    [
      'has a variable that is, with its name',
      { env: { ABC: 'x'.repeat(131_068) } },
      'a text of it has more than 131071 bytes, which no argument can have',
    ],
    ['has a NUL', { cwd: '/a\0b' }, 'it has a NUL, which no argument can have'],
  ])('stays with Python when it %s', (_, more, python) => {
    expect(lowerBash(facts(more))).toEqual({ python });
  });
});

describe('a task of a BashOperator', () => {
  const compiled = (native: NativeFacts, options: LoweringOptions = {}) =>
    compileDag(
      {
        dag: {
          dag_id: 'd',
          relative_fileloc: 'd.py',
          timetable: {
            __type: 'airflow.timetables.simple.NullTimetable',
            __var: {},
          },
          task_group: { _group_id: null, children: {} },
          tasks: [
            {
              __type: 'operator',
              __var: {
                task_id: 'a',
                task_type: 'BashOperator',
                execution_timeout: 60,
              },
            },
          ],
        },
        owner: 'o',
        pausedUponCreation: false,
        line: 1,
        tasks: { a: { line: 3, native } },
      },
      {
        source: 's',
        environment: 'e',
        ownerOf: () => 'o',
        notes: [],
        // Of pods alone.
        podsInPython: 'there is no cluster',
        ...options,
      },
    ).definition!.tasks[0];

  it('takes the native way on the executor of its environment, with its own timeout', () => {
    const templates = { bash_command: 'echo {{ ds }}', env: null, cwd: null };
    expect(
      compiled(facts({ command: 'echo {{ ds }}', templates })),
    ).toMatchObject({
      executor: 'airflow',
      airflowPath: { path: 'native' },
      command: ['bash', '-c', 'echo {{ ds }}'],
      bash: INHERITS,
      timeoutMs: 60_000,
      airflow: { operator: 'BashOperator', templates },
    });
  });

  it('says which variables are not shown', () => {
    const env = { DB_PASSWORD: 'hunter2' };
    expect(compiled(facts({ env, hides: ['DB_PASSWORD'] }))).toMatchObject({
      env,
      airflow: { operator: 'BashOperator', hides: ['DB_PASSWORD'] },
    });
    expect(compiled(facts({ env, hides: [] })).airflow).not.toHaveProperty(
      'hides',
    );
  });

  it.each<[string, NativeFacts, LoweringOptions, string]>([
    ['a callback', { python: 'a callback' }, {}, 'a callback'],
    ['its source says so', facts(), { bashInPython: 'lower' }, 'lower'],
    [
      'a variable of its own is no one that shells have',
      facts({ env: { _: '1' } }),
      {},
      'the variable "_" means something to every shell',
    ],
  ])('takes that of Python because of %s', (_, native, options, reason) => {
    const task = compiled(native, options);
    expect(task).toMatchObject({
      executor: 'airflow',
      airflowPath: { path: 'python', reason },
      timeoutMs: 120_000,
    });
    expect(task).not.toHaveProperty('command');
    expect(task).not.toHaveProperty('bash');
  });
});
