import { createPermission } from '@backstage/plugin-permission-common';

/**
 * May see what the Feast registry describes: feature views, feature services,
 * entities and data sources. It shows no feature values.
 *
 * @public
 */
export const feastRegistryReadPermission = createPermission({
  name: 'feast.registry.read',
  attributes: { action: 'read' },
});

/**
 * All permissions of the Feast plugin.
 *
 * @public
 */
export const feastPermissions = [feastRegistryReadPermission];
