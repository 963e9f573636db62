/* Mapped tasks that ask people, with the real operators. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { queryDatabase } from './__testUtils__/queryDatabase';
import { DagRunner } from './__testUtils__/runDag';

// The first task of a suite waits until Airflow is imported.
jest.setTimeout(480_000);

const dag = (told: string) => `
import json
from datetime import datetime
from airflow.providers.standard.operators.hitl import ApprovalOperator, HITLOperator
from airflow.sdk import DAG, task, task_group

def tell(*told):
    with open("${told}", "a") as file:
        file.write(json.dumps(told) + "\\n")

with DAG("asks", start_date=datetime(2025, 1, 1), schedule=None):
    pick = HITLOperator.partial(
        task_id="pick", options=["old", "new"], params={"why": "none"}
    ).expand(subject=["Which model in Oslo?", "Which model in Rome?", "Which model in Bonn?"])

    @task
    def use(answer, ti=None):
        assert answer["responded_by_user"]["id"], answer
        tell("use", ti.map_index, answer["chosen_options"], answer["params_input"])

    use.expand(answer=pick.output)

    @task
    def releases():
        return ["delays", "prices"]

    @task_group
    def each(name):
        @task
        def subject(name):
            return f"Release {name}?"

        @task
        def release(name):
            tell("release", name)

        may_go = ApprovalOperator(task_id="may_go", subject=subject(name))
        may_go >> release(name)

    each.expand(name=releases())
`;

const ASKING = `
select a.task_id || '[' || w.map_index || ']'
from waits w join attempts a on a.attempt_id = w.attempt_id
where w.kind = 'approval' order by 1`;
const runner = new DagRunner();
afterAll(() => runner.remove());

it('each instance asks by itself, and goes on with the answer that it was given', async () => {
  const told = join(runner.scratch, 'told');
  const start = await runner.schedulers(dag(told));
  const scheduler = await start();
  const { database } = start;
  const untilShown = async (sql: string, expected: string[]) => {
    const look = () => queryDatabase<[string]>(database, sql).flat();
    for (let i = 0; i < 600 && look().join() !== expected.join(); i++) {
      await setTimeout(250);
    }
    expect(look()).toEqual(expected);
  };
  try {
    const { runId } = await scheduler.trigger('asks', 'one');
    const answer = (
      taskId: string,
      mapIndex: number | undefined,
      input: Record<string, unknown>,
    ) => scheduler.answer(runId, { taskId, mapIndex }, input);
    await untilShown(ASKING, [
      'each.may_go[0]',
      'each.may_go[1]',
      'pick[0]',
      'pick[1]',
      'pick[2]',
    ]);
    await expect(
      answer('pick', undefined, { _options: 'old' }),
    ).rejects.toThrow(
      'Task "pick" is mapped: say which of its instances you answer',
    );
    await expect(answer('pick', 1, { _options: 'Approve' })).rejects.toThrow();
    await expect(answer('pick', 3, { _options: 'old' })).rejects.toThrow(
      /no instance 3/,
    );

    // The last one first: the others go on asking.
    await answer('pick', 2, { _options: 'new', why: 'faster' });
    await answer('each.may_go', 1, { _options: 'Reject' });
    await untilShown(ASKING, ['each.may_go[0]', 'pick[0]', 'pick[1]']);
    await answer('pick', 0, { _options: 'old' });
    await answer('each.may_go', 0, { _options: 'Approve' });
    await answer('pick', 1, { _options: 'new' });
    await expect(answer('pick', 1, { _options: 'old' })).rejects.toThrow(
      /waits for no decision/,
    );

    await untilShown(`select state from runs where state <> 'running'`, [
      'success',
    ]);
    expect(readFileSync(told, 'utf8').trim().split('\n').sort()).toEqual([
      '["release", "delays"]',
      '["use", 0, ["old"], {"why": "none"}]',
      '["use", 1, ["new"], {"why": "none"}]',
      '["use", 2, ["new"], {"why": "faster"}]',
    ]);
    const skipped = `select map_index from task_instances where state = 'skipped'`;
    expect(queryDatabase(database, skipped)).toEqual([[1]]);
  } finally {
    await scheduler.stop();
  }
});
