import { test } from 'node:test';
import { givenKubeconfig } from '../../cluster/testCluster.mjs';
import { runPodsChaos } from './runPodsChaos.mjs';

/*
 * Which faults happen is the seed's: the same each time here. Other ones by
 * hand, or for a while:
 *   MAESTRO_CHAOS_SEED=4711 node --test test/kubernetes/random/random.test.mjs
 *   node test/kubernetes/random/runPodsChaos.mjs --seed 4711 --tasks 200
 */

const SEED = Number(process.env.MAESTRO_CHAOS_SEED ?? 3);

test(
  `50 tasks as pods, two schedulers, random kills of seed ${SEED}: every rule holds`,
  {
    skip: givenKubeconfig() && 'it breaks the cluster, so it needs its own',
    // Cluster, faults, their end and the looks at what is left.
    timeout: 10 * 60_000,
  },
  async t => {
    const report = await runPodsChaos({
      seed: SEED,
      say: t.diagnostic.bind(t),
    });
    t.diagnostic(JSON.stringify(report));
  },
);
