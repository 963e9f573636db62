import { parseArgs } from 'node:util';
import { num } from '../database/conversion';
import { fillHistory } from '../views/testing/fillHistory';
import { StoreSeed } from '../views/testing/StoreSeed';
import { print, quantile, runToSuccess, startBenchEngine } from './benchEngine';
import { openStore } from './stores';
import { askViews } from './viewRequests';

/*
 * Task instances a second of the real engine on a real database, with an
 * executor whose tasks are over at once; see test/bench/engine.mjs.
 *
 *   --store sqlite|postgres   default sqlite
 *   --shape map|tasks|chain   one mapped task, so many plain ones, or a chain
 *   --size 1000               how many
 *   --parallel 256            what the executor takes at a time
 *   --history 0               task instances of runs that are over, each with
 *                             its attempt
 *   --rounds 1                the median of so many
 *
 * Prints one line of JSON.
 */

/** Shape of the history: so many pipelines, and tasks in each of their runs. */
const PIPELINES = 100;
const TASKS = 20;

const run = { command: ['true'] };

function tasksOf(shape: string, size: number): object[] {
  const over = Array.from({ length: size }, (_, no) => no);
  if (shape === 'tasks') return over.map(no => ({ id: `t${no}`, run }));
  if (shape === 'chain') {
    return over.map(no => ({
      id: `t${no}`,
      dependsOn: no > 0 ? [`t${no - 1}`] : [],
      run,
    }));
  }
  return [
    { id: 'all', map: { over, maxItems: Math.max(1000, size) }, run },
    { id: 'end', dependsOn: ['all'], run },
  ];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      store: { type: 'string', default: 'sqlite' },
      shape: { type: 'string', default: 'map' },
      size: { type: 'string', default: '1000' },
      parallel: { type: 'string', default: '256' },
      history: { type: 'string', default: '0' },
      rounds: { type: 'string', default: '1' },
    },
  });
  const size = num(values.size!);
  const store = await openStore(values.store!);
  const history = num(values.history!);
  if (history > 0) {
    await fillHistory(new StoreSeed(store.db), {
      pipelines: PIPELINES,
      runsEach: Math.round(history / PIPELINES / TASKS),
      tasks: TASKS,
      live: false,
      attempts: true,
    });
  }
  const engine = await startBenchEngine(store.db, {
    maxParallel: num(values.parallel!),
  });
  const measure = async (name: string) => {
    const begin = performance.now();
    const before = process.cpuUsage();
    await runToSuccess(engine, name);
    const { user, system } = process.cpuUsage(before);
    return {
      ms: performance.now() - begin,
      processorMs: (user + system) / 1e3,
    };
  };
  try {
    await engine.register('warm', { tasks: tasksOf(values.shape!, 200) });
    await engine.register('load', { tasks: tasksOf(values.shape!, size) });
    // Prepared statements, connections and the compiler of the process.
    await runToSuccess(engine, 'warm');
    const rounds = [];
    for (let no = 0; no < num(values.rounds!); no++) {
      rounds.push(await measure('load'));
    }
    const ms = quantile(
      rounds.map(round => round.ms),
      0.5,
    );
    // Again with somebody who looks at the portal.
    const stop = askViews(store.db, 'load');
    const looked = await measure('load');
    const requests = await stop();
    print({
      ms: Math.round(ms),
      processorMs: Math.round(
        quantile(
          rounds.map(round => round.processorMs),
          0.5,
        ),
      ),
      perSecond: Math.round((size / ms) * 1000),
      perSecondLookedAt: Math.round((size / looked.ms) * 1000),
      requests: requests.length,
      requestP95Ms: Math.round(quantile(requests, 0.95)),
      memoryMb: Math.round(process.memoryUsage().rss / 1e6),
    });
  } finally {
    await engine.stop();
    await store.close();
  }
}

main().catch(error => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
