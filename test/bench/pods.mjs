import fs from 'node:fs';
import { execute, inNetwork } from '../cluster/commands.mjs';
import {
  IMAGE,
  NAMESPACE,
  nothingLeft,
  startOnPods,
} from '../kubernetes/chaos/onPods.mjs';
import { until } from '../portal/until.mjs';
import { head, row } from './benchProgram.mjs';

/*
 * Tasks as pods beside a bare loop on the same cluster in the same run: a
 * program that makes pods, watches them, reads their logs and deletes them; and
 * the same with volumes, which Kubernetes itself takes 0.3 s for.
 *
 *   node test/bench/pods.mjs [--pods 60] [--window 18] [--many 300]
 *
 * Needs root and what the suite `cluster` needs. The goals: less than 250 ms
 * over the bare loop for a single pod, 0.85 of its pods a second, at most 7
 * requests to the API server for each pod. It fails only when something does
 * not work.
 */

const SCRIPT = 'sleep 0.3; echo done';
const BARE = new URL('podsLoop.mjs', import.meta.url).pathname;
const SINGLES = 7;

const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const PODS = option('pods', 60);
const WINDOW = option('window', 18);
const MANY = option('many', 300);

const median = values =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const seconds = ms => `${(ms / 1000).toFixed(2)} s`;

const { kube, engine, stop } = await startOnPods({
  name: `bench-${process.pid}`,
  settings: { maxParallel: 400, keepSources: 'PT1H' },
});
const [backend] = engine.schedulers;

const task = id => ({
  id,
  executor: 'kubernetes',
  run: { command: ['sh', '-c', SCRIPT] },
});

async function bare(count, window, ...more) {
  const text = await execute(
    inNetwork(kube.settings, [
      ...[process.execPath, BARE, kube.kubeconfig, NAMESPACE, IMAGE],
      ...[String(count), String(window), SCRIPT, ...more],
    ]),
    { timeoutMs: 15 * 60_000 },
  );
  await until('its pods are gone', async () => {
    const { items } = await kube.json('get', 'pods', `-n${NAMESPACE}`);
    return items.length === 0;
  });
  return JSON.parse(text);
}

/** Requests that the backend has sent so far, by what they were. */
const requests = async () =>
  new Map(Object.entries(await engine.ask('requests')));

const residentMb = () =>
  Number(
    /VmRSS:\s+(\d+)/.exec(
      fs.readFileSync(`/proc/${backend.pid}/status`, 'utf8'),
    )[1],
  ) / 1024;

async function over(pipeline, runKey, began) {
  const { runId } = await engine.ask('trigger', { pipeline, runKey });
  let peak = 0;
  await until(
    `the run ${runKey} is over`,
    async () => {
      peak = Math.max(peak, residentMb());
      const run = await engine.knex('runs').where({ run_id: runId }).first();
      if (run.state === 'failed') throw new Error(`Run ${runKey} failed`);
      return run.state === 'success';
    },
    { timeoutMs: 15 * 60_000, everyMs: 10 },
  );
  return { ms: performance.now() - began, peak, runId };
}

async function maestro(count, window) {
  const pipeline = `bench_${count}_${window}`;
  await engine.store(pipeline, {
    maxActiveTasks: window,
    tasks: Array.from({ length: count }, (_, i) => task(`t${i}`)),
  });
  return over(pipeline, `${pipeline}-1`, performance.now());
}

/** Milliseconds of a run of one pod, by what they went into. */
async function partsOf(runId, at, ms) {
  const { claimed_at: claimed } = await engine
    .knex('attempts')
    .join('runs', 'runs.id', 'attempts.run_id')
    .where({ 'runs.run_id': runId })
    .first('attempts.claimed_at');
  const asked = await engine.ask('recentRequests');
  const made = asked.findLast(({ key }) => /^POST .*\/pods$/.test(key));
  return {
    'asked to claimed': Number(claimed) - at,
    'claimed to pod asked for': made.at - Number(claimed),
    'pod asked for to run over': at + ms - made.at,
  };
}

try {
  await bare(3, 3); // The first pods are slower than all others.
  await maestro(3, 3);

  const parts = [];
  const singles = { bare: [], volumes: [], maestro: [] };
  await engine.store('single', {
    tasks: [task('a')],
  });
  for (let i = 0; i < SINGLES; i += 1) {
    singles.bare.push((await bare(1, 1)).each[0]);
    singles.volumes.push((await bare(1, 1, 'volumes')).each[0]);
    const at = Date.now();
    const { ms, runId } = await over(
      'single',
      `single-${i}`,
      performance.now(),
    );
    singles.maestro.push(ms);
    parts.push(await partsOf(runId, at, ms));
    await nothingLeft(kube, ['pods']);
  }

  const rates = [];
  for (const [count, window] of [
    [PODS, WINDOW],
    [MANY, MANY],
  ]) {
    if (!count) continue;
    const alone = await bare(count, window);
    const volumes = await bare(count, window, 'volumes');
    const before = await requests();
    const own = await maestro(count, window);
    await nothingLeft(kube, ['pods'], 300_000);
    const after = await requests();
    rates.push({ count, window, alone, volumes, own, before, after });
  }

  const more = key => median(singles.maestro) - median(singles[key]);
  head(
    'one pod after another',
    'bare loop',
    'with volumes',
    'Maestro',
    'more',
    'more than with volumes',
    'goal',
  );
  row(
    `p50 of ${SINGLES}`,
    seconds(median(singles.bare)),
    seconds(median(singles.volumes)),
    seconds(median(singles.maestro)),
    `${more('bare').toFixed(0)} ms`,
    `${more('volumes').toFixed(0)} ms`,
    '< 250 ms',
  );
  process.stdout.write('\n');
  const names = Object.keys(parts[0]);
  head('of one pod', ...names);
  row(
    'p50',
    ...names.map(
      name => `${median(parts.map(one => one[name])).toFixed(0)} ms`,
    ),
  );
  process.stdout.write('\n');
  head(
    ...['pods', 'in flight', 'bare loop', 'with volumes', 'Maestro'],
    ...['ratio', 'to that with volumes', 'goal', 'memory'],
  );
  for (const { count, window, alone, volumes, own } of rates)
    row(
      count,
      window,
      `${(count / (alone.ms / 1000)).toFixed(2)}/s`,
      `${(count / (volumes.ms / 1000)).toFixed(2)}/s`,
      `${(count / (own.ms / 1000)).toFixed(2)}/s`,
      (alone.ms / own.ms).toFixed(2),
      (volumes.ms / own.ms).toFixed(2),
      '≥ 0.85',
      `${own.peak.toFixed(0)} MB`,
    );
  process.stdout.write('\n');
  head(
    'requests to the API server',
    ...rates.map(one => `a pod of ${one.count}`),
  );
  const keys = new Set(rates.flatMap(({ after }) => [...after.keys()]));
  const perPod = key =>
    rates.map(
      ({ before, after, count }) =>
        ((after.get(key) ?? 0) - (before.get(key) ?? 0)) / count,
    );
  const totals = rates.map(() => 0);
  for (const key of [...keys].sort()) {
    const each = perPod(key);
    each.forEach((value, i) => {
      totals[i] += value;
    });
    row(key, ...each.map(value => value.toFixed(2)));
  }
  row('all (goal ≤ 7)', ...totals.map(value => value.toFixed(2)));
} finally {
  await stop();
}
