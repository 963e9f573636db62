import { Config, readDurationFromConfig } from '@backstage/config';
import { InputError } from '@backstage/errors';
import { durationToMilliseconds } from '@backstage/types';

/**
 * Reads the address of a service, without a slash at its end; undefined when
 * it is not set.
 *
 * An address reaches error messages and the browser: nothing secret may be in
 * it, and a link must not be able to run a script.
 *
 * @param key - the full key, e.g. `mlflow.baseUrl`
 * @throws InputError that names the key and what it must be.
 * @public
 */
export function readPeerAddress(
  root: Config,
  key: string,
  words: {
    /** What a right address looks like. */
    example: string;
    /** What to do with a user or password instead. */
    credentials: string;
  },
): string | undefined {
  const value = root.getOptionalString(key);
  if (!value) {
    return undefined;
  }
  let url: URL;
  try {
    url = new URL(value);
  } catch {
    throw new InputError(
      `${key} is not an address; expected one such as ${words.example}`,
    );
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new InputError(
      `${key} starts with ${url.protocol}; expected http: or https:`,
    );
  }
  if (url.username || url.password) {
    throw new InputError(
      `${key} holds a user or password; ${words.credentials}`,
    );
  }
  if (url.search || url.hash) {
    throw new InputError(
      `${key} holds a query or fragment; expected only the address of the server`,
    );
  }
  return url.href.replace(/\/+$/, '');
}

/**
 * Reads a duration in milliseconds, `fallback` when it is not set.
 *
 * @param key - the full key, e.g. `mlflow.timeout`
 * @throws InputError when it is below 1 ms or above `max`.
 * @public
 */
export function readPeerDuration(
  root: Config,
  key: string,
  limits: { fallback: number; max: number; maxText: string },
): number {
  if (!root.has(key)) {
    return limits.fallback;
  }
  const ms = durationToMilliseconds(readDurationFromConfig(root, { key }));
  if (ms < 1 || ms > limits.max) {
    throw new InputError(
      `${key} is ${ms} ms; expected between 1 ms and ${limits.maxText}`,
    );
  }
  return ms;
}
