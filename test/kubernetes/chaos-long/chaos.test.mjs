import { test } from 'node:test';
import { givenKubeconfig } from '../../cluster/testCluster.mjs';
import { runPodsChaos } from './runPodsChaos.mjs';

/** Another seed each day; it stands in the report and in each failure. */
const SEED = Math.floor(Date.now() / 86_400_000);
const MINUTES = Number(process.env.MAESTRO_CHAOS_MINUTES ?? 10);

test(
  `${MINUTES} minutes of random kills under tasks as pods, seed ${SEED}`,
  { skip: givenKubeconfig() && 'it breaks the cluster, so it needs its own' },
  async () => {
    await runPodsChaos({ seed: SEED, minutes: MINUTES });
  },
);
