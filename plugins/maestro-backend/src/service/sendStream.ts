import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';

/**
 * Sends a stream with headers. A reader who goes away is no error; a source
 * that fails in the middle ends the connection, so that nobody takes half of
 * it for the whole.
 */
export async function sendStream(
  res: Response,
  stream: Readable,
  headers: Record<string, string>,
): Promise<void> {
  res.status(200).set(headers);
  try {
    await pipeline(stream, res);
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_STREAM_PREMATURE_CLOSE') {
      return;
    }
    throw error;
  }
}
