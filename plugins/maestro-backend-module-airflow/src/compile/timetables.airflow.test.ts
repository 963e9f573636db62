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
import pendulum
from datetime import datetime, timedelta
from airflow.sdk import (DAG, CronDataIntervalTimetable, CronTriggerTimetable,
    DeltaDataIntervalTimetable, DeltaTriggerTimetable, MultipleCronTriggerTimetable)
from dateutil.relativedelta import relativedelta
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
# By the calendar: from the end of a month, over a leap day, and in a time zone.
BERLIN = pendulum.timezone("Europe/Berlin")
CALENDAR = {
    "months": (relativedelta(months=1), datetime(2023, 12, 31, 0, 20)),
    "months_berlin": (relativedelta(months=1), datetime(2024, 1, 31, 2, 30, tzinfo=BERLIN)),
    "months_trigger": (DeltaTriggerTimetable(relativedelta(months=1)), datetime(2024, 1, 30)),
    "months_with_interval": (DeltaTriggerTimetable(relativedelta(months=1),
        interval=relativedelta(months=1)), datetime(2024, 1, 31)),
    "months_and_days": (DeltaDataIntervalTimetable(relativedelta(months=1, days=1, hours=6)), datetime(2024, 1, 30)),
    "quarters": (DeltaDataIntervalTimetable(relativedelta(months=3)), datetime(2023, 11, 30)),
    "years": (DeltaDataIntervalTimetable(relativedelta(years=1)), datetime(2020, 2, 29)),
    "weeks": (DeltaDataIntervalTimetable(relativedelta(weeks=1)), datetime(2025, 3, 1, tzinfo=BERLIN)),
    "cron_month": (CronTriggerTimetable("30 6 28-31 * *", timezone="Europe/Berlin",
        interval=relativedelta(months=1)), datetime(2024, 1, 1)),
}
START, END = datetime(2025, 3, 28, 0, 20), datetime(2025, 4, 2)
DAGS = []
for name, (timetable, start) in {**{name: (table, START) for name, table in TABLES.items()}, **CALENDAR}.items():
    with DAG(name, schedule=timetable, catchup=True, start_date=start, end_date=END) as dag:
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
        dueTimes(schedule, 0, Date.UTC(2027, 0, 1), 100).map(due => {
          const { start, end } = dataInterval(schedule, due);
          return [due, start, end, logicalDate(schedule, due)];
        }),
      ),
    ]),
  );
  expect(Object.keys(found)).toHaveLength(19);
  expect(found).toEqual(asked);
});
