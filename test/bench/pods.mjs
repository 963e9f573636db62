import { spawn } from 'node:child_process';
import fs from 'node:fs';
import readline from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
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
 * the same with a folder, which a task must have.
 *
 *   node test/bench/pods.mjs [--singles 11] [--pods 60] [--window 18]
 *                            [--many 300]
 *
 * Of the pods after each other it says what their time went into (podsTrace.mjs).
 * They begin at random moments: the kubelet looks at its containers once a
 * second, and whoever always begins behind such a look is measured by luck.
 *
 * Needs root and what the suite `cluster` needs. The goals: less than 250 ms
 * over the bare loop for a single pod, 0.85 of its pods a second, at most 7
 * requests to the API server for each pod. It fails only when something does
 * not work.
 */

const SCRIPT = 'echo begin; sleep 0.3; echo done';
const BARE = new URL('podsLoop.mjs', import.meta.url).pathname;
const TRACE = new URL('podsTrace.mjs', import.meta.url).pathname;

const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const SINGLES = option('singles', 11);
const PODS = option('pods', 60);
const WINDOW = option('window', 18);
const MANY = option('many', 300);

const median = values =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const seconds = ms => `${(ms / 1000).toFixed(2)} s`;

const { kube, engine, stop } = await startOnPods({
  name: `bench-${process.pid}`,
  settings: { maxParallel: 400, keepSources: 'PT1H' },
  // Those of production.
  engine: {},
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

/** Milliseconds of processor that the backend has used so far. */
const processorMs = () => {
  const stat = fs.readFileSync(`/proc/${backend.pid}/stat`, 'utf8');
  // Behind the name, which may have spaces: the 14th and 15th field of all.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

const residentMb = () =>
  Number(
    /VmRSS:\s+(\d+)/.exec(
      fs.readFileSync(`/proc/${backend.pid}/status`, 'utf8'),
    )[1],
  ) / 1024;

/** @param everyMs - how often it is looked whether the run is over */
async function over(pipeline, runKey, began, everyMs = 10) {
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
    { timeoutMs: 15 * 60_000, everyMs },
  );
  return { ms: performance.now() - began, peak, runId };
}

async function maestro(count, window) {
  const pipeline = `bench_${count}_${window}`;
  await engine.store(pipeline, {
    maxActiveTasks: window,
    tasks: Array.from({ length: count }, (_, i) => task(`t${i}`)),
  });
  // That costs processor too, which the bare loop does not need.
  const run = await over(pipeline, `${pipeline}-1`, performance.now(), 100);
  const { attempts } = await engine
    .knex('attempts')
    .join('runs', 'runs.id', 'attempts.run_id')
    .where({ 'runs.run_id': run.runId })
    .count({ attempts: '*' })
    .first();
  return { ...run, again: Number(attempts) - count };
}

const PARTS = [
  'until its pod is asked for',
  'until a node has it',
  'until its container runs',
  'until its command runs',
  'its command',
  'until its end is told',
  'until it is over',
];

/**
 * What the time of one pod went into, in the order of {@link PARTS}.
 *
 * @param began, asked, over - when it, and its pod, was asked for, and when it
 *   was over, epoch ms
 * @param pod - what the trace says of it
 * @returns undefined where its log was gone before the trace had read it
 */
function partsOf({ began, asked, over: isOver }, { placed, ended, lines }) {
  if (!lines) return undefined;
  const begin = lines.find(({ text }) => text === 'begin').at;
  const moments = [
    ...[began, asked, placed, lines[0].at, begin, lines.at(-1).at],
    ...[ended, isOver],
  ];
  return moments.slice(1).map((at, i) => at - moments[i]);
}

/** @returns what is told of the next pod that ends; `stop()` */
async function startTrace() {
  const [command, ...args] = inNetwork(kube.settings, [
    ...[process.execPath, TRACE, kube.kubeconfig, NAMESPACE],
  ]);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = readline.createInterface({ input: child.stdout });
  const told = lines[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await told.next();
    if (done) throw new Error('The trace ended');
    return JSON.parse(value);
  };
  // It watches.
  await next();
  return { next, stop: () => child.kill() };
}

/** A pod of the bare loop, or one of Maestro. */
async function single(kind, number, trace) {
  await pause(Math.random() * 1000);
  if (kind !== 'maestro') {
    const more = kind === 'folder' ? ['folder'] : [];
    const [{ ms, asked }] = (await bare(1, 1, ...more)).each;
    const times = { began: asked, asked, over: asked + ms };
    return { ms, parts: partsOf(times, await trace.next()) };
  }
  const began = Date.now();
  const { ms } = await over('single', `single-${number}`, performance.now());
  const recent = await engine.ask('recentRequests');
  const asked = recent.findLast(({ key }) => /^POST .*\/pods$/.test(key)).at;
  const times = { began, asked, over: began + ms };
  const parts = partsOf(times, await trace.next());
  await nothingLeft(kube, ['pods']);
  return { ms, parts };
}

try {
  await bare(3, 3); // The first pods are slower than all others.
  await maestro(3, 3);
  // Those would be told by the trace as the first of the next ones.
  await nothingLeft(kube, ['pods']);

  const singles = { bare: [], folder: [], maestro: [] };
  await engine.store('single', {
    tasks: [task('a')],
  });
  const trace = await startTrace();
  for (let i = 0; i < SINGLES; i += 1)
    for (const kind of Object.keys(singles))
      singles[kind].push(await single(kind, i, trace));
  trace.stop();

  const rates = [];
  for (const [count, window] of [
    [PODS, WINDOW],
    [MANY, MANY],
  ]) {
    if (!count) continue;
    const alone = await bare(count, window);
    const folder = await bare(count, window, 'folder');
    const before = await requests();
    const processor = processorMs();
    const own = await maestro(count, window);
    await nothingLeft(kube, ['pods'], 300_000);
    own.processor = (processorMs() - processor) / count;
    const after = await requests();
    rates.push({ count, window, alone, folder, own, before, after });
  }

  const p50 = kind => median(singles[kind].map(({ ms }) => ms));
  const more = kind => `${(p50('maestro') - p50(kind)).toFixed(0)} ms`;
  if (SINGLES) {
    head(
      ...['one pod after another', 'bare loop', 'with a folder', 'Maestro'],
      ...['more', 'more than with a folder', 'goal'],
    );
    row(
      `p50 of ${SINGLES}`,
      ...Object.keys(singles).map(kind => seconds(p50(kind))),
      ...[more('bare'), more('folder'), '< 250 ms'],
    );
    process.stdout.write('\n');
    head('of one pod, p50', 'bare loop', 'with a folder', 'Maestro');
    PARTS.forEach((part, i) =>
      row(
        part,
        ...Object.values(singles).map(all => {
          const known = all.flatMap(({ parts }) => (parts ? [parts[i]] : []));
          return known.length ? `${median(known).toFixed(0)} ms` : 'unknown';
        }),
      ),
    );
  }
  process.stdout.write('\n');
  head(
    ...['pods', 'in flight', 'bare loop', 'with a folder', 'Maestro'],
    ...['ratio', 'to that with a folder', 'goal', 'memory'],
    ...['processor a pod', 'made again: bare, Maestro'],
  );
  for (const { count, window, alone, folder, own } of rates)
    row(
      count,
      window,
      `${(count / (alone.ms / 1000)).toFixed(2)}/s`,
      `${(count / (folder.ms / 1000)).toFixed(2)}/s`,
      `${(count / (own.ms / 1000)).toFixed(2)}/s`,
      (alone.ms / own.ms).toFixed(2),
      (folder.ms / own.ms).toFixed(2),
      '≥ 0.85',
      `${own.peak.toFixed(0)} MB`,
      `${own.processor.toFixed(0)} ms`,
      `${alone.again + folder.again}, ${own.again}`,
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
