import type { TaskDefinition } from '@maestro/plugin-maestro-common';
import { taskSystems } from '../airflowapi/__testUtils__/taskSystems';
import { eachDatabase } from '../database/testing';
import { plainFields } from './bashTask';

const BASH = {
  executor: undefined,
  airflow: { operator: 'BashOperator' },
  airflowPath: { path: 'native' as const },
  bash: { env: 'only' as const, handsOn: true as const, owner: 'ann' },
  command: ['bash', '-c', 'echo hi'],
  env: { A: '1', MAESTRO_BASH_CWD: '/srv' },
};

eachDatabase((_name, databases) => {
  const setUp = taskSystems(databases);

  it('is launched with what Airflow tells every command, and shows its fields', async () => {
    const { attempt, db, settled } = await setUp([{ id: 'a', ...BASH }]);
    const { id, request, ends } = await attempt('a');
    expect(request).toMatchObject({
      command: BASH.command,
      bash: { ...BASH.bash, names: ['A', 'MAESTRO_BASH_CWD'] },
      env: {
        ...BASH.env,
        AIRFLOW_CTX_DAG_OWNER: 'ann',
        AIRFLOW_CTX_DAG_ID: 'dag',
        AIRFLOW_CTX_TASK_ID: 'a',
        AIRFLOW_CTX_TRY_NUMBER: '1',
        AIRFLOW_CTX_DAG_RUN_ID: 'manual__1',
        // Which says where it runs.
        MAESTRO_AIRFLOW_ENVIRONMENT: 'default',
      },
    });
    const { AIRFLOW_CTX_LOGICAL_DATE: date } = request.env;
    expect(date).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}000)?\+00:00$/,
    );
    expect(Date.parse(date)).toBe(Date.parse(request.env.MAESTRO_LOGICAL_DATE));
    const row = await db
      .table(db.knex, 'attempts')
      .where({ attempt_id: id })
      .first();
    expect(JSON.parse(row!.inputs!)).toMatchObject({
      rendered: { bash_command: 'echo hi', env: { A: '1' }, cwd: '/srv' },
    });
    // Its exit code counts: it says nothing of itself.
    ends();
    await settled('success');
  });

  it('shows no value that Airflow hides by its name, and is given it', async () => {
    const { attempt, db } = await setUp([
      {
        id: 'a',
        ...BASH,
        airflow: { operator: 'BashOperator', hides: ['DB_PASSWORD'] },
        env: { DB_PASSWORD: 'hunter2', A: 'x' },
      },
    ]);
    const { id, request } = await attempt('a');
    expect(request.env).toMatchObject({ DB_PASSWORD: 'hunter2', A: 'x' });
    const row = await db
      .table(db.knex, 'attempts')
      .where({ attempt_id: id })
      .first();
    expect(JSON.parse(row!.env!)).toMatchObject({
      DB_PASSWORD: '***',
      A: 'x',
    });
    expect(JSON.parse(row!.inputs!).rendered.env).toEqual({
      DB_PASSWORD: '***',
      A: 'x',
    });
  });

  it('tells nothing of Airflow to others', async () => {
    const { attempt } = await setUp([{ id: 'a' }]);
    const { request } = await attempt('a');
    expect(request.bash).toBeUndefined();
    expect(
      Object.keys(request.env).filter(name => name.startsWith('AIRFLOW_CTX_')),
    ).toEqual([]);
  });
});

describe('the fields of a BashOperator without templates', () => {
  const task = { ...BASH, no: 0, id: 'a' } as unknown as TaskDefinition;

  it.each<[string, Partial<TaskDefinition>, object]>([
    [
      'are null where it says nothing',
      { env: undefined },
      { rendered: { bash_command: 'echo hi', env: null, cwd: null } },
    ],
    [
      'are cut where they are long',
      { command: ['bash', '-c', 'x'.repeat(5_000)] },
      { rendered: { bash_command: `${'x'.repeat(4_096)}…` } },
    ],
    [
      'show no value that Airflow hides by its name',
      {
        airflow: { operator: 'BashOperator', hides: ['A'] },
        env: { A: '1', B: '' },
      },
      { rendered: { env: { A: '***', B: '' } } },
    ],
    [
      'show no secret',
      { command: ['bash', '-c', 'echo hunter22'] },
      { rendered: { bash_command: 'echo ***' } },
    ],
  ])('%s', (_, more, expected) => {
    expect(plainFields({ ...task, ...more }, ['hunter22'])).toMatchObject(
      expected,
    );
  });

  it.each<[string, Partial<TaskDefinition>]>([
    [
      'are told by who renders them, where it has some',
      { airflow: { operator: 'BashOperator', templates: { x: '{{ ds }}' } } },
    ],
    ['are those of no other task', { bash: undefined }],
  ])('%s', (_, more) => {
    expect(plainFields({ ...task, ...more }, [])).toEqual({});
  });
});
