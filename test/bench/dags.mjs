import path from 'node:path';
import { parseArgs } from 'node:util';
import { registered } from '../portal/pipelines.mjs';
import { startPortal } from '../portal/portal.mjs';
import { processesOf } from '../portal/processes.mjs';
import { startAirflow } from './airflowServer.mjs';
import { head, ROOT, row } from './benchProgram.mjs';
import { cpuOfTrees } from './cpu.mjs';

/*
 * The same DAG files on Maestro and on Airflow (LocalExecutor, tuned, with
 * PostgreSQL), in one run on one machine: time, and processor of everything
 * that takes part.
 *
 *   node test/bench/dags.mjs [--rounds 3] [--chain 40] [--parallel 200]
 *     [--map 1000] [--only maestro|airflow] [--in-python]
 *     [--bash 'echo {{ ds }}']
 *
 * With --in-python Maestro has a process of Airflow for Bash tasks, too.
 * Python as for the suite airflow: .tools/airflow or MAESTRO_AIRFLOW_PYTHON.
 * The two are up one after the other, never together.
 */

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    chain: { type: 'string', default: '40' },
    parallel: { type: 'string', default: '200' },
    map: { type: 'string', default: '1000' },
    only: { type: 'string' },
    'in-python': { type: 'boolean', default: false },
    bash: { type: 'string', default: 'true' },
  },
});
const FOLDER = path.join(ROOT, 'test/bench/dags');
/**
 * Tasks at a time: what each is fastest with on two cores. With 8 a map takes
 * Airflow twice as long as with 32, which is its default.
 */
const AT_A_TIME = { maestro: 8, airflow: 32 };
const python =
  process.env.MAESTRO_AIRFLOW_PYTHON ??
  path.join(ROOT, '.tools/airflow/bin/python');
const env = {
  BENCH_CHAIN: values.chain,
  BENCH_PARALLEL: values.parallel,
  BENCH_MAP: values.map,
  BENCH_BASH: values.bash,
};
const WORK = [
  ['bench_chain_bash', `chain of ${values.chain} Bash tasks`, values.chain],
  ['bench_chain_python', `chain of ${values.chain} Python tasks`, values.chain],
  [
    'bench_parallel_bash',
    `${values.parallel} Bash tasks in parallel`,
    values.parallel,
  ],
  ['bench_map_python', `map of ${values.map} Python tasks`, values.map],
];
const IDS = WORK.map(([id]) => id);

const median = list =>
  [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

/**
 * Seconds, and seconds of processor a run, by DAG.
 *
 * @param options.roots - tells the processes that take part, by part
 */
async function measure({ oneRun, roots }) {
  const parts = () => {
    const named = Object.entries(roots());
    return named.map(([part, pids]) => [
      part,
      cpuOfTrees(pids, {
        without: named.flatMap(([other, some]) => (other === part ? [] : some)),
      }),
    ]);
  };
  const found = {};
  for (const id of IDS) {
    // Imports and caches are warm for both.
    await oneRun(id);
    const before = new Map(parts());
    const seconds = [];
    for (let no = 0; no < Number(values.rounds); no++)
      seconds.push(await oneRun(id));
    const used = parts().map(([part, all]) => [
      part,
      (all - before.get(part)) / seconds.length,
    ]);
    found[id] = {
      seconds: median(seconds),
      cpu: used.reduce((sum, [, cpu]) => sum + cpu, 0),
      parts: used,
    };
  }
  return found;
}

async function onMaestro() {
  const portal = await startPortal({
    config: {
      maestro: {
        firstRun: false,
        catalog: { folders: [] },
        executors: { airflow: { maxParallel: AT_A_TIME.maestro } },
        airflow: {
          sources: [
            {
              name: 'bench',
              folder: FOLDER,
              owner: 'group:default/ml-team',
              environment: 'bench',
              lower: !values['in-python'],
            },
          ],
          environments: { bench: { python, env } },
        },
      },
    },
  });
  const named = program =>
    processesOf(portal.dataDir)
      .filter(({ command }) => command.includes(program))
      .map(({ pid }) => pid);
  try {
    await registered(portal, IDS);
    return await measure({
      roots: () => ({
        backend: [portal.backendPid()],
        'launcher, and who asks for a fork': named('/launcher.mjs'),
        // An orphan, so that it outlives the tasks that start it.
        'forks of Airflow': named('python/fork_server.py maestro'),
      }),
      async oneRun(id) {
        const { runId } = await portal.api.trigger(id);
        const run = await portal.api.finished(runId, { timeoutMs: 600_000 });
        if (run.state !== 'success')
          throw new Error(`${id} is ${run.state}: ${run.stateReason}`);
        return (run.endedAt - run.startedAt) / 1000;
      },
    });
  } finally {
    await portal.stop();
  }
}

async function onAirflow() {
  const airflow = await startAirflow({
    python,
    folder: FOLDER,
    parallelism: AT_A_TIME.airflow,
    env,
  });
  try {
    await airflow.known(IDS);
    return {
      version: airflow.version,
      ...(await measure({
        oneRun: airflow.oneRun,
        roots: () => ({ all: airflow.roots }),
      })),
    };
  } finally {
    await airflow.stop();
  }
}

const here = values.only === 'airflow' ? undefined : await onMaestro();
const there = values.only === 'maestro' ? undefined : await onAirflow();
const shown = (value, digits = 1) =>
  value === undefined ? '' : `${value.toFixed(digits)} s`;
const share = (a, b) => (a && b ? (a / b).toFixed(2) : '');
head(
  'what',
  `Airflow ${there?.version ?? ''}`,
  'Maestro',
  'share (goal 0.5)',
  'processor: Airflow',
  'Maestro',
  'share (goal 0.5)',
  'processor a task: Airflow',
  'Maestro',
);
for (const [id, what, tasks] of WORK) {
  const [ours, theirs] = [here?.[id], there?.[id]];
  const each = one => one && one.cpu / Number(tasks);
  row(
    what,
    shown(theirs?.seconds),
    shown(ours?.seconds),
    share(ours?.seconds, theirs?.seconds),
    shown(theirs?.cpu),
    shown(ours?.cpu),
    share(ours?.cpu, theirs?.cpu),
    shown(each(theirs), 3),
    shown(each(ours), 3),
  );
}
if (here) {
  process.stdout.write('\nMilliseconds of processor a task of Maestro:\n\n');
  head('what', ...here[IDS[0]].parts.map(([part]) => part));
  for (const [id, what, tasks] of WORK)
    row(
      what,
      ...here[id].parts.map(([, cpu]) =>
        ((1000 * cpu) / Number(tasks)).toFixed(0),
      ),
    );
}
