/* Runs that are about a partition, with the real timetables, mappers and tasks. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { queryDatabase } from './__testUtils__/queryDatabase';
import { DagRunner } from './__testUtils__/runDag';

// The first task of a suite waits until Airflow is imported.
jest.setTimeout(480_000);

const runner = new DagRunner();
afterAll(() => runner.remove());

const told = join(runner.scratch, 'told');

/** Days of a week are loaded one by one; regions as a task finds them. */
const DAGS = `
import json
from datetime import datetime
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import (
    DAG, AllowedKeyMapper, Asset, CronPartitionTimetable, PartitionedAssetTimetable,
    PartitionedAtRuntime, RollupMapper, StartOfWeekMapper, WeekWindow, get_current_context, task,
)

days = Asset("days")
regions = Asset("regions")

def tell(*more):
    context = get_current_context()
    run = context["dag_run"]
    date = context["partition_date"]
    # Both ways by which a task may ask.
    assert (run.partition_key, run.partition_date) == (context["partition_key"], date), run
    told = [run.dag_id, run.partition_key, date and date.isoformat(), "ds" in context, *more]
    with open(${JSON.stringify(told)}, "a") as file:
        file.write(json.dumps(told) + "\\n")

with DAG(
    "load_day",
    schedule=CronPartitionTimetable("0 4 * * *", timezone="UTC", key_format="%Y-%m-%d"),
    start_date=datetime(2025, 1, 6), end_date=datetime(2025, 1, 12, 12), catchup=True,
):
    @task(outlets=[days])
    def load(key, outlet_events=None):
        outlet_events[days].extra = {"rows": int(key[-2:])}
        tell(key)

    # Without Python.
    shell = BashOperator(
        task_id="shell", bash_command="""echo '["shell", "{{ partition_key }}"]' >> ${told}""")
    load("{{ partition_key }}") >> shell

with DAG("report_week", schedule=PartitionedAssetTimetable(
    assets=days,
    default_partition_mapper=RollupMapper(
        upstream_mapper=StartOfWeekMapper(input_format="%Y-%m-%d"), window=WeekWindow()),
)):
    @task
    def report_week(triggering_asset_events=None):
        tell(sorted([e.partition_key, e.extra["rows"]] for e in triggering_asset_events[days]))

    report_week()

with DAG("load_regions", schedule=PartitionedAtRuntime()):
    @task(outlets=[regions])
    def load_regions(outlet_events=None):
        outlet_events[regions].add_partitions(["us", "eu", "mars"])
        tell()

    load_regions()

with DAG("report_region", schedule=PartitionedAssetTimetable(
    assets=regions, default_partition_mapper=AllowedKeyMapper(["us", "eu"]),
)):
    @task
    def report_region(triggering_asset_events=None):
        tell([e.partition_key for e in triggering_asset_events[regions]])

    report_region()
`;

const lines = () =>
  existsSync(told)
    ? readFileSync(told, 'utf8')
        .trim()
        .split('\n')
        .map(line => JSON.parse(line))
    : [];
/** What tasks of a DAG have told, when there is so much, by key. */
async function toldBy(dag: string, n: number): Promise<unknown[]> {
  const look = () => lines().filter(([by]) => by === dag);
  for (let i = 0; i < 600 && look().length < n; i++) await setTimeout(250);
  return look()
    .map(([, ...rest]) => rest)
    .sort(([a], [b]) => String(a).localeCompare(String(b)));
}

it('tasks know their partition, and what they tell of it starts those who wait for it', async () => {
  const start = await runner.schedulers(DAGS);
  const scheduler = await start();
  try {
    // By its schedule: a run for each day, without a date of its own.
    const week = [6, 7, 8, 9, 10, 11, 12].map(day => [
      `2025-01-${String(day).padStart(2, '0')}`,
      day,
    ]);
    expect(await toldBy('load_day', 7)).toEqual(
      week.map(([key]) => [key, `${key}T04:00:00+00:00`, false, key]),
    );
    expect(await toldBy('shell', 7)).toEqual(week.map(([key]) => [key]));
    // All days of the week have come: one run, with what each of them told.
    expect(await toldBy('report_week', 1)).toEqual([
      ['2025-01-06 (W02)', '2025-01-06T00:00:00+00:00', false, week],
    ]);
    // By hand, of a partition that no schedule makes; it is about no run of the week before.
    await scheduler.trigger('load_day', 'again', '2025-01-13');
    expect((await toldBy('load_day', 8)).at(-1)).toEqual([
      '2025-01-13',
      '2025-01-13T00:00:00+00:00',
      true,
      '2025-01-13',
    ]);
    await expect(
      scheduler.trigger('load_day', 'wrong', 'yesterday'),
    ).rejects.toThrow('is no date in the format %Y-%m-%d');

    // A task says which partitions there are; the mapper which of them are for whom.
    await scheduler.trigger('load_regions', 'first');
    expect(await toldBy('report_region', 2)).toEqual([
      ['eu', null, false, ['eu']],
      ['us', null, false, ['us']],
    ]);
    expect(await toldBy('load_regions', 1)).toEqual([[null, null, true]]);

    const over = () =>
      queryDatabase(
        start.database,
        `select p.name, r.state, count(*) from runs r join pipelines p on p.id = r.pipeline_id group by 1, 2 order by 1`,
      );
    for (
      let i = 0;
      i < 600 && over().some(([, state]) => state !== 'success');
      i++
    ) {
      await setTimeout(250);
    }
    expect(over()).toEqual([
      ['load_day', 'success', 8],
      ['load_regions', 'success', 1],
      ['report_region', 'success', 2],
      ['report_week', 'success', 1],
    ]);
  } finally {
    await scheduler.stop();
  }
});

it('one DAG is run for a partition without a portal, as `dags test` does', async () => {
  const seen = await runner.run(
    `
from airflow.sdk import DAG, PartitionedAtRuntime, task

with DAG("region", schedule=PartitionedAtRuntime()):
    @task
    def load(dag_run=None):
        print("loads", dag_run.partition_key)

    load()
`,
    { partitionKey: 'us' },
  );
  expect(seen.state).toBe('success');
  expect(seen.logs.load).toContain('loads us');
});
