import { ServiceUnavailableError } from '@backstage/errors';

/**
 * What an answer may cost before it counts as a fault of the other side: the
 * time until its last byte, and its size.
 *
 * @public
 */
export interface PeerLimits {
  timeoutMs: number;
  maxBytes: number;
}

/**
 * Names that make an error message say whom to look at and what to change.
 *
 * @public
 */
export interface PeerIdentity {
  name: string;
  configKey: string;
}

/**
 * One request to a service beside the portal.
 *
 * @public
 */
export interface PeerRequest {
  peer: PeerIdentity;
  limits: PeerLimits;
  fetch: typeof fetch;
  url: URL;
  headers: Record<string, string>;
  /** Sent as JSON with POST; absent means GET. */
  body?: unknown;
}

/**
 * What the service answered, whatever its status.
 *
 * @public
 */
export interface PeerAnswer {
  status: number;
  text: string;
}

/**
 * Sends one request and reads the answer, whatever its status, within the
 * limits of time and size.
 *
 * Redirects are refused: an API answers itself, so a redirect means a sign-in
 * page or a wrong address, and following it could carry credentials elsewhere.
 *
 * @throws ServiceUnavailableError that names the URL and what to check.
 * @public
 */
export async function requestPeer(request: PeerRequest): Promise<PeerAnswer> {
  const { peer, limits, url } = request;
  const method = request.body === undefined ? 'GET' : 'POST';
  const what = `${method} ${url.href.split('?')[0]}`;
  let response: Response;
  let text: string;
  try {
    response = await request.fetch(url, {
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(limits.timeoutMs),
      headers: {
        accept: 'application/json',
        ...(request.body === undefined
          ? {}
          : { 'content-type': 'application/json' }),
        ...request.headers,
      },
      ...(request.body === undefined
        ? {}
        : { body: JSON.stringify(request.body) }),
    });
    text = await readAtMost(response, limits.maxBytes, what, peer);
  } catch (error) {
    throw asUnavailable(error, { peer, limits, what });
  }
  if (response.status >= 300 && response.status < 400) {
    const target = response.headers.get('location') ?? 'an unnamed address';
    throw new ServiceUnavailableError(
      `${peer.name} answered ${what} with a redirect (${
        response.status
      }) to ${excerpt(target)}; set ${
        peer.configKey
      } to the address that answers itself, behind any sign-in page`,
    );
  }
  return { status: response.status, text };
}

/**
 * A piece of foreign text, at most 200 characters in one line, that may stand
 * in a message.
 *
 * @public
 */
export function excerpt(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

async function readAtMost(
  response: Response,
  maxBytes: number,
  what: string,
  peer: PeerIdentity,
): Promise<string> {
  if (!response.body) {
    return '';
  }
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return text + decoder.decode();
    }
    size += value.byteLength;
    if (size > maxBytes) {
      await reader.cancel();
      throw new ServiceUnavailableError(
        `${peer.name} answered ${what} with more than ${maxBytes} bytes, which the portal does not read; check that ${peer.configKey} names a ${peer.name} server`,
      );
    }
    text += decoder.decode(value, { stream: true });
  }
}

function asUnavailable(
  error: unknown,
  context: { peer: PeerIdentity; limits: PeerLimits; what: string },
): Error {
  const { peer, limits, what } = context;
  if (error instanceof ServiceUnavailableError) {
    return error;
  }
  const advice = `check that it runs and that ${peer.configKey} is right`;
  if (error instanceof Error && error.name === 'TimeoutError') {
    return new ServiceUnavailableError(
      `${peer.name} did not answer ${what} within ${limits.timeoutMs} ms; ${advice}`,
    );
  }
  // Without the error as cause: Backstage would append its "fetch failed" to
  // a sentence that already says why.
  return new ServiceUnavailableError(
    `${peer.name} cannot be reached: ${what} failed (${reasonOf(
      error,
    )}); ${advice}`,
  );
}

// fetch hides the reason ("connect ECONNREFUSED …") one or two causes below
// its own "fetch failed".
function reasonOf(error: unknown): string {
  let current: unknown = error;
  let reason = String(error);
  for (let depth = 0; depth < 5 && current instanceof Error; depth++) {
    const code = (current as { code?: unknown }).code;
    reason = current.message || (typeof code === 'string' ? code : reason);
    current = current.cause;
  }
  return excerpt(reason);
}
