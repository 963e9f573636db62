import { test } from 'node:test';
import { runChaos } from './runChaos.mjs';

/*
 * Short, with the same seeds each time; `test/chaos/long` has other ones each
 * day, for longer.
 */

const MINUTES = Number(process.env.MAESTRO_CHAOS_MINUTES ?? 1);

test('three schedulers on PostgreSQL under random faults: every rule holds', async () => {
  await runChaos({ seed: 20261126, minutes: MINUTES });
});

test('one process on SQLite under random faults: the same rules hold', async () => {
  await runChaos({
    seed: 20261126,
    minutes: MINUTES / 3,
    database: 'sqlite',
  });
});
