import { parseEntityRef, stringifyEntityRef } from '@backstage/catalog-model';

/**
 * `ml-team` as `group:default/ml-team`; what is no reference stays as it is.
 *
 * @public
 */
export function canonicalOwner(owner: string): string {
  return canonicalRef(owner, 'group');
}

/**
 * `flights` as `system:default/flights`; what is no reference stays as it is.
 *
 * @public
 */
export function canonicalSystem(system: string): string {
  return canonicalRef(system, 'system');
}

function canonicalRef(ref: string, defaultKind: string): string {
  // For which it throws something else.
  if (ref === '') return ref;
  try {
    return stringifyEntityRef(
      parseEntityRef(ref, { defaultKind, defaultNamespace: 'default' }),
    );
  } catch (error) {
    if (error instanceof TypeError) return ref;
    throw error;
  }
}
