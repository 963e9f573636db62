import { Config, readDurationFromConfig } from '@backstage/config';
import { InputError } from '@backstage/errors';
import { durationToMilliseconds } from '@backstage/types';

const hour = 3_600_000;

/** What the `feast` section of the configuration says. */
export interface FeastConfig {
  registryUrl?: string;
  serverUrl?: string;
  project?: string;
  timeoutMs: number;
  staleAfterMs: number;
  /** Value of the Authorization header. */
  authorization?: string;
}

/**
 * Reads the `feast` section; without it neither server is named.
 *
 * @throws InputError that names the key and what it must be.
 */
export function readFeastConfig(root: Config): FeastConfig {
  const config = root.getOptionalConfig('feast');
  const token = config?.getOptionalString('token');
  return {
    registryUrl: webAddress(config, 'registryUrl'),
    serverUrl: webAddress(config, 'serverUrl'),
    project: config?.getOptionalString('project'),
    timeoutMs: duration(config, 'timeout', {
      fallback: 10_000,
      max: 300_000,
      maxText: '5 minutes',
    }),
    staleAfterMs: duration(config, 'staleAfter', {
      fallback: 26 * hour,
      max: 10 * 365 * 24 * hour,
      maxText: '10 years',
    }),
    authorization: token === undefined ? undefined : `Bearer ${token}`,
  };
}

function duration(
  config: Config | undefined,
  key: string,
  limits: { fallback: number; max: number; maxText: string },
): number {
  if (!config?.has(key)) {
    return limits.fallback;
  }
  const ms = durationToMilliseconds(readDurationFromConfig(config, { key }));
  if (ms < 1 || ms > limits.max) {
    throw new InputError(
      `feast.${key} is ${ms} ms; expected between 1 ms and ${limits.maxText}`,
    );
  }
  return ms;
}

// The address reaches error messages, so nothing secret may be in it.
function webAddress(
  config: Config | undefined,
  name: string,
): string | undefined {
  const value = config?.getOptionalString(name);
  if (!value) {
    return undefined;
  }
  const key = `feast.${name}`;
  let url: URL;
  try {
    url = new URL(value);
  } catch {
    throw new InputError(
      `${key} is not an address; expected one such as http://feast.example:6570`,
    );
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new InputError(
      `${key} starts with ${url.protocol}; expected http: or https:`,
    );
  }
  if (url.username || url.password) {
    throw new InputError(
      `${key} holds a user or password; put a token under feast.token`,
    );
  }
  if (url.search || url.hash) {
    throw new InputError(
      `${key} holds a query or fragment; expected only the address of the server`,
    );
  }
  return url.href.replace(/\/+$/, '');
}
