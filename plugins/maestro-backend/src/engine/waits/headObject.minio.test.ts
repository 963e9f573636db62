import { randomUUID } from 'node:crypto';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { testS3 } from '../../artifacts/__testUtils__/testS3';
import { eachDatabase } from '../../database/testing';
import { createWaitTest, type WaitTest } from './__testUtils__/waitTest';
import type { S3ObjectRequest } from './OutsideWorld';
import { RealWorld } from './RealWorld';
import { headObject } from './headObject';

/* On a real MinIO, which the suite object-store starts. */

const { endpoint, region, bucket, credentials } = testS3();
const access = {
  endpoint: endpoint!,
  region: region!,
  forcePathStyle: true,
  credentials: credentials!,
};
// Jest cannot import later, as the real one does.
const realWorld = new RealWorld({}, async () => headObject);
const client = new S3Client({ ...access });
const put = (Key: string) =>
  client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'hello' }));

describe('a look at an object of a real S3', () => {
  const look = (change: Partial<S3ObjectRequest>) =>
    realWorld.s3Object(
      { bucket, key: 'x', access, ...change },
      new AbortController().signal,
    );
  const found = {
    size: 5,
    modifiedAt: expect.any(Number),
    etag: '5d41402abc4b2a76b9719d911017c592',
  };

  it.each(['x.csv', 'a b/part 0?#%20+ä&=.csv', 'folder/'])(
    'finds %j when it is there, and nothing before',
    async name => {
      const key = `${randomUUID()}/${name}`;
      expect(await look({ key })).toBeUndefined();
      await put(key);
      expect(await look({ key })).toEqual(found);
    },
  );

  it.each<[string, Partial<S3ObjectRequest>, string]>([
    [
      'there is no bucket',
      { bucket: 'no-such-bucket' },
      'there is no bucket "no-such-bucket"',
    ],
    [
      'the secret key is wrong',
      {
        access: {
          ...access,
          credentials: { ...access.credentials, secretAccessKey: 'guessed' },
        },
      },
      'refuses (HTTP 403)',
    ],
    [
      'the user is unknown',
      {
        access: {
          ...access,
          credentials: { accessKeyId: 'nobody', secretAccessKey: 'guessed' },
        },
      },
      'refuses (HTTP 403)',
    ],
  ])('says so when %s', async (_, change, said) => {
    await expect(look(change)).rejects.toThrow(said);
  });
});

eachDatabase((_name, databases) => {
  let test: WaitTest;
  afterEach(() => test.stop());

  it('a task waits for an object that appears later', async () => {
    test = await createWaitTest(databases);
    test.outside.s3Object = request =>
      realWorld.s3Object(request, new AbortController().signal);
    test.ctx.inputs.forS3 = async () => ({ access, secrets: [] });
    const key = `${randomUUID()}/x.csv`;
    await test.register('p', {
      tasks: [
        {
          id: 'f',
          wait: { object: { path: `s3://${bucket}/${key}` }, every: 'PT1M' },
        },
      ],
    });
    const runId = await test.trigger('p');
    await test.until(
      async () => (await test.waits()).map(wait => wait.answer),
      ['it is not there'],
    );
    await put(key);
    test.pass(60_000);
    expect((await test.finished(runId)).state).toBe('success');
    const rows = await test.db.table(test.db.knex, 'outputs');
    const outputs = rows.map(row => [row.key, JSON.parse(row.value!)]);
    expect(Object.fromEntries(outputs)).toEqual({
      size: 5,
      modified_at: expect.any(Number),
      etag: '5d41402abc4b2a76b9719d911017c592',
    });
  });
});
