import { NotFoundError, ServiceUnavailableError } from '@backstage/errors';
import { notInStore } from './ArtifactStore';

/** Where an S3 store is and how it is reached. */
export interface S3Settings {
  bucket: string;
  /** Before each key; empty, or with a slash at its end. */
  prefix: string;
  /** Default: that of the environment or profile; with `endpoint` us-east-1. */
  region?: string;
  /** Of what is not AWS: `https://minio.example:9000`. */
  endpoint?: string;
  /** `endpoint/bucket/key` instead of `bucket.endpoint/key`. */
  forcePathStyle?: boolean;
  /** Default: the chain of AWS (environment, profile, web identity, instance). */
  credentials?: {
    accessKeyId: string;
    secretAccessKey: string;
    sessionToken?: string;
  };
}

/** The store for people, without anything secret. */
export function placeOf({ bucket, prefix, endpoint }: S3Settings): string {
  return `s3://${bucket}/${prefix}${endpoint ? ` at ${endpoint}` : ''}`;
}

const MISSING = new Set(['NoSuchKey', 'NotFound']);
const FULL = new Set([
  'XMinioStorageFull',
  'XMinioAdminBucketQuotaExceeded',
  'QuotaExceeded',
  'InsufficientStorage',
]);
const WRONG_KEY = new Set([
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'InvalidToken',
  'CredentialsProviderError',
]);

interface S3Error extends Error {
  /** Of Node, when there was no answer. */
  code?: string;
  $metadata?: { httpStatusCode?: number; attempts?: number };
}

/** Says of an error of S3 which store, what is wrong and what to do. */
export function s3Failure(
  settings: S3Settings,
  key: string,
  error: S3Error,
): Error {
  const place = placeOf(settings);
  if (MISSING.has(error.name)) return new NotFoundError(notInStore(key, place));
  const what = trouble(settings, error);
  if (what === undefined) return error;
  // The error itself is told as the cause.
  return new ServiceUnavailableError(
    `The artifact store ${place} ${what}`,
    error,
  );
}

/** Undefined for what is no answer of a store and no trouble on the way to it. */
function trouble(
  { bucket, endpoint }: S3Settings,
  error: S3Error,
): string | undefined {
  const status = error.$metadata?.httpStatusCode;
  if (error.name === 'NoSuchBucket') {
    return `has no bucket "${bucket}": create it, or correct maestro.artifactStore.s3.bucket`;
  }
  if (FULL.has(error.name) || status === 507) {
    return 'is full: make room, or let retention remove more';
  }
  if (WRONG_KEY.has(error.name)) {
    return 'does not accept the credentials: correct maestro.artifactStore.s3.credentials or, without them, what the AWS chain finds (AWS_ACCESS_KEY_ID, a profile, a role)';
  }
  if (error.name === 'PermanentRedirect' || status === 301) {
    return 'is in another region: correct maestro.artifactStore.s3.region';
  }
  if (status === 403) {
    return 'refuses: give its user s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload on the objects and s3:ListBucket on the bucket (without the last one, S3 also refuses what is not there)';
  }
  if (status !== undefined) return `answers with ${status}`;
  if (error.message.includes('Region is missing')) {
    return 'has no region: set maestro.artifactStore.s3.region, or AWS_REGION';
  }
  // The client says how often it tried what went wrong on the way.
  const onTheWay =
    error.code !== undefined || error.$metadata?.attempts !== undefined;
  if (!onTheWay && error.name !== 'TimeoutError') return undefined;
  return endpoint
    ? `cannot be reached: is ${endpoint} right, and does it run?`
    : 'cannot be reached: is the network up, and the region right?';
}
