import { InputError } from '@backstage/errors';

/**
 * Where a page of runs ended: the sort key (run_after, id) of its last run.
 * Runs that start meanwhile neither shift nor repeat a page.
 */
export interface RunCursor {
  runAfter: number;
  id: number;
}

/** Opaque text of a cursor. */
export function encodeCursor({ runAfter, id }: RunCursor): string {
  return Buffer.from(`${runAfter}.${id}`).toString('base64url');
}

/** @throws InputError when the text was not made by `encodeCursor` */
export function decodeCursor(text: string): RunCursor {
  const decoded = Buffer.from(text, 'base64url').toString('latin1');
  const match = /^(-?\d{1,16})\.(\d{1,15})$/.exec(decoded);
  // Decoding skips what is no base64, so only the way back shows it.
  if (!match || Buffer.from(decoded).toString('base64url') !== text) {
    throw new InputError(
      'request/query/cursor is not one that this server gave; leave it out to start with the newest run',
    );
  }
  return { runAfter: Number(match[1]), id: Number(match[2]) };
}
