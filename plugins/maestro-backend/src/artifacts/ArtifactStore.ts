import type { Readable } from 'node:stream';

/**
 * Where bytes live that are too large for the database: reports, large
 * outputs, sealed logs. Files now, S3 later, so it promises no more than an
 * object store can: whole objects, written at once, read from any offset.
 *
 * A key is a relative path with `/`; each part is letters, digits, `_`, `-`
 * and `.`, and is neither `.` nor `..`.
 */
export interface ArtifactStore {
  /**
   * Writes an object, or replaces it, so that a reader sees the old one, the
   * new one or none, never a half.
   *
   * @throws InputError for a bad key; errors of the store as they come
   */
  put(
    key: string,
    content: Uint8Array | AsyncIterable<Uint8Array>,
  ): Promise<{ size: number }>;

  /**
   * Bytes from `start` on, at most `length`; fewer only at the end.
   *
   * @throws NotFoundError
   */
  read(key: string, range: { start: number; length: number }): Promise<Buffer>;

  /**
   * Size in bytes.
   *
   * @throws NotFoundError
   */
  size(key: string): Promise<number>;

  /**
   * The whole object as a stream; `size` for the Content-Length.
   *
   * @throws NotFoundError
   */
  open(key: string): Promise<{ size: number; stream: Readable }>;

  /** Removes an object; one that is not there is no error. */
  delete(key: string): Promise<void>;
}
