/** Where an object of S3 stands. @public */
export interface S3Address {
  bucket: string;
  key: string;
}

// No ARN: that would be an address of its own, past the one of the connection.
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;

/** Most bytes of a key. */
const MAX_KEY_BYTES = 1024;

/** Whether a path is meant as one of S3, right or wrong. @public */
export function isS3Address(path: string): boolean {
  return /^s3:/i.test(path);
}

/**
 * Reads `s3://bucket/key`. Everything behind the bucket is the key, as it is:
 * it is no URL, so `?`, `#` and `%20` stand for themselves.
 *
 * @returns undefined when a bucket or a key is missing or cannot be one
 * @public
 */
export function parseS3Address(path: string): S3Address | undefined {
  const [, bucket, key] = /^s3:\/\/([^/]*)\/(.+)$/is.exec(path) ?? [];
  if (bucket === undefined || !BUCKET.test(bucket)) return undefined;
  if (new TextEncoder().encode(key).length > MAX_KEY_BYTES) return undefined;
  return { bucket, key };
}
