import {
  registered,
  withoutFirstRuns,
  writePipeline,
} from '../portal/pipelines.mjs';
import { startPortal } from '../portal/portal.mjs';
import { residentBytes } from '../portal/processes.mjs';
import { head, row } from './benchProgram.mjs';
import { cpuSeconds } from './cpu.mjs';

/*
 * The work that was measured with Airflow 3.3.2 (LocalExecutor, tuned, 2 cores),
 * through the whole portal with processes on this machine and SQLite:
 *
 *   node test/bench/airflow.mjs
 *
 * Airflow's figures were measured elsewhere, on 2 cores too; they stand beside.
 * Run it alone. It fails only when something does not work.
 */

const ROUNDS = 5;
const RESTING_PIPELINES = 100;
const REST_SECONDS = 60;

const run = { command: ['/bin/true'] };

const PIPELINES = {
  bench_chain: {
    tasks: Array.from({ length: 40 }, (_, no) => ({
      id: `t${no}`,
      dependsOn: no ? [`t${no - 1}`] : [],
      run,
    })),
  },
  bench_parallel: {
    tasks: Array.from({ length: 200 }, (_, no) => ({ id: `t${no}`, run })),
  },
  bench_map: {
    tasks: [
      {
        id: 'all',
        map: { over: Array.from({ length: 1_000 }, (_, no) => no) },
        run,
      },
    ],
  },
};

const median = values =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

const portal = await startPortal();
const pids = () => [portal.backendPid(), portal.launcherPid()];
const cpu = () => pids().reduce((sum, pid) => sum + cpuSeconds(pid), 0);

async function oneRun(name) {
  const asked = Date.now();
  const { runId } = await portal.api.post(`/pipelines/${name}/runs`, {});
  const detail = await portal.api.finished(runId, { timeoutMs: 300_000 });
  if (detail.state !== 'success')
    throw new Error(`${name} is ${detail.state}: ${detail.stateReason}`);
  return {
    seconds: (detail.endedAt - detail.startedAt) / 1000,
    toStart:
      (Math.min(...detail.tasks.map(task => task.startedAt)) - asked) / 1000,
  };
}

try {
  await withoutFirstRuns(portal);
  for (const [name, what] of Object.entries(PIPELINES))
    writePipeline(portal, name, what);
  for (let no = 0; no < RESTING_PIPELINES; no++)
    writePipeline(portal, `rest_${no}`, {
      schedule: { cron: '0 0 1 1 *' },
      tasks: [{ id: 'only', run }],
    });
  await registered(portal, [
    ...Object.keys(PIPELINES),
    `rest_${RESTING_PIPELINES - 1}`,
  ]);

  head('what', 'Airflow 3.3.2', 'Maestro', 'times faster');
  const cost = [];
  const starts = [];
  for (const [name, what, airflow, tasks] of [
    ['bench_chain', 'chain of 40 shell tasks', 10.2, 40],
    ['bench_parallel', '200 shell tasks in parallel', 25.4, 200],
    ['bench_map', 'map of 1,000 shell tasks', 96, 1_000],
  ]) {
    await oneRun(name);
    const before = cpu();
    const rounds = [];
    for (let no = 0; no < ROUNDS; no++) rounds.push(await oneRun(name));
    cost.push((cpu() - before) / ROUNDS / tasks);
    if (name === 'bench_chain') starts.push(...rounds.map(one => one.toStart));
    const seconds = median(rounds.map(one => one.seconds));
    row(
      what,
      `${airflow} s`,
      `${seconds.toFixed(2)} s`,
      (airflow / seconds).toFixed(0),
    );
  }
  row(
    'processor a task',
    '0.20–0.34 s',
    `${Math.min(...cost).toFixed(3)}–${Math.max(...cost).toFixed(3)} s`,
    (0.2 / Math.max(...cost)).toFixed(0),
  );
  row(
    'from the trigger to the start of its first task',
    '0.15 s',
    `${median(starts).toFixed(3)} s`,
    (0.15 / median(starts)).toFixed(1),
  );
  const rested = cpu();
  await new Promise(resolve => {
    setTimeout(resolve, REST_SECONDS * 1000);
  });
  const percent = (100 * (cpu() - rested)) / REST_SECONDS;
  const memory = pids().reduce((sum, pid) => sum + residentBytes(pid), 0) / 1e6;
  row(
    `at rest with ${RESTING_PIPELINES} pipelines: of a core`,
    '51 %',
    `${percent.toFixed(1)} %`,
    (51 / percent).toFixed(0),
  );
  row(
    `at rest with ${RESTING_PIPELINES} pipelines: memory, here with the portal`,
    '1,080 MB',
    `${memory.toFixed(0)} MB`,
    (1_080 / memory).toFixed(1),
  );
} finally {
  await portal.stop();
}
