import { parseEntityRef, stringifyEntityRef } from '@backstage/catalog-model';

/**
 * `ml-team` as `group:default/ml-team`; what is no reference stays as it is.
 *
 * @public
 */
export function canonicalOwner(owner: string): string {
  // For which it throws something else.
  if (owner === '') return owner;
  try {
    return stringifyEntityRef(
      parseEntityRef(owner, {
        defaultKind: 'group',
        defaultNamespace: 'default',
      }),
    );
  } catch (error) {
    if (error instanceof TypeError) return owner;
    throw error;
  }
}
