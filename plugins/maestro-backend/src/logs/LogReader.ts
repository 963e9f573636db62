import { Readable } from 'node:stream';
import { NotFoundError } from '@backstage/errors';
import type { LogCompleteness, LogPage } from '@maestro/plugin-maestro-common';
import type { ArtifactStore } from '../artifacts/ArtifactStore';
import { json, num } from '../database/conversion';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { chunkBytes, chunkPlaces } from '../database/operations/logs/logChunks';
import {
  attemptLog,
  type AttemptLogRow,
} from '../database/operations/logs/openLogs';
import type { LogGap } from './AttemptLog';
import { completenessOf } from './completeness';
import { type LogMember, readLogIndex, readLogMember } from './sealedLog';

/** A piece of a stored log. */
export interface LogPiece {
  bytes: Buffer;
  /** Offset of the first byte; beyond the asked one where bytes were dropped. */
  offset: number;
  /** Where to go on. */
  nextOffset: number;
  /** Where the log ends now. */
  size: number;
  /** No more will come after `nextOffset`. */
  end: boolean;
  /** One sentence, when something is missing. */
  gap?: string;
  /** Undefined while it may still turn out so. */
  completeness?: LogCompleteness;
}

/** Most bytes of one piece. */
const MAX_LIMIT = 1024 * 1024;
const KEPT_INDEXES = 100;

/**
 * Reads logs, live or sealed alike, with memory for one piece. Offsets are
 * those of the log as it was written; where its middle was dropped they jump.
 */
export class LogReader {
  /** Indexes of sealed logs, which never change; the latest used last. */
  private readonly indexes = new Map<string, LogMember[]>();

  constructor(
    private readonly options: { db: MaestroDatabase; store: ArtifactStore },
  ) {}

  /**
   * Bytes from `offset` on (default 0; negative counts from the end), at most
   * `limit` (default 256 KiB, at most 1 MiB); fewer is not the end.
   *
   * @throws NotFoundError
   */
  async read(
    attemptId: string,
    range: { offset?: number; limit?: number } = {},
  ): Promise<LogPiece> {
    const { db } = this.options;
    const limit = Math.min(Math.max(1, range.limit ?? 262_144), MAX_LIMIT);
    for (let left = 3; ; left--) {
      const row = await attemptLog(db, db.knex, attemptId);
      if (!row) {
        throw new NotFoundError(
          `Attempt "${attemptId}" does not exist; was its run deleted?`,
        );
      }
      if (row.log_state === 'removed') {
        throw new NotFoundError(
          `The log of attempt "${attemptId}" was removed by the retention of its pipeline`,
        );
      }
      const size = num(row.log_bytes);
      const asked = range.offset ?? 0;
      const offset = asked < 0 ? Math.max(0, size + asked) : asked;
      const parts =
        row.log_state === 'sealed'
          ? await this.sealedParts(row, offset, limit)
          : await this.openParts(row, offset, limit);
      // Sealed between the two questions: the chunks are gone by now.
      if (parts.length === 0 && offset < size && left > 0) continue;
      const bytes = Buffer.concat(parts.map(part => part.bytes));
      const begin = parts.length > 0 ? parts[0].offset : Math.min(offset, size);
      const nextOffset = Math.max(begin + bytes.length, Math.min(offset, size));
      return {
        bytes,
        offset: begin,
        nextOffset,
        size: Math.max(size, nextOffset),
        end: row.log_state !== 'open' && nextOffset >= size,
        gap:
          row.log_gap === null ? undefined : json<LogGap>(row.log_gap).reason,
        completeness: completenessOf(row),
      };
    }
  }

  /**
   * As {@link LogReader.read}, as text of whole characters: one that is cut by
   * the end of the piece comes with the next one.
   */
  async readPage(
    attemptId: string,
    range: { offset?: number; limit?: number } = {},
  ): Promise<LogPage> {
    const piece = await this.read(attemptId, {
      ...range,
      // A character must fit, or a reader never gets on.
      limit: Math.max(4, range.limit ?? 262_144),
    });
    // From the end, one may begin inside a character.
    const skipped =
      (range.offset ?? 0) < 0 ? leadingContinuation(piece.bytes) : 0;
    const cut = piece.end ? 0 : trailingFragment(piece.bytes);
    const bytes = piece.bytes.subarray(skipped, piece.bytes.length - cut);
    return {
      text: bytes.toString('utf8'),
      offset: piece.offset + skipped,
      nextOffset: piece.nextOffset - cut,
      size: piece.size,
      end: piece.end,
      gap: piece.gap,
      completeness: piece.completeness,
    };
  }

