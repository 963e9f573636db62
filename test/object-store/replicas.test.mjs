import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { settled, startCluster } from '../chaos/cluster.mjs';
import { logOf, worldTask } from '../chaos/world.mjs';
import { requestS3, startMinio } from '../cluster/minio.mjs';
import { until } from '../portal/until.mjs';

/*
 * A scheduler and two portals as processes on one PostgreSQL, with their logs
 * in a real S3. They share no folder but that of the suite.
 */

const BUCKET = 'maestro';
let minio;
let cluster;
let scheduler;
let portal;
before(async () => {
  minio = await startMinio({ buckets: [BUCKET] });
  cluster = await startCluster({
    hosts: [1],
    s3: {
      endpoint: minio.endpoint,
      region: minio.region,
      bucket: BUCKET,
      prefix: 'chaos/',
      forcePathStyle: true,
      credentials: {
        accessKeyId: minio.accessKey,
        secretAccessKey: minio.secretKey,
      },
    },
  });
  [scheduler] = cluster.schedulers;
  portal = cluster.scheduler(2, { role: 'portal' });
  for (const one of cluster.schedulers) await one.start();
});
after(async () => {
  await cluster?.stop();
  await minio?.stop();
});

const attemptOf = runKey =>
  cluster
    .knex('attempts')
    .join('runs', 'runs.id', 'attempts.run_id')
    .where('runs.run_key', runKey)
    .first('attempts.*', 'runs.run_id as public_run_id');

const run = async (runKey, task = worldTask(cluster.world, 't', 0.1)) => {
  await cluster.store(runKey, { tasks: [task] });
  await scheduler.ask('trigger', { pipeline: runKey, runKey });
};

/** A task with the log of one of a world, which ends when that file is there. */
const heldTask = file => ({
  id: 't',
  run: {
    command: [
      ...['sh', '-c'],
      'i=0; while [ $i -lt 20 ]; do echo "line $i of $MAESTRO_ATTEMPT_ID"; i=$((i+1)); done; while [ ! -e "$1" ]; do sleep 0.1; done',
      ...['task', file],
    ],
  },
});

const sealed = runKey =>
  until(`the log of ${runKey} is sealed`, async () => {
    const attempt = await attemptOf(runKey);
    return attempt?.log_state === 'sealed' && attempt;
  });

const objects = async () => {
  const answer = await requestS3(minio, { path: `/${BUCKET}` });
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  return [...text.matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, key]) => key);
};

test('another process reads a log live from the database, and sealed from S3', async () => {
  const seen = path.join(cluster.folder, 'seen');
  await run('shared', heldTask(seen));
  const live = await until('the portal sees it while it runs', async () => {
    const attempt = await attemptOf('shared');
    if (!attempt) return false;
    const page = await portal.ask('readLog', { attemptId: attempt.attempt_id });
    return page.text === logOf(attempt.attempt_id) && { attempt, page };
  });
  assert.equal(live.page.end, false);
  assert.equal(live.attempt.log_state, 'open');
  fs.writeFileSync(seen, '');
  await settled(cluster);
  const attempt = await sealed('shared');
  const page = await portal.ask('readLog', { attemptId: attempt.attempt_id });
  assert.equal(page.text, logOf(attempt.attempt_id));
  assert.equal(page.end, true);
  assert.equal(page.gap, undefined);
  // Byte by byte in the bucket, for everybody's own tools too.
  const key = `chaos/${attempt.log_location}`;
  assert.deepEqual(await objects(), [key]);
  const object = await requestS3(minio, { path: `/${BUCKET}/${key}` });
  assert.equal(
    gunzipSync(Buffer.from(await object.arrayBuffer())).toString(),
    logOf(attempt.attempt_id),
  );
});

test('while S3 is stopped tasks succeed, their logs wait in the database', async () => {
  process.kill(minio.pid, 'SIGSTOP');
  try {
    await run('away');
    await settled(cluster);
    const attempt = await until(
      'its log is in the database',
      async () => {
        const one = await attemptOf('away');
        return Number(one.log_bytes) === logOf(one.attempt_id).length && one;
      },
      { timeoutMs: 180_000 },
    );
    assert.equal(attempt.result, 'success');
    assert.equal(attempt.log_state, 'open');
    const page = await portal.ask('readLog', { attemptId: attempt.attempt_id });
    assert.equal(page.text, logOf(attempt.attempt_id));
  } finally {
    process.kill(minio.pid, 'SIGCONT');
  }
  const attempt = await until(
    'it is sealed once S3 is back',
    async () => {
      const one = await attemptOf('away');
      return one.log_state === 'sealed' && one;
    },
    { timeoutMs: 180_000 },
  );
  const page = await portal.ask('readLog', { attemptId: attempt.attempt_id });
  assert.equal(page.text, logOf(attempt.attempt_id));
});

test('kill -9 between the transaction and the object: the next round deletes it', async () => {
  await run('doomed');
  await settled(cluster);
  const attempt = await sealed('doomed');
  const key = `chaos/${attempt.log_location}`;
  await scheduler.ask('deleteRun', { runId: attempt.public_run_id });
  assert.ok((await objects()).includes(key), 'rows go first');
  // It hangs in the middle of deleting, and dies there.
  process.kill(minio.pid, 'SIGSTOP');
  const round = scheduler.ask('keepHouse').catch(error => error);
  await until('it has begun', async () =>
    cluster.knex('chores').where({ name: 'retention' }).first(),
  );
  await scheduler.kill();
  assert.match((await round).message, /ended/);
  process.kill(minio.pid, 'SIGCONT');
  const garbage = await cluster.knex('garbage').pluck('location');
  assert.ok(garbage.includes(attempt.log_location));
  // Else only what a seal noted before it, and gave up while S3 was stopped.
  const shown = await cluster.knex('attempts').pluck('log_location');
  assert.deepEqual(
    garbage.filter(location => shown.includes(location)),
    [],
  );
  await scheduler.start();
  await cluster.knex('chores').update({ due_at: 0 });
  // What was noted before it was written is garbage an hour later.
  await cluster.knex('garbage').update({ since: 0 });
  await scheduler.ask('keepHouse');
  assert.deepEqual(await cluster.knex('garbage').pluck('location'), []);
  const left = await objects();
  assert.ok(!left.includes(key));
  // What others show stays.
  assert.equal(left.length, 2);
});

test('an object that is in another store is said to be missing, and where', async () => {
  const attempt = await attemptOf('shared');
  await requestS3(minio, {
    method: 'DELETE',
    path: `/${BUCKET}/chaos/${attempt.log_location}`,
  });
  // One that has read it before knows where its bytes stand in it.
  const fresh = cluster.scheduler(3, { role: 'portal' });
  await fresh.start();
  for (const one of [portal, fresh])
    await assert.rejects(
      one.ask('readLog', { attemptId: attempt.attempt_id }),
      error =>
        error.message.includes(attempt.log_location) &&
        error.message.includes(`s3://${BUCKET}/chaos/ at ${minio.endpoint}`) &&
        error.message.includes('docs/object-store.md'),
    );
});
