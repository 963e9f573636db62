import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { settled } from '../../chaos/cluster.mjs';
import { randomOf } from '../../chaos/faults.mjs';
import { checkInvariants } from '../../chaos/invariants.mjs';
import {
  apiAnswers,
  crash,
  nodeReady,
  nothingLeft,
  startOnPods,
} from '../chaos/onPods.mjs';
import { startPodLoad } from './podLoad.mjs';

/** What is killed, each with how often beside the others. */
const FAULTS = {
  backend: 4,
  'kube-apiserver': 2,
  kubelet: 2,
  containerd: 2,
  etcd: 1,
};
const NAMES = Object.entries(FAULTS).flatMap(([name, weight]) =>
  Array(weight).fill(name),
);
const MAX_DOWN_MS = 6_000;

/** Kills at random, one after another; ends with everything running again. */
async function happen({ kube, engine }, { seed, durationMs, say }) {
  const random = randomOf(seed);
  const counts = {};
  const began = Date.now();
  while (Date.now() - began < durationMs) {
    const name = NAMES[Math.floor(random() * NAMES.length)];
    const [which, down, wait] = [random(), random(), random()];
    counts[name] = (counts[name] ?? 0) + 1;
    const downMs = Math.round(down * MAX_DOWN_MS);
    say(`${Math.round((Date.now() - began) / 1000)} s: ${name}, ${downMs} ms`);
    if (name === 'backend') {
      const one =
        engine.schedulers[Math.floor(which * engine.schedulers.length)];
      await one.kill();
      await pause(downMs);
      await one.start();
    } else await crash(kube, name, downMs);
    await pause(1_000 + wait * 6_000);
  }
  await apiAnswers(kube);
  await nodeReady(kube);
  return counts;
}

/**
 * Two schedulers on PostgreSQL whose tasks are pods, while backend and cluster
 * are killed at random; then everything comes to its end, and the rules are
 * looked at.
 *
 * @param options.seed - which kills, when, for how long
 * @param options.minutes - how long they happen
 * @throws when a rule is broken; logs and database are kept then
 */
export async function runPodsChaos({ seed, minutes, say = print }) {
  say(`seed ${seed}, ${minutes} minutes`);
  const world = await startOnPods({
    name: `random-${process.pid}`,
    hosts: [1, 1],
    database: 'postgres',
  });
  let ok = false;
  try {
    const load = await startPodLoad(world);
    const faults = await happen(world, {
      seed,
      durationMs: minutes * 60_000,
      say,
    });
    await load.stop();
    const stoppedAt = Date.now();
    await settled(world.engine, { timeoutMs: 300_000 });
    const settledMs = Date.now() - stoppedAt;
    const counts = await checkInvariants(world.engine, load);
    await nothingLeft(world.kube, ['pods', 'secrets', 'configmaps'], 120_000);
    assert.deepEqual(
      world.engine.schedulers.flatMap(one => one.deaths),
      [],
      'no scheduler ends by itself',
    );
    const report = { seed, minutes, faults, settledMs, ...counts };
    say(JSON.stringify(report, null, 2));
    ok = true;
    return report;
  } catch (error) {
    error.message += `\nPlay it again: node test/kubernetes/chaos-long/runPodsChaos.mjs --seed ${seed} --minutes ${minutes}\nLogs are kept in ${world.engine.folder}`;
    throw error;
  } finally {
    await world.stop({ keep: !ok });
  }
}

function print(text) {
  process.stdout.write(`  ${text}\n`);
}

if (process.argv[1] === import.meta.filename) {
  const { parseArgs } = await import('node:util');
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      minutes: { type: 'string', default: '2' },
    },
  });
  await runPodsChaos({
    seed: Number(values.seed),
    minutes: Number(values.minutes),
  });
}
