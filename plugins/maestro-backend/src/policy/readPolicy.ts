import type { Config } from '@backstage/config';
import { InputError } from '@backstage/errors';
import {
  canonicalOwner,
  canonicalSystem,
  type Policy,
  type PolicyRule,
} from '@maestro/plugin-maestro-common';

const LISTS = [
  'owners',
  'systems',
  'pipelines',
  'executors',
  'images',
  'serviceAccounts',
  'connections',
  'pod',
  'resources',
  'variables',
  'pools',
  'dags',
  'dagsOf',
] as const;

/**
 * Reads `maestro.policy`. Outside the embedded profile what no rule names is
 * refused unless `default: allow` says otherwise.
 *
 * @throws InputError for what is no rule: a policy with a typing error must not
 * grant more than it says
 */
export function readPolicy(config: Config): Policy {
  const embedded = config.getOptionalBoolean('maestro.embedded') ?? false;
  const stated = config.getOptionalString('maestro.policy.default');
  if (stated !== undefined && stated !== 'allow' && stated !== 'deny') {
    throw new InputError(
      `maestro.policy.default is ${JSON.stringify(
        stated,
      )}, expected allow or deny`,
    );
  }
  const ids = new Set<string>();
  const rules = (
    config.getOptionalConfigArray('maestro.policy.rules') ?? []
  ).map((rule): PolicyRule => {
    const id = rule.getString('id');
    if (ids.has(id)) {
      throw new InputError(`maestro.policy.rules has two rules "${id}"`);
    }
    ids.add(id);
    const unknown = rule
      .keys()
      .find(key => key !== 'id' && !LISTS.some(list => list === key));
    if (unknown !== undefined) {
      throw new InputError(
        `Rule "${id}" of maestro.policy has "${unknown}"; it can have ${LISTS.join(
          ', ',
        )}`,
      );
    }
    const lists = Object.fromEntries(
      LISTS.filter(list => rule.has(list)).map(list => [
        list,
        rule.getStringArray(list),
      ]),
    ) as Partial<PolicyRule>;
    const { owners, systems, pipelines, dagsOf } = lists;
    if (!owners && !systems && !pipelines) {
      throw new InputError(
        `Rule "${id}" of maestro.policy names neither owners, systems nor pipelines; owners: ["*"] means all`,
      );
    }
    return {
      id,
      ...lists,
      ...(owners ? { owners: references(owners, canonicalOwner) } : {}),
      ...(systems ? { systems: references(systems, canonicalSystem) } : {}),
      ...(dagsOf ? { dagsOf: references(dagsOf, canonicalOwner) } : {}),
    };
  });
  return { default: stated ?? (embedded ? 'allow' : 'deny'), rules };
}

function references(
  names: readonly string[],
  canonical: (name: string) => string,
): string[] {
  return names.map(name => (name === '*' ? name : canonical(name)));
}
