import { Config } from '@backstage/config';
import { readPeerAddress, readPeerDuration } from '@maestro/plugin-peer-node';

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
  const token = root.getOptionalString('feast.token');
  return {
    registryUrl: address(root, 'feast.registryUrl'),
    serverUrl: address(root, 'feast.serverUrl'),
    project: root.getOptionalString('feast.project'),
    timeoutMs: readPeerDuration(root, 'feast.timeout', {
      fallback: 10_000,
      max: 300_000,
      maxText: '5 minutes',
    }),
    staleAfterMs: readPeerDuration(root, 'feast.staleAfter', {
      fallback: 26 * hour,
      max: 10 * 365 * 24 * hour,
      maxText: '10 years',
    }),
    authorization: token === undefined ? undefined : `Bearer ${token}`,
  };
}

function address(root: Config, key: string): string | undefined {
  return readPeerAddress(root, key, {
    example: 'http://feast.example:6570',
    credentials: 'put a token under feast.token',
  });
}
