import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { type ArtifactStore, partsOfKey } from './ArtifactStore';
import { s3Failure, type S3Settings } from './s3Failure';

/** Bytes of a part: what one upload holds in memory, times PARTS. */
const PART_BYTES = 8 * 1024 * 1024;
/** Parts of one upload on their way at once. */
const PARTS = 2;
/** Of one request, the first included; each waits longer for the next. */
const ATTEMPTS = 3;
/** Until there is a connection, milliseconds. */
const CONNECT_MS = 5_000;
/** Without a byte in either direction, milliseconds. */
const SILENT_MS = 20_000;

/**
 * Objects in a bucket of S3 or of what speaks like it. An object up to 8 MiB is
 * one request; a larger one is sent in parts and is there when the last one is,
 * so nobody sees half of it. Bytes are checked by CRC32 on their way in.
 *
 * Import this file only where S3 is configured: its client costs who uses
 * files memory for nothing.
 */
export class S3ArtifactStore implements ArtifactStore {
  private readonly client: S3Client;

  constructor(private readonly settings: S3Settings) {
    this.client = connect(settings);
  }

  async put(
    key: string,
    content: Uint8Array | AsyncIterable<Uint8Array>,
  ): Promise<{ size: number }> {
    const at = this.at(key);
    if (content instanceof Uint8Array) {
      await this.send(key, client =>
        client.send(new PutObjectCommand({ ...at, Body: content })),
      );
      return { size: content.byteLength };
    }
    let size = 0;
    let broken: { error: unknown } | undefined;
    async function* counted(parts: AsyncIterable<Uint8Array>) {
      try {
        for await (const part of parts) {
          size += part.byteLength;
          yield part;
        }
      } catch (error) {
        broken = { error };
        throw error;
      }
    }
    const body = Readable.from(counted(content), { objectMode: false });
    try {
      await this.send(key, async client => {
        await new Upload({
          client,
          params: { ...at, Body: body },
          partSize: PART_BYTES,
          queueSize: PARTS,
        }).done();
      });
    } catch (error) {
      // Whoever gives the bytes knows what went wrong with them.
      if (broken) throw broken.error;
      throw error;
    } finally {
      body.destroy();
    }
    return { size };
  }

  async read(
    key: string,
    { start, length }: { start: number; length: number },
  ): Promise<Buffer> {
    if (length === 0) {
      await this.size(key);
      return Buffer.alloc(0);
    }
    const Range = `bytes=${start}-${start + length - 1}`;
    const at = this.at(key);
    // The client repeats requests, but not an answer that breaks off.
    for (let attempt = 1; ; attempt++) {
      let answered = false;
      try {
        return await this.send(key, async client => {
          const found = await client.send(
            new GetObjectCommand({ ...at, Range }),
          );
          answered = true;
          return buffer(bodyOf(found));
        });
      } catch (error) {
        const cause = (error as Error).cause as S3Cause | undefined;
        // It begins at or behind the end.
        if (cause?.name === 'InvalidRange') return Buffer.alloc(0);
        if (!answered || attempt >= ATTEMPTS) throw error;
        await sleep(100 * attempt);
      }
    }
  }

  async size(key: string): Promise<number> {
    const at = this.at(key);
    return this.send(key, async client => {
      try {
        const found = await client.send(new HeadObjectCommand(at));
        return found.ContentLength ?? 0;
      } catch (error) {
        if ((error as S3Cause).$metadata?.httpStatusCode !== 404) throw error;
        // An answer to HEAD has no words: the object or the bucket?
        await client
          .send(new HeadBucketCommand({ Bucket: at.Bucket }))
          .catch((other: S3Cause) => {
            if (other.$metadata?.httpStatusCode !== 404) return;
            throw Object.assign(other, { name: 'NoSuchBucket' });
          });
        throw error;
      }
    });
  }

  async open(key: string): Promise<{ size: number; stream: Readable }> {
    const at = this.at(key);
    return this.send(key, async client => {
      const found = await client.send(new GetObjectCommand(at));
      return { size: found.ContentLength ?? 0, stream: bodyOf(found) };
    });
  }

  async delete(key: string): Promise<void> {
    const at = this.at(key);
    await this.send(key, client => client.send(new DeleteObjectCommand(at)));
  }

  private at(key: string): { Bucket: string; Key: string } {
    const { bucket, prefix } = this.settings;
    return { Bucket: bucket, Key: prefix + partsOfKey(key).join('/') };
  }

  private async send<T>(
    key: string,
    request: (client: S3Client) => Promise<T>,
  ): Promise<T> {
    try {
      return await request(this.client);
    } catch (error) {
      throw s3Failure(this.settings, key, error as Error);
    }
  }
}

interface S3Cause extends Error {
  $metadata?: { httpStatusCode?: number };
}

function bodyOf({ Body }: GetObjectCommandOutput): Readable {
  // On Node it always is one.
  return Body as Readable;
}

function connect(settings: S3Settings): S3Client {
  const { endpoint, forcePathStyle, credentials } = settings;
  const region =
    settings.region ??
    (endpoint ? process.env.AWS_REGION ?? 'us-east-1' : undefined);
  return new S3Client({
    ...(region === undefined ? {} : { region }),
    endpoint,
    forcePathStyle,
    credentials,
    maxAttempts: ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      socketTimeout: SILENT_MS,
    },
  });
}
