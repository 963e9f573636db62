import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { settled, startCluster } from './cluster.mjs';
import { earlierScheduler } from './earlier.mjs';
import { checkInvariants } from './invariants.mjs';
import { startLoad } from './load.mjs';

/*
 * An upgrade and its way back, on one PostgreSQL, under load: two schedulers of
 * an earlier commit with its schema; a new one migrates and works beside them;
 * one of the old hosts becomes new; then everything new goes away again.
 */

const say = text => process.stdout.write(`  ${text}\n`);
const WORK_MS = 12_000;

let cluster;
let earlier;
before(async () => {
  earlier = earlierScheduler();
  cluster = await startCluster({ hosts: [] });
});
after(async () => {
  await cluster?.stop();
});

const schemaVersion = async () =>
  (await cluster.knex('schema_meta').first()).version;

/** What each has launched in this life. */
const launchesOf = async () =>
  Promise.all(
    cluster.schedulers.map(one =>
      one.isAlive ? one.ask('launches') : undefined,
    ),
  );

test('an earlier build works beside the new one on the new schema, and goes on alone', async () => {
  const current = cluster.program;
  say(`earlier build: ${earlier.commit}`);
  const several = { several: true };
  const old = [1, 2].map(host =>
    cluster.scheduler(host, { program: earlier.program }),
  );
  for (const one of old) await one.start();
  const before = await schemaVersion();
  const load = await startLoad(cluster, { everyMs: 800 });
  await pause(WORK_MS / 2);

  const added = cluster.scheduler(3, { executor: several });
  await added.start();
  const after = await schemaVersion();
  say(`schema ${before} → ${after}`);
  assert.ok(after > before, 'the new one brought a newer schema');
  await pause(WORK_MS);
  let launches = await launchesOf();
  say(`launched by two old and a new one: ${launches.join(', ')}`);
  assert.ok(launches.every(count => count > 0));

  // A host is upgraded: its tasks go over to the new build's launcher.
  const [first] = old;
  await first.stop();
  first.program = current;
  first.options.executor.several = true;
  await first.start();
  await pause(WORK_MS);
  launches = await launchesOf();
  say(`launched by a new, an old, a new one: ${launches.join(', ')}`);
  assert.ok(launches.every(count => count > 0));

  // And back: nothing new is left, on a schema that stays new.
  await added.stop();
  await first.stop();
  first.program = earlier.program;
  await first.start();
  await pause(WORK_MS);
  launches = await launchesOf();
  say(`launched by the two old ones again: ${launches.join(', ')}`);
  assert.ok(launches[0] > 0);
  assert.equal(await schemaVersion(), after);

  await load.stop();
  await settled(cluster);
  const counts = await checkInvariants(cluster, load);
  say(JSON.stringify(counts));
  assert.deepEqual(
    cluster.schedulers.flatMap(one => one.deaths),
    [],
  );
  const failed = await cluster.knex('runs').whereNot('state', 'success');
  assert.deepEqual(failed, [], 'nothing failed');
  assert.equal(counts.lost, 0, 'each host adopted what it ran, both ways');
  assert.equal(counts.gaps, 0);
});
