import { parseArgs } from 'node:util';
import { num } from '../database/conversion';
import { print, quantile, sleep, startBenchEngine } from './benchEngine';
import { openStore } from './stores';

/*
 * How late what is due is launched, by the real engine on a real database, with
 * an executor whose tasks are over at once; see test/bench/due.mjs.
 *
 *   --store sqlite|postgres   default sqlite
 *   --shape spread|herd       so many pipelines each minute, spread over it, or
 *                             all at one instant
 *   --pipelines 1000
 *   --seconds 120             how long, of the shape spread
 *
 * Prints one line of JSON.
 */

/** Time to register the pipelines before the first is due. */
const REGISTERING_MS = 30_000;
const MINUTE_MS = 60_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      store: { type: 'string', default: 'sqlite' },
      shape: { type: 'string', default: 'spread' },
      pipelines: { type: 'string', default: '1000' },
      seconds: { type: 'string', default: '120' },
    },
  });
  const pipelines = num(values.pipelines!);
  const store = await openStore(values.store!);
  const launchedAt = new Map<string, number>();
  const engine = await startBenchEngine(store.db, {
    onLaunch: attemptId => launchedAt.set(attemptId, Date.now()),
  });
  try {
    const first = Date.now() + REGISTERING_MS;
    const iso = (ms: number) => new Date(ms).toISOString();
    for (let no = 0; no < pipelines; no++) {
      const due = first + Math.floor((no * MINUTE_MS) / pipelines);
      await engine.register(`p${no}`, {
        tasks: [{ id: 'only', run: { command: ['true'] } }],
        schedule:
          values.shape === 'herd'
            ? { dates: [iso(first)] }
            : { every: 'PT1M', startDate: iso(due) },
      });
    }
    const late = Date.now() - first;
    if (late > 0) {
      throw new Error(`Registering took ${late} ms too long`);
    }
    // Before the first is due: from then on others may not have their turn.
    await sleep(first - Date.now() - 50);
    const before = process.cpuUsage();
    const awaited =
      values.shape === 'herd'
        ? pipelines
        : Math.floor((pipelines * num(values.seconds!)) / 60);
    const deadline = first + num(values.seconds!) * 1000 + 60_000;
    let ended = 0;
    while (ended < awaited && Date.now() < deadline) {
      await sleep(100);
      ended = num(
        (await store.db
          .table(store.db.knex, 'runs')
          .where({ state: 'success' })
          .count({ n: '*' })
          .first())!.n as number,
      );
    }
    if (ended < awaited) {
      throw new Error(`Only ${ended} of ${awaited} runs ended`);
    }
    const { user, system } = process.cpuUsage(before);
    const rows = await store.db
      .table(store.db.knex, 'attempts')
      .join('runs', 'runs.id', 'attempts.run_id')
      .where({ 'runs.trigger': 'scheduled' })
      .select('attempts.attempt_id', 'runs.run_after', 'runs.ended_at');
    // Of those that became due meanwhile some are not launched yet.
    const waited = rows.flatMap(row => {
      const at = launchedAt.get(row.attempt_id);
      return at === undefined ? [] : [at - num(row.run_after)];
    });
    const lastEnd = Math.max(...rows.map(row => num(row.ended_at ?? 0)));
    print({
      runs: rows.length,
      p50Ms: quantile(waited, 0.5),
      p99Ms: quantile(waited, 0.99),
      mostMs: Math.max(...waited),
      drainedMs: lastEnd - first,
      processorMs: Math.round((user + system) / 1e3),
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
