import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { ConflictError } from '@backstage/errors';
import type { LogPlace, TaskExecutor } from '@maestro/plugin-maestro-node';
import { json, num } from '../database/conversion';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { appendLog } from '../database/operations/logs/appendLog';
import { deleteChunks } from '../database/operations/logs/deleteChunks';
import { dropLogMiddle } from '../database/operations/logs/dropLogMiddle';
import { chunkBytes, chunkPlaces } from '../database/operations/logs/logChunks';
import {
  attemptLog,
  type AttemptLogRow,
} from '../database/operations/logs/openLogs';
import {
  announceObject,
  keepObject,
} from '../database/operations/retention/announceObject';
import { sealAttemptLog } from '../database/operations/logs/sealAttemptLog';
import { LogMasker } from './maskStream';
import { type LogSegment, sealLog } from './sealedLog';

/** Most raw bytes that are asked of an executor at once, and of a chunk. */
export const SLICE_BYTES = 256 * 1024;
/** A log up to this size is sealed without ever being chunks. */
const DIRECT_BYTES = 1024 * 1024;
/** Slices before others have their turn. */
const SLICES_A_STEP = 16;
/** The middle is dropped in pieces of at least this size, not byte by byte. */
const DROP_SLACK = 512 * 1024;

/** What stands in `log_gap`. */
export interface LogGap {
  /** First byte that is missing. */
  from: number;
  /** One sentence for people. */
  reason: string;
  /** Whether the middle was dropped because the log is too large. */
  dropped?: boolean;
  /** Nobody knows whether bytes are missing. */
  doubt?: boolean;
  /**
   * Raw byte at which the last marker stands. What is behind it may be read
   * again: an end that could not be sealed, or the beginning of a secret that
   * was held back. It is not marked again.
   */
  toldAt?: number;
}

/** What the log of an attempt needs around it. */
export interface AttemptLogContext {
  db: MaestroDatabase;
  /** Writes an object into the artifact store. */
  put(key: string, content: AsyncIterable<Uint8Array>): Promise<void>;
  /** Removes an object from it when it can. */
  remove(key: string): void;
  openMasks(attemptId: string, sealed: string): string[];
  /** Bytes kept, half of them the beginning. */
  maxBytes: number;
}

/** The executor could not be read; the store is not to blame. */
export class LogSourceError extends Error {
  readonly name = 'LogSourceError';
}

/**
 * The way of one log from the executor into the store: read, masked, kept as
 * chunks while the attempt runs, sealed as one object at the end.
 *
 * Everything that was done stands in the attempt's row (`log_raw_offset`,
 * `log_bytes`, `log_place`), written in one transaction with the chunks and guarded by its
 * former value. So this object can be thrown away at any moment, by a crash or
 * by an error, and a new one goes on; of two processes that do the same, one
 * gets a ConflictError and stops.
 */
export class AttemptLog {
  /** Where the stored log is. */
  private stored: { bytes: number; raw: number };
  /** Next raw byte to read; ahead of `stored.raw` by what is held back. */
  private read: number;
  private gap: LogGap | undefined;
  /** What the first read is to go on from; undefined once it was made. */
  private resume: { place?: LogPlace } | undefined;
  /** Places that were read and not stored yet, ascending. */
  private places: LogPlace[] = [];
  private readonly masker: LogMasker;
  private readonly headBytes: number;

  constructor(
    private readonly context: AttemptLogContext,
    private readonly executor: TaskExecutor | undefined,
    private readonly row: AttemptLogRow,
    /** Whether its masks can be read; else no byte of it may be stored. */
    knowsMasks = true,
  ) {
    this.stored = { bytes: num(row.log_bytes), raw: num(row.log_raw_offset) };
    this.read = this.stored.raw;
    this.gap = row.log_gap === null ? undefined : json<LogGap>(row.log_gap);
    this.resume = {
      ...(row.log_place === null
        ? {}
        : { place: json<LogPlace>(row.log_place) }),
    };
    this.headBytes = Math.floor(context.maxBytes / 2);
    this.masker = new LogMasker(
      row.masks === null || !knowsMasks
        ? []
        : context.openMasks(row.attempt_id, row.masks),
    );
  }

