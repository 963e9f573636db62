import { benchProgram, head, row } from './benchProgram.mjs';

/*
 * How late what is due is launched: 1,000 runs a minute spread over two
 * minutes, and 1,000 at one instant, on SQLite and PostgreSQL.
 *
 *   node test/bench/due.mjs
 *
 * The goals are p99 below 1 s, and all ended within 5 s. Takes seven minutes;
 * run it alone. It fails only when something does not work.
 */

head(
  'store',
  'load',
  'p50 of due to launched',
  'p99 (goal 1,000 ms, spread)',
  'all ended after (goal 5,000 ms, at one instant)',
  'processor a run',
);
for (const store of ['sqlite', 'postgres']) {
  for (const shape of ['spread', 'herd']) {
    const result = await benchProgram('due', { store, shape });
    row(
      store,
      shape === 'herd' ? '1,000 at one instant' : '1,000 a minute',
      `${result.p50Ms} ms`,
      `${result.p99Ms} ms`,
      shape === 'herd' ? `${result.drainedMs} ms` : '',
      `${(result.processorMs / result.runs).toFixed(1)} ms`,
    );
  }
}
