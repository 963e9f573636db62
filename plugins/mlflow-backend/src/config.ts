import { Config, readDurationFromConfig } from '@backstage/config';
import { InputError } from '@backstage/errors';
import { durationToMilliseconds } from '@backstage/types';

/** What the `mlflow` section of the configuration says. */
export interface MlflowConfig {
  baseUrl: string;
  uiUrl: string;
  timeoutMs: number;
  /** Value of the Authorization header. */
  authorization?: string;
}

/**
 * Reads the `mlflow` section; undefined when no server is named.
 *
 * @throws InputError that names the key and what it must be.
 */
export function readMlflowConfig(root: Config): MlflowConfig | undefined {
  const config = root.getOptionalConfig('mlflow');
  const baseUrl = config?.getOptionalString('baseUrl');
  if (!config || !baseUrl) {
    return undefined;
  }
  const timeoutMs = config.has('timeout')
    ? durationToMilliseconds(readDurationFromConfig(config, { key: 'timeout' }))
    : 10_000;
  if (timeoutMs < 1 || timeoutMs > 300_000) {
    throw new InputError(
      `mlflow.timeout is ${timeoutMs} ms; expected between 1 ms and 5 minutes`,
    );
  }
  return {
    baseUrl: webAddress('mlflow.baseUrl', baseUrl),
    uiUrl: webAddress(
      'mlflow.uiUrl',
      config.getOptionalString('uiUrl') ?? baseUrl,
    ),
    timeoutMs,
    authorization: authorizationOf(config.getOptionalConfig('auth')),
  };
}

// Addresses reach error messages and the browser: nothing secret may be in
// them, and a link must not be able to run a script.
function webAddress(key: string, value: string): string {
  let url: URL;
  try {
    url = new URL(value);
  } catch {
    throw new InputError(
      `${key} is not an address; expected one such as http://mlflow.example:5000`,
    );
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new InputError(
      `${key} starts with ${url.protocol}; expected http: or https:`,
    );
  }
  if (url.username || url.password) {
    throw new InputError(
      `${key} holds a user or password; put them under mlflow.auth`,
    );
  }
  if (url.search || url.hash) {
    throw new InputError(
      `${key} holds a query or fragment; expected only the address of the server`,
    );
  }
  return url.href.replace(/\/+$/, '');
}

function authorizationOf(auth: Config | undefined): string | undefined {
  const token = auth?.getOptionalString('token');
  const username = auth?.getOptionalString('username');
  const password = auth?.getOptionalString('password');
  if (token !== undefined) {
    if (username !== undefined || password !== undefined) {
      throw new InputError(
        'mlflow.auth has a token and a user; expected one of them',
      );
    }
    return `Bearer ${token}`;
  }
  if (username === undefined && password === undefined) {
    return undefined;
  }
  if (username === undefined || password === undefined) {
    throw new InputError(
      'mlflow.auth needs both username and password, or a token',
    );
  }
  const pair = Buffer.from(`${username}:${password}`, 'utf8');
  return `Basic ${pair.toString('base64')}`;
}
