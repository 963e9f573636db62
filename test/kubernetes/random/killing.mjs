import { setTimeout as pause } from 'node:timers/promises';
import { randomOf } from '../../chaos/faults.mjs';
import { apiAnswers, crash, NAMESPACE, nodeReady } from '../chaos/onPods.mjs';

/*
 * What happens at random to a cluster and the schedulers on it, drawn from a
 * seed: which fault, when and for how long is the seed's, how the processes
 * fall is the machine's.
 */

/** A component of the cluster, killed with -9 and away for up to so long. */
const component =
  (name, maxDownMs) =>
  ({ kube }, { how }) =>
    crash(kube, name, Math.round(how * maxDownMs));

/** One scheduler, or with a small chance both. */
const chosen = ({ engine: { schedulers } }, which) =>
  which < 0.15
    ? schedulers
    : [schedulers[Math.floor(which * 1000) % schedulers.length]];

async function killBackend(world, { which, how }) {
  const ones = chosen(world, which);
  await Promise.all(ones.map(one => one.kill()));
  await pause(how * 8_000);
  await Promise.all(ones.map(one => one.start()));
}

/** It goes on as if nothing had been, when others have long taken over. */
async function stopBackend(world, { which, how }) {
  const ones = chosen(world, which);
  for (const one of ones) one.signal('SIGSTOP');
  try {
    await pause(1_000 + how * 13_000);
  } finally {
    for (const one of ones) one.signal('SIGCONT');
  }
}

function deletePod(...options) {
  return async ({ kube }, { which }) => {
    // The API server may be on its way back from what was before.
    await apiAnswers(kube);
    const { items } = await kube.json(
      ...['get', 'pods', `--namespace=${NAMESPACE}`],
    );
    const pods = items.filter(({ status }) =>
      ['Pending', 'Running'].includes(status.phase),
    );
    const pod = pods[Math.floor(which * pods.length)];
    if (!pod) return;
    await kube.kubectl([
      ...['delete', 'pod', pod.metadata.name, `--namespace=${NAMESPACE}`],
      ...['--wait=false', '--ignore-not-found', ...options],
    ]);
  };
}

/** Fault → weight beside the others, and what is done; it is over then. */
const FAULTS = {
  'kill -9 of a backend': [6, killBackend],
  'a backend stopped for a while': [3, stopBackend],
  'kill -9 of kube-apiserver': [2, component('kube-apiserver', 6_000)],
  'kill -9 of kubelet': [2, component('kubelet', 6_000)],
  'kill -9 of containerd': [2, component('containerd', 4_000)],
  'kill -9 of etcd': [1, component('etcd', 4_000)],
  'kill -9 of kube-scheduler': [1, component('kube-scheduler', 4_000)],
  'kill -9 of kube-controller-manager': [
    1,
    component('kube-controller-manager', 4_000),
  ],
  'a pod deleted': [2, deletePod('--grace-period=1')],
  'a pod deleted with --force': [2, deletePod('--force', '--grace-period=0')],
};

function draw(chance) {
  let at =
    chance * Object.values(FAULTS).reduce((sum, [weight]) => sum + weight, 0);
  for (const [name, [weight]] of Object.entries(FAULTS)) {
    at -= weight;
    if (at < 0) return name;
  }
  throw new Error(`${chance} is no number in [0, 1)`);
}

/**
 * The first faults of a seed.
 *
 * @returns `{ name, which, how, afterMs }`, each drawn whatever became of those
 * before it
 */
export function* faultsOf(seed) {
  const random = randomOf(seed);
  for (;;) {
    const name = draw(random());
    const [which, how] = [random(), random()];
    yield { name, which, how, afterMs: Math.round(500 + random() * 3_500) };
  }
}

/**
 * Lets one fault after another happen, and ends with everything running again.
 *
 * @param options.isOver - asked between two faults
 * @returns how often each happened
 */
export async function killAtRandom(world, { seed, isOver, say }) {
  const counts = Object.fromEntries(Object.keys(FAULTS).map(name => [name, 0]));
  const began = Date.now();
  for (const { name, which, how, afterMs } of faultsOf(seed)) {
    if (isOver()) break;
    counts[name] += 1;
    say(`${Math.round((Date.now() - began) / 1000)} s: ${name}`);
    await FAULTS[name][1](world, { which, how });
    await pause(afterMs);
  }
  await apiAnswers(world.kube);
  await nodeReady(world.kube);
  return counts;
}
