import type { Readable } from 'node:stream';
import { InputError } from '@backstage/errors';

/**
 * Where bytes live that are too large for the database: reports, large
 * outputs, sealed logs. Files or S3, so it promises no more than an object
 * store can: whole objects, written at once, read from any offset.
 *
 * A store that is away, full or refuses is a ServiceUnavailableError which says
 * which store, what is wrong and what to do.
 *
 * A key is a relative path with `/`; each part is letters, digits, `_`, `-`
 * and `.`, and is neither `.` nor `..`.
 */
export interface ArtifactStore {
  /**
   * Writes an object, or replaces it, so that a reader sees the old one, the
   * new one or none, never a half.
   *
   * @throws InputError for a bad key; what `content` throws, as it is
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

const PART = /^[A-Za-z0-9_.-]{1,200}$/;

/** Whether it may stand between two slashes of a key. */
export function isKeyPart(part: string): boolean {
  return PART.test(part) && part !== '.' && part !== '..';
}

/**
 * The parts of a key.
 *
 * @throws InputError when it is none
 */
export function partsOfKey(key: string): string[] {
  const parts = key.split('/');
  for (const part of parts) {
    if (!isKeyPart(part)) {
      throw new InputError(
        `"${key.slice(
          0,
          300,
        )}" is no key of an object; expected parts of letters, digits, "_", "-" and ".", separated by "/"`,
      );
    }
  }
  return parts;
}

/** What to say of an object that a store does not have. */
export function notInStore(key: string, place: string): string {
  return `The object "${key}" is not in ${place}. What was stored before maestro.artifactStore or maestro.dataDir was changed is still in the former place: copy it over under the same key, see docs/object-store.md`;
}
