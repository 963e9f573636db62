import { benchProgram, head, row } from './benchProgram.mjs';

/*
 * Task instances a second of the engine, with an executor whose tasks are over
 * at once: maps of 1,000 and 10,000, and a pipeline of 5,000 plain tasks, on
 * SQLite and PostgreSQL; and how long a page waits for its answer meanwhile.
 *
 *   node test/bench/engine.mjs
 *
 * The goal is 1,000 a second on SQLite and 500 on PostgreSQL
 * (MAESTRO_TEST_POSTGRES_URL; "node packages/bootstrap/src/postgres.mjs" starts
 * one), and p95 below 200 ms for pages. Run it alone. It fails only when
 * something does not work.
 */

const GOALS = { sqlite: 1_000, postgres: 500 };
const LOADS = [
  ['map', 1_000],
  ['map', 10_000],
  ['tasks', 5_000],
];

head(
  'store',
  'load',
  'instances/s',
  'goal',
  'took',
  'of it processor',
  'p95 of a page meanwhile (goal 200 ms)',
  'memory',
);
for (const store of Object.keys(GOALS)) {
  for (const [shape, size] of LOADS) {
    const result = await benchProgram('engine', { store, shape, size });
    row(
      store,
      shape === 'map' ? `a map of ${size}` : `${size} plain tasks`,
      result.perSecond,
      GOALS[store],
      `${result.ms} ms`,
      `${result.processorMs} ms`,
      `${result.requestP95Ms} ms of ${result.requests}`,
      `${result.memoryMb} MB`,
    );
  }
}
