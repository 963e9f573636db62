import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { requestS3, startMinio } from './minio.mjs';

let minio;
before(async () => {
  minio = await startMinio({ buckets: ['logs'] });
});
after(async () => {
  await minio?.stop();
});

test('what is put is got, byte by byte', async () => {
  const body = randomBytes(300_000);
  const put = await requestS3(minio, {
    method: 'PUT',
    path: '/logs/some/key.log',
    body,
  });
  assert.equal(put.status, 200, await put.text());
  const got = await requestS3(minio, { path: '/logs/some/key.log' });
  assert.equal(got.status, 200);
  assert.deepEqual(Buffer.from(await got.arrayBuffer()), body);
  const none = await requestS3(minio, { path: '/logs/other' });
  assert.equal(none.status, 404);
  assert.match(await none.text(), /NoSuchKey/);
});

test('who has another key gets nothing', async () => {
  const answer = await requestS3(
    { ...minio, secretKey: 'guessed-guessed' },
    { path: '/logs/some/key.log' },
  );
  assert.equal(answer.status, 403);
});

test('it goes with its data', async () => {
  const { endpoint } = minio;
  await minio.stop();
  minio = undefined;
  await assert.rejects(fetch(endpoint));
});
