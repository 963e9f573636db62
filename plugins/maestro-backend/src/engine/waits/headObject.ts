import {
  HeadBucketCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  S3Client,
} from '@aws-sdk/client-s3';
import { InputError } from '@backstage/errors';
import type { ObjectFacts, S3Access, S3ObjectRequest } from './OutsideWorld';

interface S3Error extends Error {
  /** Of Node, when there was no answer. */
  code?: string;
  $metadata?: { httpStatusCode?: number };
}

/** What was found out, in words that are whole. */
class Found extends Error {}

/**
 * Asks S3, or what speaks like it, for one object without its content. One
 * request, and a second one for the bucket where there is no object: an answer
 * to HEAD has no words. Nothing is repeated; who waits looks again.
 *
 * Import this file only where it is used: the client costs memory.
 *
 * @param options.refuse - throws for an address that must not be asked
 * @returns undefined when the bucket is there and the object is not
 * @throws Error with a sentence for people when nobody can say
 */
export async function headObject(
  request: S3ObjectRequest,
  options: { signal: AbortSignal; refuse(url: URL): void },
): Promise<ObjectFacts | undefined> {
  const { bucket, access } = request;
  const client = connect(access, options.refuse);
  try {
    return await ask(client, request, options.signal);
  } catch (error) {
    throw failure(error, bucket, access);
  } finally {
    client.destroy();
  }
}

async function ask(
  client: S3Client,
  { bucket, key, access }: S3ObjectRequest,
  abortSignal: AbortSignal,
): Promise<ObjectFacts | undefined> {
  const Bucket = bucket;
  try {
    return factsOf(
      await client.send(new HeadObjectCommand({ Bucket, Key: key }), {
        abortSignal,
      }),
    );
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
  try {
    await client.send(new HeadBucketCommand({ Bucket }), { abortSignal });
  } catch (error) {
    // Who may not see the bucket may still be told of its objects.
    if (statusOf(error) === 403) return undefined;
    if (statusOf(error) !== 404) throw error;
    throw new Found(`there is no bucket "${bucket}" at ${access.endpoint}`);
  }
  return undefined;
}

function connect(access: S3Access, refuse: (url: URL) => void): S3Client {
  const client = new S3Client({ ...access, maxAttempts: 1 });
  // Of the address that is really asked: it may begin with the bucket.
  client.middlewareStack.add(
    next => async args => {
      const { protocol, hostname, port } = args.request as {
        protocol: string;
        hostname: string;
        port?: number;
      };
      refuse(new URL(`${protocol}//${hostname}${port ? `:${port}` : ''}`));
      return next(args);
    },
    { step: 'build', name: 'refuseForbidden' },
  );
  return client;
}

function factsOf(found: HeadObjectCommandOutput): ObjectFacts {
  const { ContentLength, LastModified, ETag } = found;
  if (ContentLength === undefined || LastModified === undefined) {
    throw new Found(
      'what answers says no size or no time of the object; is it an S3?',
    );
  }
  return {
    size: ContentLength,
    modifiedAt: LastModified.getTime(),
    ...(ETag !== undefined && { etag: ETag.replace(/^"(.*)"$/, '$1') }),
  };
}

function statusOf(error: unknown): number | undefined {
  return (error as S3Error).$metadata?.httpStatusCode;
}

function failure(
  error: unknown,
  bucket: string,
  { endpoint, region }: S3Access,
): Error {
  if (error instanceof Found || error instanceof InputError) return error;
  const { code, message, $metadata } = error as S3Error;
  const status = statusOf(error);
  switch (status) {
    case 403:
      return new Error(
        `${endpoint} refuses (HTTP 403): are the keys of the connection right, and may they s3:GetObject there? Without s3:ListBucket on "${bucket}", S3 also refuses what is not there`,
      );
    case 301:
    case 307:
    case 400:
      return new Error(
        `${endpoint} answers with HTTP ${status}; is "${bucket}" in region ${region}? Otherwise correct region_name in the extra of the connection`,
      );
    case undefined:
      break;
    default:
      if (status >= 300) {
        return new Error(`${endpoint} answers with HTTP ${status}`);
      }
  }
  // What went wrong on the way has no status, but was tried.
  if (code !== undefined || $metadata !== undefined) {
    // The client wraps what it does not know as an error.
    const why = message.replace(/^AWS SDK error wrapper for \w+: /, '') || code;
    return new Error(
      `${endpoint} cannot be reached (${why}): is endpoint_url of the connection right, and does it run?`,
    );
  }
  return new Error(`${endpoint}: ${message}`);
}
