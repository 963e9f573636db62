import type { S3Settings } from '../s3Failure';

/**
 * The S3 of the suite `object-store`, which `test/cluster/minio.mjs with` puts
 * into the environment.
 */
export function testS3(): S3Settings {
  const text = process.env.MAESTRO_TEST_S3;
  if (!text) {
    throw new Error(
      'There is no S3: start these tests by npm test -- --only object-store',
    );
  }
  const { endpoint, region, accessKey, secretKey, buckets } = JSON.parse(text);
  return {
    endpoint,
    region,
    bucket: buckets[0],
    prefix: '',
    forcePathStyle: true,
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
  };
}
