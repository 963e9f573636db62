/**
 * How a scheduler and the launcher talk: one JSON object per line over a unix
 * socket.
 *
 * To the launcher: `{ id, op, ...arguments }`. Back: any number of
 * `{ re: id, item }`, then exactly one `{ re: id, ok }` or `{ re: id, error }`.
 * Without being asked, to each connection that said hello: `{ event: ... }`.
 *
 * `hello` and `retire` mean the same in every version, so that a scheduler can
 * always find out which launcher it met, and take its place.
 */

/**
 * Raised when a message changes its meaning, and only then: programs of two
 * numbers that share a data directory replace each other's launcher as long as
 * both run. What is new is a word in the answer to `hello`: who needs it
 * replaces a launcher without it, and the older program takes the newer one.
 */
export const PROTOCOL = 1;

/** Raised when files of an attempt are laid out differently. */
export const LAYOUT = 1;

/** A launch request carries one environment: 2 MiB is what Linux accepts. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/**
 * Cuts a stream into lines and parses each; calls `fail` on what is no JSON or
 * too long, and then nothing any more.
 */
export function lineReader(onMessage, fail) {
  let parts = [];
  let size = 0;
  let failed = false;
  const stop = message => {
    failed = true;
    parts = [];
    fail(new Error(message));
  };
  return chunk => {
    let rest = chunk;
    while (!failed && rest.length > 0) {
      const newline = rest.indexOf(0x0a);
      const piece = newline < 0 ? rest : rest.subarray(0, newline);
      size += piece.length;
      if (size > MAX_LINE_BYTES) {
        stop(`A message of more than ${MAX_LINE_BYTES} bytes is refused`);
        return;
      }
      parts.push(piece);
      if (newline < 0) {
        return;
      }
      const line = parts.length === 1 ? piece : Buffer.concat(parts);
      parts = [];
      size = 0;
      rest = rest.subarray(newline + 1);
      let message;
      try {
        message = JSON.parse(line.toString('utf8'));
      } catch {
        stop('A message that is not JSON is refused');
        return;
      }
      onMessage(message);
    }
  };
}
