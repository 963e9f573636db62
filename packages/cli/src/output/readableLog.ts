import { logLine } from './airflowLog';

/** A line that is longer is no record; it is shown as it is. */
const MAX_RECORD = 1024 * 1024;
const NEWLINE = 0x0a;
const BRACE = 0x7b;

/**
 * Shows the records of a structured log as text, and leaves every other byte as
 * and when it comes: a progress bar goes on moving.
 */
export class ReadableLog {
  /** What may become a record: from the beginning of its line on. */
  #pending = Buffer.alloc(0);
  /** Whether the next byte begins a line. */
  #isStart = true;

  constructor(private readonly write: (bytes: Buffer) => Promise<void>) {}

  /** More of the log. */
  async add(bytes: Uint8Array): Promise<void> {
    let rest = Buffer.concat([this.#pending, bytes]);
    this.#isStart ||= this.#pending.length > 0;
    this.#pending = Buffer.alloc(0);
    const parts: Buffer[] = [];
    while (rest.length > 0) {
      const end = rest.indexOf(NEWLINE) + 1;
      const mayBeRecord = this.#isStart && rest[0] === BRACE;
      if (mayBeRecord && end === 0 && rest.length <= MAX_RECORD) {
        this.#pending = rest;
        break;
      }
      const line = end > 0 ? rest.subarray(0, end) : rest;
      parts.push(mayBeRecord && end > 0 ? logLine(line) : line);
      this.#isStart = end > 0;
      rest = rest.subarray(line.length);
    }
    if (parts.length > 0) await this.write(Buffer.concat(parts));
  }

  /** No more comes: the last line may have no end. */
  async end(): Promise<void> {
    const rest = this.#pending;
    this.#pending = Buffer.alloc(0);
    this.#isStart = true;
    if (rest.length > 0) await this.write(logLine(rest));
  }
}
