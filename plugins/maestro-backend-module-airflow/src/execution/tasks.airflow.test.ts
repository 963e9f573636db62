import { dagOf, runDag } from './__testUtils__/runDag';

jest.setTimeout(180_000);

const HEAD = `
from datetime import datetime
from airflow.sdk import DAG, task, Variable
from airflow.providers.standard.operators.bash import BashOperator
`;

describe('tasks of Airflow', () => {
  it('hand on XComs, read variables and render templates', async () => {
    const seen = await runDag(
      dagOf('chain', [
        { id: 'shell' },
        { id: 'first', after: ['shell'] },
        { id: 'second', after: ['first'] },
      ]),
      `${HEAD}
with DAG("chain", schedule=None, start_date=datetime(2025, 1, 1)):
    @task
    def first(x):
        print("threshold", Variable.get("threshold"))
        return {"accuracy": x}

    @task
    def second(m):
        assert m == {"accuracy": 0.91}, m
        return m["accuracy"] > float(Variable.get("threshold"))

    shell = BashOperator(task_id="shell", bash_command="echo on {{ ds }}: {{ var.value.threshold }}")
    shell >> second(first(0.91))
`,
      { variables: { threshold: '0.85' } },
    );
    expect(seen).toMatchObject({
      state: 'success',
      states: { shell: 'success', first: 'success', second: 'success' },
    });
    expect(seen.logs.shell).toContain('on 2025-01-01: 0.85');
    expect(seen.logs.first).toContain('threshold 0.85');
  });
});
