import { parseArgs } from 'node:util';
import { num } from '../database/conversion';
import { print, sleep, startBenchEngine } from './benchEngine';
import { openStore } from './stores';

/*
 * What the real engine costs while nothing is due; see test/bench/idle.mjs.
 *
 *   --store sqlite|postgres   default sqlite
 *   --pipelines 10000         each with a schedule, the next due time far away
 *   --seconds 60              how long
 *
 * Prints one line of JSON.
 */

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      store: { type: 'string', default: 'sqlite' },
      pipelines: { type: 'string', default: '10000' },
      seconds: { type: 'string', default: '60' },
    },
  });
  const store = await openStore(values.store!);
  const engine = await startBenchEngine(store.db);
  try {
    for (let no = 0; no < num(values.pipelines!); no++) {
      await engine.register(`p${no}`, {
        tasks: [{ id: 'only', run: { command: ['true'] } }],
        schedule: { cron: '0 0 1 1 *' },
      });
    }
    await sleep(5_000);
    const begin = performance.now();
    const before = process.cpuUsage();
    await sleep(num(values.seconds!) * 1000);
    const { user, system } = process.cpuUsage(before);
    const processorMs = (user + system) / 1e3;
    print({
      percentOfCore: Number(
        ((100 * processorMs) / (performance.now() - begin)).toFixed(2),
      ),
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