  /**
   * Takes over what there is, at most 4 MiB.
   *
   * @param ended - the attempt is over: seal when everything is read
   * @param isKept - do not seal it, a trigger goes on writing into it
   * @throws LogSourceError when the executor cannot be read
   */
  async step(
    ended: boolean,
    isKept = false,
  ): Promise<'waiting' | 'more' | 'sealed' | 'kept'> {
    let waiting: Buffer[] = [];
    let size = 0;
    const append = async () => {
      await this.append(Buffer.concat(waiting));
      waiting = [];
      size = 0;
    };
    // Only when nothing stands in the database yet can it be passed by.
    const direct = ended && !isKept && this.stored.bytes === 0;
    for (let slices = 0; slices < SLICES_A_STEP; slices++) {
      const slice = await this.slice();
      const pieces = [slice.missing, this.masker.push(slice.bytes)];
      const end = ended && slice.end;
      if (end) pieces.push(this.masker.flush());
      for (const piece of pieces) {
        waiting.push(piece);
        size += piece.length;
      }
      if (end) {
        if (isKept) {
          if (size > 0) await append();
          return 'kept';
        }
        if (direct && size <= DIRECT_BYTES && this.stored.bytes === 0) {
          await this.sealDirectly(Buffer.concat(waiting));
        } else {
          if (size > 0) await append();
          await this.sealChunks();
        }
        return 'sealed';
      }
      if (slice.bytes.length === 0) {
        if (size > 0) await append();
        return 'waiting';
      }
      if (direct ? size > DIRECT_BYTES : size >= SLICE_BYTES) await append();
      await setImmediate();
    }
    if (size > 0) await append();
    return 'more';
  }

  /** Seals what is stored, of which it is known that it is all. */
  async finish(): Promise<'sealed'> {
    await this.sealChunks();
    return 'sealed';
  }

  /**
   * Seals what is stored and says in the log that the rest is lost.
   *
   * @param isKept - do not seal it, a trigger goes on writing into it
   */
  async abandon(reason: string, isKept = false): Promise<'sealed' | 'kept'> {
    this.noteGap({ from: this.stored.bytes, reason });
    await this.append(marker(`The rest of this log is lost: ${reason}.`));
    if (isKept) return 'kept';
    await this.sealChunks();
    return 'sealed';
  }

  private async slice() {
    if (!this.executor) {
      throw new LogSourceError(
        `There is no executor "${this.row.executor}" here`,
      );
    }
    const offset = this.read;
    let slice;
    try {
      slice = await this.executor.readLog(this.row.attempt_id, {
        offset,
        limit: SLICE_BYTES,
        ...(this.resume && { resume: this.resume }),
      });
    } catch (error) {
      throw new LogSourceError(
        `Executor "${this.row.executor}" cannot give the log: ${
          (error as Error).message
        }`,
        { cause: error },
      );
    }
    const name = `executor "${this.row.executor}"`;
    this.read = slice.offset + slice.bytes.length;
    if (slice.bytes.length > 0) this.resume = undefined;
    if (slice.place) this.places.push(slice.place);
    if (slice.doubt) {
      this.noteGap({
        from: this.stored.bytes,
        reason: `${name} is not certain that these are all lines: ${slice.doubt}`,
        doubt: true,
      });
    }
    let missing: Buffer = Buffer.alloc(0);
    const reason =
      slice.offset > offset
        ? `${name} no longer has bytes ${offset} to ${slice.offset}`
        : slice.missing &&
          `${name} could not read some lines: ${slice.missing}`;
    // Behind a gap that moves the offset nothing is read twice.
    const isMoved = slice.offset > offset;
    if (reason && (isMoved || this.gap?.toldAt !== offset)) {
      this.noteGap({ from: this.stored.bytes, reason });
      // Stored with the marker, or not at all.
      if (!isMoved) this.gap = { ...this.gap!, toldAt: offset };
      // What was held back cannot become a secret any more.
      missing = Buffer.concat([this.masker.flush(), marker(`Gap: ${reason}.`)]);
    }
    return { ...slice, missing };
  }

