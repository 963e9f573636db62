/** A line without an end is shown in parts of this size. */
const MAX_LINE = 64 * 1024;
const NEWLINE = 0x0a;
const LINE_END = Buffer.of(NEWLINE);

/** What is shown of one line may be several, or none. */
function* marked(mark: Buffer, shown: Buffer): Generator<Buffer> {
  for (let begin = 0; begin < shown.length; ) {
    const end = shown.indexOf(NEWLINE, begin) + 1 || shown.length;
    yield mark;
    yield shown.subarray(begin, end);
    begin = end;
  }
}

/**
 * Puts a prefix before each line of several logs that come at once, so that
 * lines stay whole. Bytes stay what they are.
 */
export class LogLines {
  readonly #pending = new Map<string, Buffer>();

  constructor(
    private readonly write: (bytes: Buffer) => Promise<void>,
    /** How a whole line, its end included, is shown; default as it is. */
    private readonly show: (line: Buffer) => Buffer = line => line,
  ) {}

  /** More of a log. */
  async add(prefix: string, bytes: Uint8Array): Promise<void> {
    const all = Buffer.concat([
      this.#pending.get(prefix) ?? Buffer.alloc(0),
      bytes,
    ]);
    const mark = Buffer.from(prefix);
    const parts: Buffer[] = [];
    let begin = 0;
    for (;;) {
      const end = all.indexOf(NEWLINE, begin);
      if (end >= 0) {
        parts.push(...marked(mark, this.show(all.subarray(begin, end + 1))));
        begin = end + 1;
      } else if (all.length - begin > MAX_LINE) {
        parts.push(mark, all.subarray(begin, begin + MAX_LINE), LINE_END);
        begin += MAX_LINE;
      } else {
        break;
      }
    }
    this.#pending.set(prefix, all.subarray(begin));
    if (parts.length > 0) await this.write(Buffer.concat(parts));
  }

  /** No more comes of a log: its last line may have no end. */
  async end(prefix: string): Promise<void> {
    const rest = this.#pending.get(prefix);
    this.#pending.delete(prefix);
    if (rest && rest.length > 0) {
      const line = this.show(Buffer.concat([rest, LINE_END]));
      await this.write(Buffer.concat([...marked(Buffer.from(prefix), line)]));
    }
  }

  /** No more comes of any log. */
  async endAll(): Promise<void> {
    for (const prefix of [...this.#pending.keys()]) await this.end(prefix);
  }
}
