import { Config } from '@backstage/config';
import { InputError } from '@backstage/errors';
import { readPeerAddress, readPeerDuration } from '@maestro/plugin-peer-node';

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
  const baseUrl = address(root, 'mlflow.baseUrl');
  if (!baseUrl) {
    return undefined;
  }
  return {
    baseUrl,
    uiUrl: address(root, 'mlflow.uiUrl') ?? baseUrl,
    timeoutMs: readPeerDuration(root, 'mlflow.timeout', {
      fallback: 10_000,
      max: 300_000,
      maxText: '5 minutes',
    }),
    authorization: authorizationOf(root.getOptionalConfig('mlflow.auth')),
  };
}

function address(root: Config, key: string): string | undefined {
  return readPeerAddress(root, key, {
    example: 'http://mlflow.example:5000',
    credentials: 'put them under mlflow.auth',
  });
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
