import type { Config } from '@backstage/config';
import { InputError } from '@backstage/errors';
import { canonicalOwner } from '@maestro/plugin-maestro-common';

/** The name under which the limit of all other owners stands. */
const DEFAULT = 'default';

/**
 * Reads `maestro.limits.owners`: live attempts by owner, `default` for owners
 * that are not named. Each owner has its own slots, also by default.
 *
 * @throws InputError for a limit that is no whole number from 1
 */
export function readOwnerLimits(
  config: Config,
): (owner: string) => number | undefined {
  const stated =
    config.getOptional<Record<string, unknown>>('maestro.limits.owners') ?? {};
  const slots = new Map<string, number>();
  for (const [owner, limit] of Object.entries(stated)) {
    if (!Number.isInteger(limit) || (limit as number) < 1) {
      throw new InputError(
        `maestro.limits.owners: "${owner}" has the limit ${JSON.stringify(
          limit,
        )}, expected a whole number from 1`,
      );
    }
    const name = owner === DEFAULT ? DEFAULT : canonicalOwner(owner);
    slots.set(name, limit as number);
  }
  return owner => slots.get(owner) ?? slots.get(DEFAULT);
}
