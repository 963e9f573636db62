import type { ResponseFacts, S3Address } from '@maestro/plugin-maestro-common';

/** A request with everything filled in. */
export interface OutsideRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string;
}

/** Where an S3 is, and with which keys it is asked. */
export interface S3Access {
  /** Of what is not AWS, or of AWS in a region. */
  endpoint: string;
  region: string;
  /** `endpoint/bucket/key` instead of `bucket.endpoint/key`. */
  forcePathStyle: boolean;
  credentials: {
    accessKeyId: string;
    secretAccessKey: string;
    sessionToken?: string;
  };
}

/** One object of S3, and how it is reached. */
export interface S3ObjectRequest extends S3Address {
  access: S3Access;
}

/** What a look at a file or an object found. */
export interface ObjectFacts {
  /** Bytes. */
  size: number;
  /** Epoch milliseconds. */
  modifiedAt: number;
  /** Of objects of S3: changes with the content. */
  etag?: string;
}

/**
 * The world outside the database as tasks that wait see it. Every call is
 * bounded in time and size; the simulator and the tests give other ones.
 */
export interface OutsideWorld {
  /**
   * @throws Error with a sentence for people when there is no answer; an
   * InputError when it must not be asked
   */
  request(request: OutsideRequest, signal: AbortSignal): Promise<ResponseFacts>;
  /** A file; undefined when there is none. @throws Error when nobody can say */
  object(path: string): Promise<ObjectFacts | undefined>;
  /**
   * An object of S3; undefined when there is none.
   *
   * @throws Error with a sentence for people when nobody can say; an
   * InputError when it must not be asked
   */
  s3Object(
    request: S3ObjectRequest,
    signal: AbortSignal,
  ): Promise<ObjectFacts | undefined>;
}
