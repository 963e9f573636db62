import type { IncomingMessage } from 'node:http';
import { TaskApiError } from './TaskApiError';

/**
 * The body, refused as soon as it is known to be larger than `limit` bytes.
 *
 * @throws TaskApiError 413
 */
export async function* boundedBody(
  request: IncomingMessage,
  limit: number,
): AsyncGenerator<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limit) throw tooLarge(limit);
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > limit) throw tooLarge(limit);
    yield part;
  }
  // A client that dies ends the stream like one that is done.
  if (!request.complete) {
    throw new TaskApiError(400, 'The connection broke before the body ended');
  }
}

/**
 * The body as JSON: its text and its value.
 *
 * @throws TaskApiError 400, 413 or 415
 */
export async function jsonBody(
  request: IncomingMessage,
  limit: number,
): Promise<{ text: string; value: unknown }> {
  const type = request.headers['content-type'];
  if (type !== undefined && !/^application\/json\b/i.test(type)) {
    throw new TaskApiError(
      415,
      `The body has type ${type.slice(0, 100)}; expected application/json`,
    );
  }
  const parts: Buffer[] = [];
  for await (const part of boundedBody(request, limit)) parts.push(part);
  const bytes = Buffer.concat(parts);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new TaskApiError(400, 'The body is no UTF-8; JSON must be');
  }
  try {
    return { text, value: JSON.parse(text) };
  } catch (error) {
    throw new TaskApiError(
      400,
      `The body is no JSON: ${(error as Error).message.slice(0, 200)}`,
    );
  }
}

function tooLarge(limit: number): TaskApiError {
  return new TaskApiError(
    413,
    `The body is larger than ${limit} bytes; put large data into a file or an object store and hand on its address`,
  );
}
