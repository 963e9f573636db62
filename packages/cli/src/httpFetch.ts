import http from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';

/** A portal that does not even begin to answer. */
const ANSWER_TIMEOUT_MS = 60_000;
const WITHOUT_BODY = new Set([204, 205, 304]);

/**
 * A `fetch` over Node's own `http`, with a token: the global one costs a
 * command a tenth of a second of processor time before the first byte.
 * Follows no redirect, keeps no connection.
 */
export function httpFetch(
  token: string | undefined,
  answerTimeoutMs: number = ANSWER_TIMEOUT_MS,
): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const headers = Object.fromEntries(request.headers);
    if (token) headers.authorization = `Bearer ${token}`;
    const body = request.body && Buffer.from(await request.arrayBuffer());
    const url = new URL(request.url);
    const { request: open } = url.protocol === 'https:' ? https : http;
    return new Promise<Response>((resolve, reject) => {
      const { method, signal } = request;
      const call = open(url, { method, headers, signal });
      const timer = setTimeout(
        () => call.destroy(new Error(`no answer in ${answerTimeoutMs} ms`)),
        answerTimeoutMs,
      );
      call.on('response', answer => {
        clearTimeout(timer);
        try {
          resolve(responseOf(answer));
        } catch (error) {
          reject(error);
        }
      });
      call.on('error', error => {
        clearTimeout(timer);
        // With two addresses of a name the message is empty.
        const { code } = error as NodeJS.ErrnoException;
        reject(error.message ? error : new Error(code, { cause: error }));
      });
      call.end(body ?? undefined);
    });
  };
}

/** @throws Error for a redirect */
function responseOf(answer: http.IncomingMessage): Response {
  const { statusMessage: statusText } = answer;
  const status = answer.statusCode!;
  const headers = headerPairs(answer.headers);
  if (status >= 300 && status < 400 && answer.headers.location) {
    answer.resume();
    throw new Error(`it redirects to ${answer.headers.location}`);
  }
  if (WITHOUT_BODY.has(status)) {
    answer.resume();
    return new Response(null, { status, statusText, headers });
  }
  const bytes = Readable.toWeb(answer) as ReadableStream<Uint8Array>;
  return new Response(bytes as BodyInit, { status, statusText, headers });
}

function headerPairs(headers: http.IncomingHttpHeaders): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined
      ? []
      : [value].flat().map((one): [string, string] => [name, one]),
  );
}