  /**
   * The log as bytes from `offset` to where it ends now.
   *
   * @throws NotFoundError before the first byte
   */
  async stream(attemptId: string, offset = 0): Promise<Readable> {
    const first = await this.read(attemptId, { offset });
    const read = (from: number) => this.read(attemptId, { offset: from });
    async function* pieces() {
      let piece = first;
      for (;;) {
        if (piece.bytes.length === 0) return;
        yield piece.bytes;
        if (piece.end) return;
        piece = await read(piece.nextOffset);
      }
    }
    return Readable.from(pieces(), { objectMode: false });
  }

  /** Adjacent bytes only: a piece never reaches over a jump. */
  private async openParts(row: AttemptLogRow, offset: number, limit: number) {
    const { db } = this.options;
    const id = num(row.id);
    const places = adjacent(
      await chunkPlaces(db, db.knex, id, offset, 500),
      offset,
      limit,
    );
    if (places.length === 0) return [];
    const chunks = await chunkBytes(db, db.knex, id, {
      first: places[0].offset,
      last: places[places.length - 1].offset,
    });
    return trimmed(chunks, offset, limit);
  }

  private async sealedParts(row: AttemptLogRow, offset: number, limit: number) {
    const key = row.log_location!;
    const members = adjacent(await this.index(key), offset, limit);
    const parts: { offset: number; bytes: Buffer }[] = [];
    for (const member of members) {
      parts.push({
        offset: member.offset,
        bytes: await readLogMember(this.options.store, key, member),
      });
    }
    return trimmed(parts, offset, limit);
  }

  private async index(key: string): Promise<LogMember[]> {
    const known = this.indexes.get(key);
    const index = known ?? (await readLogIndex(this.options.store, key));
    this.indexes.delete(key);
    this.indexes.set(key, index);
    if (this.indexes.size > KEPT_INDEXES) {
      this.indexes.delete(this.indexes.keys().next().value!);
    }
    return index;
  }
}

/** Of places in order, those that hold `limit` bytes from `offset` without a jump. */
function adjacent<T extends { offset: number; size: number }>(
  places: readonly T[],
  offset: number,
  limit: number,
): T[] {
  const taken: T[] = [];
  let have = 0;
  for (const place of places) {
    if (place.offset + place.size <= offset) continue;
    const previous = taken[taken.length - 1];
    if (previous && previous.offset + previous.size !== place.offset) break;
    taken.push(place);
    have += place.offset + place.size - Math.max(offset, place.offset);
    if (have >= limit) break;
  }
  return taken;
}

function trimmed(
  parts: readonly { offset: number; bytes: Buffer }[],
  offset: number,
  limit: number,
): { offset: number; bytes: Buffer }[] {
  const result: { offset: number; bytes: Buffer }[] = [];
  let left = limit;
  for (const part of parts) {
    const skip = Math.max(0, offset - part.offset);
    const bytes = part.bytes.subarray(skip, skip + left);
    if (bytes.length === 0) continue;
    result.push({ offset: part.offset + skip, bytes });
    left -= bytes.length;
  }
  return result;
}

const isContinuation = (byte: number) => byte >= 0x80 && byte < 0xc0;

/** Bytes at the beginning that belong to a character before it, at most 3. */
function leadingContinuation(bytes: Buffer): number {
  let count = 0;
  while (count < 3 && count < bytes.length && isContinuation(bytes[count])) {
    count += 1;
  }
  return count;
}

/** Bytes at the end that begin a character which is not complete, at most 3. */
function trailingFragment(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back];
    if (isContinuation(byte)) continue;
    let needed = 1;
    if (byte >= 0xf0 && byte < 0xf5) needed = 4;
    else if (byte >= 0xe0) needed = byte < 0xf0 ? 3 : 1;
    else if (byte >= 0xc2) needed = 2;
    return needed > back ? back : 0;
  }
  return 0;
}
