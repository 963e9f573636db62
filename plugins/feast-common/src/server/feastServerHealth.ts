import { ServiceUnavailableError } from '@backstage/errors';
import { excerpt, requestPeer } from '@maestro/plugin-peer-common';

/**
 * Asks a Feast feature server (`feast serve`) whether it is healthy.
 *
 * @throws ServiceUnavailableError that names the URL and what to check.
 * @public
 */
export async function checkFeastServer(options: {
  /** Address of the feature server, with its path prefix if it has one. */
  serverUrl: string;
  /** Milliseconds the answer may take. Default: 10,000. */
  timeoutMs?: number;
  /** Value of the Authorization header. Default: none is sent. */
  authorization?: string;
  /** Default: the global fetch. */
  fetch?: typeof fetch;
}): Promise<void> {
  const { authorization } = options;
  const url = new URL(`${options.serverUrl.replace(/\/+$/, '')}/health`);
  const answer = await requestPeer({
    peer: { name: 'The Feast feature server', configKey: 'feast.serverUrl' },
    url,
    limits: { timeoutMs: options.timeoutMs ?? 10_000, maxBytes: 64 * 1024 },
    fetch: options.fetch ?? ((...args) => fetch(...args)),
    headers: authorization ? { authorization } : {},
  });
  if (answer.status !== 200) {
    throw new ServiceUnavailableError(
      `The Feast feature server answered ${url.href} with status ${
        answer.status
      } (${excerpt(answer.text)}); check feast.serverUrl and its log`,
    );
  }
}
