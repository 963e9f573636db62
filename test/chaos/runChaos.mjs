import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { mountDisk, unmountDisk } from '../bad-input/disk.mjs';
import { settled, startCluster } from './cluster.mjs';
import { happen } from './faults.mjs';
import { checkInvariants } from './invariants.mjs';
import { startLoad } from './load.mjs';

const LOG_DISK_BYTES = 24 * 1024 * 1024;

/** Schedulers by host: on SQLite there is one, and all semantics are the same. */
const HOSTS = { postgres: [1, 2, 2], sqlite: [1] };

/**
 * Three schedulers on two hosts under load while faults happen; then the faults
 * stop, everything comes to its end, and the rules are looked at.
 *
 * @param options.seed - whole number; which faults happen, when, how long
 * @param options.minutes - how long they do
 * @param options.database - 'postgres' (default) or 'sqlite', with one process
 * @throws when a rule is broken; the message says how to play the seed again,
 *   and the folder with all logs is kept
 */
export async function runChaos({
  seed,
  minutes,
  database = 'postgres',
  say = print,
}) {
  say(`seed ${seed}, ${minutes} minutes, ${database}`);
  let cluster;
  let ok = false;
  try {
    cluster = await startCluster({ hosts: HOSTS[database], database });
    mountDisk(cluster.dataDir, LOG_DISK_BYTES);
    for (const one of cluster.schedulers) await one.start();
    const load = await startLoad(cluster);
    const began = Date.now();
    const faults = await happen(cluster, {
      seed,
      durationMs: minutes * 60_000,
      say: name =>
        say(`${String(Math.round((Date.now() - began) / 1000))} s: ${name}`),
    });
    await load.stop();
    const stoppedAt = Date.now();
    await settled(cluster);
    const settledMs = Date.now() - stoppedAt;
    const counts = await checkInvariants(cluster, load);
    assert.deepEqual(
      cluster.schedulers.flatMap(one => one.deaths),
      [],
      'no scheduler ends by itself',
    );
    const lives = cluster.schedulers.reduce((sum, one) => sum + one.lives, 0);
    const report = {
      seed,
      minutes,
      database,
      faults,
      lives,
      settledMs,
      ...counts,
    };
    say(JSON.stringify(report, null, 2));
    ok = true;
    return report;
  } catch (error) {
    const kept = cluster && path.join(cluster.folder);
    error.message += `\nPlay it again: node test/chaos/runChaos.mjs --seed ${seed} --minutes ${minutes} --database ${database}${
      kept ? `\nLogs and databases are kept in ${kept}` : ''
    }`;
    throw error;
  } finally {
    if (cluster) {
      await cluster.stop({ keep: true });
      unmountDisk(cluster.dataDir);
      if (ok) fs.rmSync(cluster.folder, { recursive: true, force: true });
    }
  }
}

function print(text) {
  process.stdout.write(`  ${text}\n`);
}

if (process.argv[1] === import.meta.filename) {
  const { parseArgs } = await import('node:util');
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      minutes: { type: 'string', default: '2' },
      database: { type: 'string', default: 'postgres' },
    },
  });
  await runChaos({
    seed: Number(values.seed),
    minutes: Number(values.minutes),
    database: values.database,
  });
}
