import { ConfigReader } from '@backstage/config';
import { createArtifactStore, readS3Settings } from './readArtifactStore';

const read = (s3?: object) =>
  readS3Settings(
    new ConfigReader({ maestro: s3 ? { artifactStore: { s3 } } : {} }),
  );

describe('maestro.artifactStore', () => {
  it('is files when nothing is said', async () => {
    expect(read()).toBeUndefined();
    expect(
      (await createArtifactStore({ dataDir: '/tmp/none' })).constructor.name,
    ).toBe('FileArtifactStore');
  });

  it('is AWS with a bucket alone: region and credentials are found', () => {
    expect(read({ bucket: 'b' })).toEqual({
      bucket: 'b',
      prefix: '',
      region: undefined,
      endpoint: undefined,
      forcePathStyle: false,
      credentials: undefined,
    });
  });

  it('is anything that speaks S3 with an endpoint: the bucket in the path', () => {
    const endpoint = 'http://minio.storage.svc:9000';
    expect(read({ bucket: 'b', endpoint })).toMatchObject({
      endpoint,
      forcePathStyle: true,
    });
    expect(
      read({ bucket: 'b', endpoint, forcePathStyle: false }),
    ).toMatchObject({ forcePathStyle: false });
  });

  it.each([
    ['a', 'a/'],
    ['/a/b/', 'a/b/'],
    ['//', ''],
  ])('takes the prefix %s', (prefix, expected) => {
    expect(read({ bucket: 'b', prefix })!.prefix).toBe(expected);
  });

  it.each([
    [{}, /bucket is not set \(is the environment variable/],
    [{ bucket: 'b', prefix: 'a/../b' }, /prefix has the part "\.\."/],
    [{ bucket: 'b', prefix: 'ä' }, /prefix has the part "ä"/],
    [{ bucket: 'b', endpoint: 'minio:9000' }, /endpoint is "minio:9000"/],
    [{ bucket: 'b', endpoint: 'http://x/b' }, /without bucket and path/],
    [{ bucket: 'b', endpoint: 'http://u:p@x' }, /endpoint is/],
    [
      { bucket: 'b', credentials: { accessKeyId: 'a' } },
      /credentials.secretAccessKey/,
    ],
  ])('refuses %j', (s3, message) => {
    expect(() => read(s3)).toThrow(message);
  });
});
