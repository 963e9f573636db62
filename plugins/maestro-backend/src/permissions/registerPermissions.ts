import type { PermissionsRegistryService } from '@backstage/backend-plugin-api';
import { maestroPermissions } from '@maestro/plugin-maestro-common';

/** Makes the permissions of Maestro known to policies and their editors. */
export function registerPermissions(
  registry: PermissionsRegistryService,
): void {
  registry.addPermissions([...maestroPermissions]);
}
