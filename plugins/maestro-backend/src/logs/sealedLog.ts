import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { InputError } from '@backstage/errors';
import type { ArtifactStore } from '../artifacts/ArtifactStore';

/*
 * A sealed log is one gzip file that `gunzip` and `zcat` read as usual. It
 * consists of members of at most 256 KiB of log each, so that a page is read
 * without unpacking what stands before it. The last member is empty; its
 * extra field (RFC 1952) holds the index:
 *
 *   16 bytes for each member: offset in the log u64, bytes of log u32,
 *   bytes of file u32; then the length of this last member u32, and "MLX1".
 *
 * Offsets are those of the log as it was written. Where the middle was
 * dropped they jump: positions without a member have no bytes.
 */

const deflate = promisify(gzip);
const inflate = promisify(gunzip);

/** Most bytes of log in a member. */
export const MEMBER_BYTES = 256 * 1024;
/** What an extra field of 64 KiB can hold, with room for its own frame. */
const MAX_MEMBERS = 4_000;
const MAGIC = 'MLX1';
/** Empty deflate block, CRC and length of nothing. */
const END = Buffer.from([3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
const ENTRY = 16;

/** Bytes of a log that follow each other. */
export interface LogSegment {
  /** Offset in the log. */
  offset: number;
  bytes: Buffer;
}

/** Where a member stands. */
export interface LogMember {
  offset: number;
  size: number;
  fileOffset: number;
  fileSize: number;
}

/** The file for segments in ascending order. */
export async function* sealLog(
  segments: AsyncIterable<LogSegment>,
): AsyncGenerator<Buffer> {
  const index: Buffer[] = [];
  for await (const { offset, bytes } of merged(segments)) {
    if (index.length === MAX_MEMBERS) {
      throw new InputError(
        `A log of more than ${
          MAX_MEMBERS * MEMBER_BYTES
        } bytes cannot be sealed; lower maestro.logs.maxBytes`,
      );
    }
    // In the thread pool: compressing never holds up the event loop.
    const member = await deflate(bytes, { level: 6 });
    const entry = Buffer.alloc(ENTRY);
    entry.writeBigUInt64LE(BigInt(offset), 0);
    entry.writeUInt32LE(bytes.length, 8);
    entry.writeUInt32LE(member.length, 12);
    index.push(entry);
    yield member;
  }
  yield indexMember(index);
}

function indexMember(index: readonly Buffer[]): Buffer {
  const payload = Buffer.concat(index);
  const extraLength = 4 + payload.length + 8;
  const total = 12 + extraLength + END.length;
  const head = Buffer.alloc(16);
  // Magic, deflate, FEXTRA, no time, no flags, unknown system.
  Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255]).copy(head);
  head.writeUInt16LE(extraLength, 10);
  head.write('ML', 12, 'latin1');
  head.writeUInt16LE(payload.length + 8, 14);
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(total, 0);
  tail.write(MAGIC, 4, 'latin1');
  return Buffer.concat([head, payload, tail, END]);
}

/** Segments that follow each other, joined up to the size of a member. */
async function* merged(
  segments: AsyncIterable<LogSegment>,
): AsyncGenerator<LogSegment> {
  let offset = 0;
  let parts: Buffer[] = [];
  let size = 0;
  for await (const segment of segments) {
    let { bytes } = segment;
    if (size > 0 && segment.offset !== offset + size) {
      yield { offset, bytes: Buffer.concat(parts) };
      parts = [];
      size = 0;
    }
    if (size === 0) offset = segment.offset;
    while (bytes.length > 0) {
      const taken = bytes.subarray(0, MEMBER_BYTES - size);
      parts.push(taken);
      size += taken.length;
      bytes = bytes.subarray(taken.length);
      if (size === MEMBER_BYTES) {
        yield { offset, bytes: Buffer.concat(parts) };
        offset += size;
        parts = [];
        size = 0;
      }
    }
  }
  if (size > 0) yield { offset, bytes: Buffer.concat(parts) };
}

/**
 * Reads the index of a sealed log.
 *
 * @throws NotFoundError when the object is gone, Error when it is no sealed log
 */
export async function readLogIndex(
  store: ArtifactStore,
  key: string,
): Promise<LogMember[]> {
  const size = await store.size(key);
  const tailLength = 8 + END.length;
  const tail = await store.read(key, {
    start: Math.max(0, size - tailLength),
    length: tailLength,
  });
  const total = tail.length === tailLength ? tail.readUInt32LE(0) : 0;
  if (
    total < 16 + tailLength ||
    total > size ||
    tail.toString('latin1', 4, 8) !== MAGIC
  ) {
    throw new Error(
      `The object "${key}" is no sealed log; was the file changed or cut?`,
    );
  }
  const last = await store.read(key, { start: size - total, length: total });
  const payload = last.subarray(16, last.length - tailLength);
  const members: LogMember[] = [];
  let fileOffset = 0;
  for (let at = 0; at + ENTRY <= payload.length; at += ENTRY) {
    const fileSize = payload.readUInt32LE(at + 12);
    members.push({
      offset: Number(payload.readBigUInt64LE(at)),
      size: payload.readUInt32LE(at + 8),
      fileOffset,
      fileSize,
    });
    fileOffset += fileSize;
  }
  return members;
}

/** The bytes of one member. */
export async function readLogMember(
  store: ArtifactStore,
  key: string,
  member: LogMember,
): Promise<Buffer> {
  const packed = await store.read(key, {
    start: member.fileOffset,
    length: member.fileSize,
  });
  return inflate(packed, { maxOutputLength: MEMBER_BYTES });
}
