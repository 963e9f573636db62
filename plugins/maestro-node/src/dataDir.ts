import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { RootConfigService } from '@backstage/backend-plugin-api';

/**
 * The data directory: `maestro.dataDir`, or `.maestro` beside the
 * `package.json` of the installation. A relative path counts from there too.
 *
 * @param from - where the installation is looked for, upwards
 * @public
 */
export function resolveDataDir(
  config: RootConfigService,
  from: string = process.cwd(),
): string {
  return resolve(
    installationRoot(from),
    config.getOptionalString('maestro.dataDir') ?? '.maestro',
  );
}

/**
 * The folder with the workspaces; where there is none, `from` itself.
 *
 * @public
 */
export function installationRoot(from: string = process.cwd()): string {
  for (let dir = from; dir !== dirname(dir); dir = dirname(dir)) {
    const file = join(dir, 'package.json');
    if (
      existsSync(file) &&
      'workspaces' in (JSON.parse(readFileSync(file, 'utf8')) as object)
    ) {
      return dir;
    }
  }
  return from;
}
