/*
 * Replaces secrets in a stream of bytes, so that what is stored never held
 * one. Works on bytes: what is no UTF-8 comes out exactly as it went in.
 *
 * The result does not depend on how the stream is cut into pieces: at each
 * position the longest secret that begins there is replaced, and bytes that
 * could still become a secret are held back until that is decided. So another
 * process may go on from `consumed` with a new masker and get the same bytes.
 */

/** What stands where a secret was. */
const MASK = Buffer.from('***');

/** Shorter secrets are not masked: they would hide everything and nothing. */
const MIN_BYTES = 4;

const EMPTY = Buffer.alloc(0);

/** Masks one stream of bytes. */
export class LogMasker {
  /** Longest first, so that of two that begin at a position the longer wins. */
  private readonly secrets: readonly Buffer[];
  private held: Buffer = EMPTY;

  constructor(secrets: readonly string[]) {
    this.secrets = [...new Set(secrets)]
      .map(secret => Buffer.from(secret, 'utf8'))
      .filter(secret => secret.length >= MIN_BYTES)
      .sort((a, b) => b.length - a.length);
  }

  /** Bytes that went in and were not decided yet. */
  get pending(): number {
    return this.held.length;
  }

  /** Takes the next bytes and returns what is decided. */
  push(bytes: Uint8Array): Buffer {
    const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (this.secrets.length === 0) return piece;
    const data =
      this.held.length === 0 ? piece : Buffer.concat([this.held, piece]);
    return this.mask(data, false);
  }

  /** The rest, when the stream ended. */
  flush(): Buffer {
    return this.mask(this.held, true);
  }

  private mask(data: Buffer, final: boolean): Buffer {
    const out: Buffer[] = [];
    // Next place of each secret, found once and again only when passed.
    const next = this.secrets.map(secret => data.indexOf(secret));
    let position = 0;
    let hold = final ? data.length : this.undecidedFrom(data, 0);
    for (;;) {
      let at = -1;
      let which = -1;
      for (let i = 0; i < next.length; i++) {
        if (next[i] !== -1 && next[i] < position) {
          next[i] = data.indexOf(this.secrets[i], position);
        }
        // The order of the secrets makes a tie go to the longer one.
        if (next[i] !== -1 && (at === -1 || next[i] < at)) {
          at = next[i];
          which = i;
        }
      }
      if (at === -1 || at >= hold) break;
      out.push(data.subarray(position, at), MASK);
      position = at + this.secrets[which].length;
      if (!final && hold < position) {
        hold = this.undecidedFrom(data, position);
      }
    }
    out.push(data.subarray(position, hold));
    // A copy: the rest must not keep a slice of 256 KiB alive.
    this.held = hold < data.length ? Buffer.from(data.subarray(hold)) : EMPTY;
    return out.length === 1 ? out[0] : Buffer.concat(out);
  }

  /** First position from which all bytes to the end begin a longer secret. */
  private undecidedFrom(data: Buffer, from: number): number {
    let first = data.length;
    for (const secret of this.secrets) {
      let at = Math.max(from, data.length - secret.length + 1);
      while (at < first) {
        at = data.indexOf(secret[0], at);
        if (at === -1 || at >= first) break;
        if (data.compare(secret, 0, data.length - at, at) === 0) {
          first = at;
          break;
        }
        at += 1;
      }
    }
    return first;
  }
}
