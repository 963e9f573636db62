import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { UNHURRIED, settled, startCluster } from './cluster.mjs';
import { earlierScheduler } from './earlier.mjs';
import { checkInvariants } from './invariants.mjs';
import { until } from '../portal/until.mjs';
import { TICK_MS, startLoad } from './load.mjs';
import { worldTask } from './world.mjs';

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
  cluster = await startCluster({ hosts: [], engine: UNHURRIED });
});
after(async () => {
  await cluster?.stop();
});

const schemaVersion = async () =>
  (await cluster.knex('schema_meta').first()).version;

/**
 * Who comes to its host next, or nobody soon, can not bring what it runs to an
 * end: that comes first. Claims nothing more.
 *
 * @param pipeline - of this one alone, default of all
 */
async function drained(scheduler, pipeline) {
  await scheduler.ask('holdClaims', { hold: true });
  await claimsAreThrough();
  const { instance } = await cluster
    .knex('executor_instances')
    .where({ scheduler: scheduler.name })
    .first();
  await until('nothing runs on it', async () => {
    const live = cluster
      .knex('attempts')
      .join('pipelines', 'pipelines.id', 'attempts.pipeline_id')
      .where({ executor_instance: instance })
      .whereNot('attempts.state', 'ended');
    if (pipeline) live.where('pipelines.name', pipeline);
    return (await live).length === 0;
  });
}

/** Waits for every transaction that may have begun to claim until now. */
async function claimsAreThrough() {
  const { knex } = cluster;
  const { rows } = await knex.raw('select clock_timestamp()::text as now');
  await until('what was claimed is to be seen', async () => {
    const open = await knex('pg_stat_activity')
      .where('backend_type', 'client backend')
      .whereRaw('datname = current_database() and pid <> pg_backend_pid()')
      .whereRaw('xact_start <= ?::timestamptz', [rows[0].now])
      .select('pid');
    return open.length === 0;
  });
}

const attemptsOfMapped = async () =>
  Number(
    (
      await cluster
        .knex('attempts')
        .join('pipelines', 'pipelines.id', 'attempts.pipeline_id')
        .where('pipelines.name', 'mapped')
        .count({ n: '*' })
        .first()
    ).n,
  );

/** Waits until each of them has launched something in this life. */
async function allLaunch(who, schedulers) {
  let launches = [];
  await until(
    `${who} launch`,
    async () => {
      launches = await Promise.all(schedulers.map(one => one.ask('launches')));
      return launches.every(count => count > 0);
    },
    { describe: () => launches.join(', ') },
  );
  say(`launched by ${who}: ${launches.join(', ')}`);
}

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
  // Of what the earlier build knows nothing of: it must leave it alone.
  await added.ask('store', {
    entity: cluster.entity('mapped', {
      schedule: { every: `PT${TICK_MS / 1000}S`, catchup: true },
      // All that is due while it waits for newer code.
      maxActiveRuns: 50,
      tasks: [worldTask(cluster.world, 'a', 2, { map: { over: '[1, 2]' } })],
    }),
  });
  await pause(WORK_MS / 2);
  await allLaunch('two old and a new one', [...old, added]);

  // A host is upgraded: its tasks go over to the new build's launcher.
  const [first] = old;
  await first.stop();
  first.program = current;
  first.options.executor.several = true;
  await first.start();
  await pause(WORK_MS);
  await allLaunch('a new, an old, a new one', [...old, added]);

  // And back: nothing new is left, on a schema that stays new.
  await until('it works', async () => (await attemptsOfMapped()) > 0);
  await drained(added);
  await added.stop();
  await drained(first, 'mapped');
  await first.stop();
  first.program = earlier.program;
  await first.start();
  const mapped = await attemptsOfMapped();
  await pause(WORK_MS);
  assert.equal(await attemptsOfMapped(), mapped, 'it waits for newer code');
  await allLaunch('the two old ones again', old);
  assert.equal(await schemaVersion(), after);

  // Forward again: what only newer code may run goes on where it stood.
  await added.start();
  await until('it goes on', async () => (await attemptsOfMapped()) > mapped);
  await load.stop();
  await added.ask('pause', { pipeline: 'mapped', paused: true });
  await settled(cluster);
  const counts = await checkInvariants(cluster, {
    ...load,
    everyMs: { ...load.everyMs, mapped: TICK_MS },
  });
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
