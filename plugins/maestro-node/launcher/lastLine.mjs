import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { MAX_OUTPUT_BYTES } from './outcome.mjs';

const PIECE_BYTES = 4096;
const NEWLINE = 0x0a;

/** What Python's `str.rstrip` takes away. */
const WHITESPACE =
  // eslint-disable-next-line no-control-regex -- they count as whitespace there
  /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/**
 * The last line of a log as outputs of the attempt: `{ text }`, JSON of an
 * object with `name` alone, or `{ problem }`. An empty log has an empty one. It
 * is decoded as Airflow does with what a command prints: what is no UTF-8 as
 * `\xff`, without the whitespace at its end.
 */
export function lastLineAs(name, path) {
  let file;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    return { problem: `its log cannot be read (${error.code})` };
  }
  try {
    const bytes = lastLineOf(file, fstatSync(file).size);
    const line = bytes && withoutWhitespaceAtEnd(decode(bytes));
    const text = JSON.stringify({ [name]: line });
    return line === undefined || Buffer.byteLength(text) > MAX_OUTPUT_BYTES
      ? {
          problem: `the last line that it printed has more than ${MAX_OUTPUT_BYTES} bytes as an output: print where the data stands as the last line, or set do_xcom_push=False`,
        }
      : { text };
  } catch (error) {
    return { problem: `its log cannot be read (${error.code})` };
  } finally {
    closeSync(file);
  }
}

/** Without the end of the line; undefined when it is too long by itself. */
function lastLineOf(file, size) {
  let line = Buffer.alloc(0);
  let start = size;
  while (start > 0) {
    const length = Math.min(PIECE_BYTES, start);
    const piece = Buffer.alloc(length);
    readSync(file, piece, 0, length, start - length);
    const isLast = start === size;
    start -= length;
    const text =
      isLast && piece[length - 1] === NEWLINE ? piece.subarray(0, -1) : piece;
    const before = text.lastIndexOf(NEWLINE);
    line = Buffer.concat([text.subarray(before + 1), line]);
    if (line.length > MAX_OUTPUT_BYTES) return undefined;
    if (before >= 0) break;
  }
  return line;
}

/** A pattern for all of it would begin anew at every space of a long line. */
function withoutWhitespaceAtEnd(text) {
  let end = text.length;
  while (end > 0 && WHITESPACE.test(text[end - 1])) end -= 1;
  return text.slice(0, end);
}

/** UTF-8, with `\xff` for each byte that is none. */
function decode(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      bytes,
    );
  } catch {
    const parts = [];
    for (let i = 0, from = 0; i <= bytes.length; ) {
      const length = i < bytes.length ? sequenceAt(bytes, i) : 0;
      if (length > 0) {
        i += length;
      } else {
        parts.push(bytes.toString('utf8', from, i));
        if (i < bytes.length) {
          parts.push(`\\x${bytes[i].toString(16).padStart(2, '0')}`);
        }
        i += 1;
        from = i;
      }
    }
    return parts.join('');
  }
}

/** Bytes of the character that begins there; 0 when none does. */
function sequenceAt(bytes, at) {
  const first = bytes[at];
  if (first < 0x80) return 1;
  const length =
    (first >= 0xc2 && first <= 0xdf && 2) ||
    (first >= 0xe0 && first <= 0xef && 3) ||
    (first >= 0xf0 && first <= 0xf4 && 4) ||
    0;
  // Too long for what it says, a surrogate, or beyond Unicode.
  const lowest = { 0xe0: 0xa0, 0xf0: 0x90 }[first] ?? 0x80;
  const highest = { 0xed: 0x9f, 0xf4: 0x8f }[first] ?? 0xbf;
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i];
    const [low, high] = i === 1 ? [lowest, highest] : [0x80, 0xbf];
    // Undefined behind the end.
    if (!(byte >= low && byte <= high)) return 0;
  }
  return length;
}