  private async append(bytes: Buffer): Promise<void> {
    const { db } = this.context;
    const id = num(this.row.id);
    const from = this.stored;
    const to = {
      bytes: from.bytes + bytes.length,
      raw: this.read - this.masker.pending,
    };
    if (to.bytes === from.bytes && to.raw === from.raw) return;
    // One behind what is stored would leave out what is held back.
    const reached = this.places.filter(({ at }) => at <= to.raw);
    const place = reached.at(-1);
    const tailFrom = to.bytes - this.headBytes;
    const drop = tailFrom - this.headBytes > DROP_SLACK;
    const first = drop && !this.gap?.dropped;
    if (first) {
      this.noteGap({ from: this.headBytes, reason: '', dropped: true });
    }
    await db.transaction(async tx => {
      await appendLog(db, tx, {
        id,
        from,
        masks: this.row.masks,
        to,
        chunks: chunksOf(bytes, from.bytes, this.headBytes),
        gap: this.gap && JSON.stringify(this.gap),
        place: place && JSON.stringify(place),
      });
      if (!drop) return;
      await dropLogMiddle(db, tx, id, {
        // The marker stands at the end of the head and stays.
        from: first ? this.headBytes : this.headBytes + 1,
        to: tailFrom,
      });
      if (first) {
        const text = marker(`${this.limitReason()}.`);
        await db.table(tx, 'log_chunks').insert({
          attempt: id,
          offset: this.headBytes,
          size: text.length,
          bytes: text,
        });
      }
    });
    this.stored = to;
    this.places.splice(0, reached.length);
  }

  private noteGap(gap: LogGap): void {
    const reason = gap.dropped ? this.limitReason() : gap.reason;
    // The first one is named; a later one is told by its marker in the log.
    // What is known comes before what is only feared.
    const first = this.gap?.doubt && !gap.doubt ? undefined : this.gap;
    this.gap = first
      ? { ...first, ...(gap.dropped ? { dropped: true } : {}) }
      : { ...gap, reason };
  }

  private limitReason(): string {
    const mib = Math.round((this.headBytes / 1024 / 1024) * 10) / 10;
    return `The log is larger than ${
      mib * 2
    } MiB: the first ${mib} MiB and the last ${mib} MiB are kept, what was between them is dropped`;
  }

  /**
   * Several processes may do this at once, and one may have less: where the
   * executor is asked by all of them, a pod that is gone gives nothing to who
   * did not copy it before. So each try has an object of its own, and the row says
   * whose it is: the removal of what an earlier one left may still be on its way
   * when this one is sealed. Of one that dies before that a note is left.
   */
  private async sealDirectly(bytes: Buffer): Promise<void> {
    const location = logKey(this.row, randomBytes(6).toString('hex'));
    try {
      await this.seal(
        only({ offset: 0, bytes }),
        { bytes: bytes.length, raw: this.read },
        { key: location, isNoted: true },
      );
    } catch (error) {
      // The object store does not take it: the database may, until it does.
      if ((error as Error).name !== 'ConflictError') await this.append(bytes);
      await this.discard(location);
      throw error;
    }
  }

  /** Removes an object that is not that of the row. */
  private async discard(location: string): Promise<void> {
    const { db, remove } = this.context;
    const row = await attemptLog(db, db.knex, this.row.attempt_id);
    if (row?.log_location !== location) remove(location);
  }

  private async sealChunks(): Promise<void> {
    // What a process that died left of this is written again.
    await this.seal(this.wholeLog(), this.stored, { key: logKey(this.row) });
    await removeChunks(this.context.db, num(this.row.id));
  }

