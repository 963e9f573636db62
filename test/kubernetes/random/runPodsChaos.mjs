import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { settled } from '../../chaos/cluster.mjs';
import { checkInvariants } from '../../chaos/invariants.mjs';
import { nothingLeft, startOnPods } from '../chaos/onPods.mjs';
import { killAtRandom } from './killing.mjs';
import { startPodLoad } from './podLoad.mjs';

/** Between two runs of ten tasks, milliseconds. */
const TRIGGER_MS = 12_000;
/** After the last run was triggered faults go on for so long. */
const TAIL_MS = 20_000;

/**
 * Two schedulers on one PostgreSQL whose tasks are pods, while backends and
 * parts of the cluster are killed at random; then everything comes to its end,
 * and the rules are looked at: by rows, by what the tasks wrote and by what is
 * left in the cluster.
 *
 * @param options.seed - whole number: which faults, when, for how long
 * @param options.tasks - of runs, beside those of a schedule
 * @returns the report: seed, faults, counts
 * @throws when a rule is broken; logs and database are kept then, and the error
 * says how to play the seed again
 */
export async function runPodsChaos({ seed, tasks = 50, say = print }) {
  say(`seed ${seed}, ${tasks} tasks`);
  const world = await startOnPods({
    name: `random-${process.pid}`,
    hosts: [1, 1],
    database: 'postgres',
    // While containerd is away no image can be looked at; it comes back.
    settings: { pullTimeout: 'PT1M' },
  });
  const { kube, engine } = world;
  let ok = false;
  try {
    const load = await startPodLoad(world, { tasks, everyMs: TRIGGER_MS });
    let until = Infinity;
    const loaded = load.done().finally(() => {
      until = Date.now() + TAIL_MS;
    });
    const faults = await killAtRandom(world, {
      seed,
      isOver: () => Date.now() > until,
      say,
    });
    await loaded;
    const stoppedAt = Date.now();
    await settled(engine, { timeoutMs: 300_000 });
    const settledMs = Date.now() - stoppedAt;
    await allSucceeded(engine);
    const counts = await checkInvariants(engine, load);
    await nothingLeft(kube, ['pods', 'secrets', 'configmaps']);
    assert.deepEqual(
      engine.schedulers.flatMap(one => one.deaths),
      [],
      'no scheduler ends by itself',
    );
    const report = {
      seed,
      faults: Object.fromEntries(
        Object.entries(faults).filter(([, count]) => count > 0),
      ),
      lives: engine.schedulers.reduce((sum, one) => sum + one.lives, 0),
      settledMs,
      ...counts,
      failures: await failures(engine),
    };
    ok = true;
    return report;
  } catch (error) {
    throw new Error(
      `${error.message}\nPlay it again: node test/kubernetes/random/runPodsChaos.mjs --seed ${seed} --tasks ${tasks}\nLogs are kept in ${engine.folder}`,
      { cause: error },
    );
  } finally {
    await world.stop({ keep: !ok });
  }
}

/** No fault is a task's own: each costs time, and none costs a run. */
async function allSucceeded({ knex }) {
  const failed = await knex('runs').whereNot('state', 'success');
  const attempts = await knex('attempts')
    .whereIn(
      'run_id',
      failed.map(run => run.id),
    )
    .whereNotNull('failure')
    .select('run_id', 'task_no', 'seq', 'attempt_id', 'failure', 'message');
  assert.deepEqual(
    failed.map(run => [run.run_key, run.state]),
    [],
    `every run succeeds; attempts that did not: ${JSON.stringify(attempts)}`,
  );
}

/** How many attempts ended how. */
async function failures({ knex }) {
  const rows = await knex('attempts')
    .groupBy('failure')
    .select('failure')
    .count({ n: '*' });
  return Object.fromEntries(
    rows.map(({ failure, n }) => [failure ?? 'success', Number(n)]),
  );
}

function print(text) {
  process.stdout.write(`  ${text}\n`);
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      tasks: { type: 'string', default: '50' },
    },
  });
  const report = await runPodsChaos({
    seed: Number(values.seed),
    tasks: Number(values.tasks),
  });
  print(JSON.stringify(report, null, 2));
}
