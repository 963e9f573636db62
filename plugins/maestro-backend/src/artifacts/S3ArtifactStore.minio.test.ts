import { randomUUID } from 'node:crypto';
import {
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { artifactStoreContract } from './__testUtils__/artifactStoreContract';
import { testS3 } from './__testUtils__/testS3';
import { S3ArtifactStore } from './S3ArtifactStore';

/* On a real MinIO, which the suite object-store starts. */

const settings = testS3();
const client = new S3Client({ ...settings });

describe('S3ArtifactStore', () => {
  artifactStoreContract(async () => {
    const prefix = `${randomUUID()}/`;
    return {
      store: new S3ArtifactStore({ ...settings, prefix }),
      everything: async () => {
        const of = { Bucket: settings.bucket, Prefix: prefix };
        const { Contents = [] } = await client.send(
          new ListObjectsV2Command(of),
        );
        // MinIO lists unfinished uploads of a whole key only.
        const { Uploads = [] } = await client.send(
          new ListMultipartUploadsCommand({
            ...of,
            Prefix: `${prefix}a/b.txt`,
          }),
        );
        return [...Contents, ...Uploads].map(({ Key }) =>
          Key!.slice(prefix.length),
        );
      },
      tearDown: async () => {},
    };
  });

  it('without a prefix stands at the root of the bucket', async () => {
    const store = new S3ArtifactStore({ ...settings, prefix: '' });
    const key = `root/${randomUUID()}`;
    await store.put(key, Buffer.from('x'));
    const { Contents } = await client.send(
      new ListObjectsV2Command({ Bucket: settings.bucket, Prefix: key }),
    );
    expect(Contents?.map(({ Key }) => Key)).toEqual([key]);
  });

  it.each([
    [
      'a bucket that is not there',
      { bucket: 'no-such-bucket' },
      /has no bucket "no-such-bucket": create it, or correct maestro.artifactStore.s3.bucket/,
    ],
    [
      'a wrong secret',
      {
        credentials: { ...settings.credentials!, secretAccessKey: 'guessed' },
      },
      /does not accept the credentials/,
    ],
    [
      'an unknown user',
      { credentials: { accessKeyId: 'nobody', secretAccessKey: 'guessed' } },
      /does not accept the credentials/,
    ],
    [
      'nobody listens',
      { endpoint: 'http://127.0.0.1:9' },
      /cannot be reached: is http:\/\/127.0.0.1:9 right, and does it run\?/,
    ],
  ])(
    'says what is wrong: %s',
    async (_, change, message) => {
      const store = new S3ArtifactStore({ ...settings, ...change, prefix: '' });
      for (const ask of [
        () => store.put('a/b', Buffer.from('x')),
        () => store.open('a/b'),
        () => store.read('a/b', { start: 0, length: 1 }),
        () => store.delete('a/b'),
      ]) {
        await expect(ask()).rejects.toMatchObject({
          name: 'ServiceUnavailableError',
          message: expect.stringMatching(message),
        });
      }
    },
    180_000,
  );

  it('tells a missing bucket from a missing object where S3 only says 404', async () => {
    const store = new S3ArtifactStore({
      ...settings,
      bucket: 'no-such-bucket',
      prefix: '',
    });
    await expect(store.size('a/b')).rejects.toThrow('has no bucket');
  });
});
