import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../portal/until.mjs';
import { UNHURRIED, onlyOn, settled, startCluster } from './cluster.mjs';
import { checkInvariants } from './invariants.mjs';
import { startLoad } from './load.mjs';
import { readWorld, worldTask } from './world.mjs';

/*
 * With the times of production: one that is killed comes back to what it ran,
 * and one after the other is stopped in order and started again, as a
 * deployment does it, under load.
 */

let cluster;
before(async () => {
  cluster = await startCluster({ hosts: [1, 1, 2], engine: UNHURRIED });
  for (const one of cluster.schedulers) await one.start();
});
after(async () => {
  await cluster?.stop();
});

test('killed while its task runs: the launcher outlives it, the next process adopts', async () => {
  const [, , c] = cluster.schedulers;
  const began = () =>
    readWorld(cluster.world).filter(line => line.what === 'start');
  // It is not over before the next process is there.
  const held = path.join(cluster.folder, 'held');
  fs.writeFileSync(held, '');
  await cluster.store('outlived', {
    tasks: [worldTask(cluster.world, 't', 0.1, { whileThere: held })],
  });
  await onlyOn(cluster, c, 'outlived');
  await until('its task began', () => began().length > 0);
  await c.kill();
  await c.start();
  fs.rmSync(held);
  await settled(cluster);
  const attempts = await cluster.knex('attempts');
  assert.equal(attempts.length, 1);
  assert.equal(attempts[0].result, 'success');
  assert.equal(began().length, 1);
});

test('rolling restart under load loses and doubles nothing', async () => {
  const load = await startLoad(cluster);
  for (let round = 0; round < 2; round += 1)
    for (const one of cluster.schedulers) {
      await pause(3_000);
      await one.stop();
      await one.start();
    }
  await load.stop();
  await settled(cluster);
  const counts = await checkInvariants(cluster, load);
  process.stdout.write(`  ${JSON.stringify(counts)}\n`);
  const failed = await cluster.knex('runs').whereNot('state', 'success');
  assert.deepEqual(failed, [], 'a restart in order fails nothing');
  assert.equal(counts.lost, 0, 'what runs is adopted');
  assert.equal(counts.repeated, 0, 'nothing that ended well is done again');
  assert.equal(counts.gaps, 0);
});
