import { benchProgram, head, row } from './benchProgram.mjs';

/*
 * What size costs: a chain and a crowd of tasks with an empty history and with
 * 3,000,000 task instances of it, each with its attempt, and 10,000 pipelines of
 * which none is due.
 *
 *   node test/bench/scale.mjs
 *
 * The goals are 20 % more time at most, and less than 1 % of a core. The
 * history takes some minutes and 2 GB of disk on each store; run it alone. It
 * fails only when something does not work.
 */

const HISTORY = 3_000_000;
const LOADS = [
  ['chain', 200],
  ['tasks', 2_000],
];

head('store', 'load', 'empty', `with ${HISTORY} instances`, 'more (goal 20 %)');
for (const store of ['sqlite', 'postgres']) {
  for (const [shape, size] of LOADS) {
    const load = { store, shape, size, rounds: 7 };
    const empty = await benchProgram('engine', load);
    const full = await benchProgram('engine', { ...load, history: HISTORY });
    row(
      store,
      shape === 'chain' ? `a chain of ${size}` : `${size} plain tasks`,
      `${empty.ms} ms`,
      `${full.ms} ms`,
      `${Math.round((100 * full.ms) / empty.ms - 100)} %`,
    );
  }
}
process.stdout.write('\n');
head('store', '10,000 idle pipelines (goal 1 % of a core)', 'memory');
for (const store of ['sqlite', 'postgres']) {
  const { percentOfCore, memoryMb } = await benchProgram('idle', { store });
  row(store, `${percentOfCore} %`, `${memoryMb} MB`);
}
