import { test } from 'node:test';
import { runChaos } from '../runChaos.mjs';

/** Another seed each day; it stands in the report and in each failure. */
const SEED = Math.floor(Date.now() / 86_400_000);
const MINUTES = Number(process.env.MAESTRO_CHAOS_MINUTES ?? 15);

test(`${MINUTES} minutes of random faults on three schedulers, seed ${SEED}`, async () => {
  await runChaos({ seed: SEED, minutes: MINUTES });
});

test(`${
  MINUTES / 5
} minutes of random faults on SQLite, seed ${SEED}`, async () => {
  await runChaos({ seed: SEED, minutes: MINUTES / 5, database: 'sqlite' });
});