  private async seal(
    segments: AsyncIterable<LogSegment>,
    to: { bytes: number; raw: number },
    { key, isNoted = false }: { key: string; isNoted?: boolean },
  ): Promise<void> {
    const { db, put } = this.context;
    const location = to.bytes > 0 ? key : undefined;
    if (location !== undefined) {
      if (isNoted) await announceObject(db, db.knex, location);
      await put(location, sealLog(segments));
    }
    const sealed = {
      id: num(this.row.id),
      from: this.stored,
      masks: this.row.masks,
      to,
      location,
      gap: this.gap && JSON.stringify(this.gap),
    };
    if (location === undefined || !isNoted) {
      await sealAttemptLog(db, db.knex, sealed);
      return;
    }
    await db.transaction(async tx => {
      await sealAttemptLog(db, tx, sealed);
      await keepObject(tx, location, await db.now(tx));
    });
  }

  /**
   * What is stored, or an error when some of it is gone: another process that
   * sealed this log removes the chunks, and its object must not be replaced by
   * one that holds less.
   */
  private async *wholeLog(): AsyncGenerator<LogSegment> {
    let jumps = this.gap?.dropped ? 1 : 0;
    let expected = 0;
    const check = (offset: number) => {
      if (offset === expected) return;
      if (offset > expected && expected > 0 && jumps > 0) {
        jumps -= 1;
        return;
      }
      throw new ConflictError(
        `The log of attempt ${this.row.attempt_id} has no bytes ${expected} to ${offset}: another process sealed it`,
      );
    };
    for await (const segment of this.storedSegments()) {
      check(segment.offset);
      yield segment;
      expected = segment.offset + segment.bytes.length;
    }
    // The end is never dropped.
    jumps = 0;
    check(this.stored.bytes);
  }

  private async *storedSegments(): AsyncGenerator<LogSegment> {
    const { db } = this.context;
    const id = num(this.row.id);
    let offset = 0;
    for (;;) {
      const places = await chunkPlaces(db, db.knex, id, offset, 100);
      if (places.length === 0) return;
      let from = 0;
      while (from < places.length) {
        let size = 0;
        let last = from;
        while (last < places.length && size < 4 * SLICE_BYTES) {
          size += places[last].size;
          last += 1;
        }
        const range = {
          first: places[from].offset,
          last: places[last - 1].offset,
        };
        yield* await chunkBytes(db, db.knex, id, range);
        from = last;
      }
      const end = places[places.length - 1];
      offset = end.offset + end.size;
    }
  }
}

/** Removes the chunks of a sealed log, letting others in between. */
export async function removeChunks(
  db: MaestroDatabase,
  id: number,
): Promise<void> {
  while (await deleteChunks(db, db.knex, id)) await setImmediate();
}

/**
 * Year and month of the claim: chunks, which are the same for everybody, have the
 * same key however often it is tried.
 *
 * @param ofTry - of what others may want to write too, tells tries apart
 */
function logKey(row: AttemptLogRow, ofTry?: string): string {
  const claimed = new Date(num(row.claimed_at)).toISOString();
  return `logs/${claimed.slice(0, 4)}/${claimed.slice(5, 7)}/${row.attempt_id}${
    ofTry ? `.${ofTry}` : ''
  }.log.gz`;
}

function marker(text: string): Buffer {
  return Buffer.from(`\n[maestro] ${text}\n`, 'utf8');
}

/** Chunks of at most a slice; none reaches over the end of the head. */
export function chunksOf(bytes: Buffer, offset: number, headBytes: number) {
  const chunks: { offset: number; bytes: Buffer }[] = [];
  let at = 0;
  while (at < bytes.length) {
    const start = offset + at;
    const room =
      start < headBytes
        ? Math.min(SLICE_BYTES, headBytes - start)
        : SLICE_BYTES;
    const piece = bytes.subarray(at, at + room);
    chunks.push({ offset: start, bytes: piece });
    at += piece.length;
  }
  return chunks;
}

async function* only(segment: LogSegment): AsyncGenerator<LogSegment> {
  yield segment;
}
