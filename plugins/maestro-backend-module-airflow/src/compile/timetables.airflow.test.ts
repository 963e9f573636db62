/* Airflow's own timetables, asked beside the schedules that they become. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  dataInterval,
  dueTimes,
  logicalDate,
} from '@maestro/plugin-maestro-common';
import { airflowPython } from '../execution/__testUtils__/runDag';
import { readDagFolder } from '../readDagFolder';

jest.setTimeout(240_000);

/** Europe/Berlin goes to summer time on the 30th of March. */
const FILE = `
from datetime import datetime, timedelta
from airflow.sdk import (DAG, CronDataIntervalTimetable, CronTriggerTimetable,
    DeltaDataIntervalTimetable, DeltaTriggerTimetable, MultipleCronTriggerTimetable)
from airflow.providers.standard.operators.empty import EmptyOperator

TABLES = {
    "daily": "@daily",
    "berlin": CronTriggerTimetable("30 6 * * *", timezone="Europe/Berlin"),
    "with_interval": CronTriggerTimetable("0 0 * * *", timezone="UTC", interval=timedelta(hours=36)),
    "several": MultipleCronTriggerTimetable("0 */12 * * *", "0 0 * * *", "30 1 * * *", timezone="UTC"),
    "several_with_interval": MultipleCronTriggerTimetable("0 0 * * *", "0 6 * * *", timezone="UTC", interval=timedelta(hours=1)),
    "delta": timedelta(hours=7),
    "delta_with_interval": DeltaTriggerTimetable(timedelta(hours=7), interval=timedelta(hours=14)),
    "intervals": CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    "intervals_berlin": CronDataIntervalTimetable("30 6 * * *", timezone="Europe/Berlin"),
    "delta_intervals": DeltaDataIntervalTimetable(timedelta(hours=7)),
}
DAGS = []
for name, timetable in TABLES.items():
    with DAG(name, schedule=timetable, catchup=True, start_date=datetime(2025, 3, 28, 0, 20),
             end_date=datetime(2025, 4, 2)) as dag:
        EmptyOperator(task_id="a")
    DAGS.append(dag)
`;

/** Each run: when it is due, start and end of its interval, logical date. */
const ASK = `
import json, runpy, sys
import pendulum
from airflow.serialization.encoders import coerce_to_core_timetable
from airflow.timetables.base import TimeRestriction

def runs(dag):
    timetable = coerce_to_core_timetable(dag.timetable)
    bounds = TimeRestriction(pendulum.instance(dag.start_date), pendulum.instance(dag.end_date), catchup=True)
    last = None
    while info := timetable.next_dagrun_info(last_automated_data_interval=last, restriction=bounds):
        last = info.data_interval
        yield [round(at.timestamp() * 1000) for at in (info.run_after, last.start, last.end, info.logical_date)]

print("asked:" + json.dumps({dag.dag_id: list(runs(dag)) for dag in runpy.run_path(sys.argv[1])["DAGS"]}))`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'maestro-airflow-timetables-'));
  writeFileSync(join(folder, 'dags.py'), FILE);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('are due when Airflow says, with its data intervals and logical dates', async () => {
  const python = airflowPython();
  const home = join(folder, 'home');
  const printed = execFileSync(python, ['-c', ASK, join(folder, 'dags.py')], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: home, AIRFLOW_HOME: home },
  });
  const asked = JSON.parse(printed.slice(printed.indexOf('asked:') + 6));
  const { pipelines, problems } = await readDagFolder({ folder, python });
  expect(problems).toEqual([]);
  const found = Object.fromEntries(
    pipelines.map(({ definition: { name, schedules } }) => [
      name,
      schedules.flatMap(schedule =>
        dueTimes(schedule, 0, Date.UTC(2026, 0, 1), 100).map(due => {
          const { start, end } = dataInterval(schedule, due);
          return [due, start, end, logicalDate(schedule, due)];
        }),
      ),
    ]),
  );
  expect(Object.keys(found)).toHaveLength(10);
  expect(found).toEqual(asked);
});
