import { test } from 'node:test';
import { runKilled } from './runKilled.mjs';

const RUNS = Number(process.env.MAESTRO_KILL_RUNS ?? 50);

test('kill -9 of backend, parent of forks and triggers during runs: every rule holds', async () => {
  await runKilled({
    python: process.env.MAESTRO_AIRFLOW_PYTHON,
    seed: 20261127,
    runs: RUNS,
  });
});
