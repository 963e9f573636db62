import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout this file belongs to. */
export const ROOT = path.resolve(
  path.dirname(fileURLToPath(import.meta.url)),
  '../../..',
);

/**
 * Where everything of one installation lives.
 *
 * @param env - process.env: `MAESTRO_DATA_DIR` moves the data directory
 * (absolute, or relative to where the command was typed).
 */
export function installationPaths(env, root = ROOT) {
  return {
    root,
    toolsDir: path.join(root, '.tools'),
    dataDir: env.MAESTRO_DATA_DIR
      ? path.resolve(env.MAESTRO_DATA_DIR)
      : path.join(root, '.maestro'),
  };
}
