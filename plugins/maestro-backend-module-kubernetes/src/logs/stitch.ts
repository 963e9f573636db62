/**
 * Turns the log API's stream of timestamped lines into the bytes the task
 * wrote, over any number of connections.
 *
 * The API has no offset, and `sinceTime` has whole seconds: one resumes a
 * second early, and what is stored is dropped here. What a connection begins
 * with tells whether something is missing in between; that of the first one,
 * whether the beginning is there, where the log begins with a line of ours.
 *
 * @packageDocumentation
 */

/** Where a log stands; enough to go on from after a restart. */
export interface StitchState {
  /** Timestamp of the last line that began, as the API wrote it. */
  lastTime?: string;
  /** Lines with that timestamp, for several may share one. */
  sameTime: number;
  /** Bytes of the last line so far, its newline included. */
  lineBytes: number;
  /** Whether the last line is complete. */
  lineEnded: boolean;
}

export const EMPTY_STITCH: StitchState = {
  sameTime: 0,
  lineBytes: 0,
  lineEnded: true,
};

/** Longest timestamp with its space: RFC 3339 with nanoseconds and offset. */
const MAX_TIME_BYTES = 40;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const NEWLINE = 0x0a;
const SPACE = 0x20;

/** Where to begin a connection that follows on from a state. */
export function resumeTime(state: StitchState): string | undefined {
  if (state.lastTime === undefined) return undefined;
  const ms = Math.floor(Date.parse(state.lastTime) / 1000) * 1000 - 1000;
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

/**
 * One connection. `push` gives the new bytes of each piece of the stream;
 * `missing` comes with the first ones when lines before them are lost: the time
 * of the first line that is there again.
 */
export class Stitcher {
  state: StitchState;
  /** What stands at the start of a line until its timestamp is whole. */
  #held: Buffer = Buffer.alloc(0);
  #inLine = false;
  /** Bytes of the current line that are stored already. */
  #skip = 0;
  #dropping = false;
  /** Set until a line behind those stored was seen. */
  #behind: StitchState | undefined;
  #seenSame = 0;
  #foundLast = false;
  #missing: string | undefined;
  /** Time of a line that begins with its next byte. */
  #begins: string | undefined;
  /** Set until it is known whether the log begins with the line of ours. */
  #opening: { time: string; bytes: Buffer } | undefined;

  /** @param begin - first line of the whole log, which is not part of it */
  constructor(from: StitchState, private readonly begin?: Uint8Array) {
    this.state = from;
    this.#behind = from.lastTime === undefined ? undefined : from;
  }

  push(chunk: Uint8Array): { bytes: Buffer; missing?: string } {
    const out: Buffer[] = [];
    let rest = Buffer.concat([this.#held, chunk]);
    this.#held = Buffer.alloc(0);
    while (rest.length > 0) {
      if (!this.#inLine) {
        const space = rest.subarray(0, MAX_TIME_BYTES).indexOf(SPACE);
        if (space < 0 && rest.length < MAX_TIME_BYTES) {
          this.#held = rest;
          break;
        }
        const time = rest.subarray(0, Math.max(0, space)).toString('latin1');
        if (!TIME.test(time)) {
          // With status 200 the kubelet says here what went wrong.
          throw new Error(
            `the node says: ${rest.subarray(0, 300).toString('utf8').trim()}`,
          );
        }
        this.#beginLine(time);
        rest = rest.subarray(space + 1);
        continue;
      }
      const newline = rest.indexOf(NEWLINE);
      const end = newline < 0 ? rest.length : newline + 1;
      this.#take(rest.subarray(0, end), out);
      rest = rest.subarray(end);
      if (newline >= 0) this.#endLine();
    }
    const bytes = Buffer.concat(out);
    const missing = this.#missing;
    if (missing === undefined || bytes.length === 0) return { bytes };
    this.#missing = undefined;
    return { bytes, missing };
  }

  /**
   * The connection is over and the container too: whether lines at the end of
   * what is stored were not seen again, so that some behind them may be lost.
   */
  get sawStored(): boolean {
    return this.#behind === undefined || this.#foundLast;
  }

  #beginLine(time: string): void {
    this.#inLine = true;
    this.#skip = 0;
    this.#dropping = false;
    if (this.begin && this.state.lastTime === undefined) {
      this.#opening ??= { time, bytes: Buffer.alloc(0) };
      return;
    }
    const last = this.#behind;
    if (last) {
      const order = compareTimes(time, last.lastTime!);
      if (order < 0) {
        this.#dropping = true;
        return;
      }
      if (order === 0 && this.#seenSame < last.sameTime) {
        this.#seenSame += 1;
        if (this.#seenSame < last.sameTime) {
          this.#dropping = true;
        } else {
          // The last one that is stored, perhaps not to its end.
          this.#foundLast = true;
          if (last.lineEnded) this.#dropping = true;
          else this.#skip = last.lineBytes;
          this.#behind = undefined;
        }
        return;
      }
      this.#behind = undefined;
      this.#missing = time;
    }
    this.#begins = time;
  }

  /**
   * Of a line whose first byte did not come the state knows nothing: what is
   * missing before it was not told yet, and the next connection tells it.
   */
  #newLine(): void {
    const time = this.#begins;
    if (time === undefined) return;
    this.#begins = undefined;
    this.state = {
      lastTime: time,
      sameTime: time === this.state.lastTime ? this.state.sameTime + 1 : 1,
      lineBytes: 0,
      lineEnded: false,
    };
  }

  /** The state moves on only when it is decided: a break before it is none. */
  #open(bytes: Buffer, out: Buffer[]): void {
    const begin = this.begin!;
    const { time, bytes: before } = this.#opening!;
    const known = Buffer.concat([before, bytes]);
    const isBegin = known.equals(begin);
    if (!isBegin && known.equals(begin.subarray(0, known.length))) {
      this.#opening = { time, bytes: known };
      return;
    }
    this.#opening = undefined;
    this.#begins = time;
    if (isBegin) {
      this.#newLine();
      this.state = { ...this.state, lineBytes: known.length, lineEnded: true };
    } else {
      this.#missing = time;
      this.#take(known, out);
    }
  }

  #take(bytes: Buffer, out: Buffer[]): void {
    if (this.#opening) {
      this.#open(bytes, out);
      return;
    }
    if (this.#dropping) return;
    const known = Math.min(this.#skip, bytes.length);
    this.#skip -= known;
    const fresh = bytes.subarray(known);
    if (fresh.length === 0) return;
    this.#newLine();
    out.push(fresh);
    this.state = {
      ...this.state,
      lineBytes: this.state.lineBytes + fresh.length,
      lineEnded: fresh[fresh.length - 1] === NEWLINE,
    };
  }

  #endLine(): void {
    this.#inLine = false;
    this.#dropping = false;
  }
}

/** Timestamps differ in how many digits of the second they show. */
function compareTimes(a: string, b: string): number {
  const [keyA, keyB] = [sortKey(a), sortKey(b)];
  if (keyA < keyB) return -1;
  return keyA > keyB ? 1 : 0;
}

function sortKey(time: string): string {
  const [, whole, fraction = '', zone] =
    /^(.*?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(time)!;
  const seconds = String(Date.parse(`${whole}${zone}`)).padStart(15, '0');
  return seconds + fraction.padEnd(9, '0');
}
