import { type Config, readDurationFromConfig } from '@backstage/config';
import { InputError } from '@backstage/errors';
import { durationToMilliseconds } from '@backstage/types';
import { canonicalOwner } from '@maestro/plugin-maestro-common';
import type { AirflowPods } from '../compile/inPod';
import { OF_PODS, podsOfSource } from '../source/podsOfSource';
import type { RepositoryLimits } from '../source/RepositoryDagFiles';

/**
 * Whose entities may have DAG files, and in which Python environments these
 * are run. Of owners and locations all that are given must fit; `*` stands for
 * any characters.
 */
export interface CatalogRule {
  /** Full entity references. */
  owners?: string[];
  /** Addresses and absolute paths, of the entity and of its folder. */
  locations?: string[];
  /** By name; the first is that of entities that name none. */
  environments: string[];
  /** Of tasks in Python, where they run as pods. */
  pods?: AirflowPods;
}

/** `maestro.airflow.catalog`. */
export interface CatalogSettings {
  /** Between two looks at the catalog and at a repository, milliseconds. */
  intervalMs: number;
  limits: RepositoryLimits;
  rules: CatalogRule[];
}

const MIB = 1024 * 1024;
const KEYS = [
  'owners',
  'locations',
  'environments',
  'executor',
  // One image for many entities, of which each has a folder of its own.
  ...OF_PODS.filter(key => key !== 'dagsInImage'),
];

/**
 * Reads `maestro.airflow.catalog`. Without rules nobody may.
 *
 * @throws InputError for what is no rule: one with a typing error must not
 * grant more than it says
 */
export function readCatalogSettings(config: Config): CatalogSettings {
  const catalog = config.getOptionalConfig('maestro.airflow.catalog');
  const limit = (key: string, fallback: number) => {
    const value = catalog?.getOptionalNumber(`limits.${key}`) ?? fallback;
    if (value > 0) return value;
    throw new InputError(
      `maestro.airflow.catalog.limits.${key} is ${value}; it must be above 0`,
    );
  };
  const intervalMs = catalog?.has('lookInterval')
    ? durationToMilliseconds(
        readDurationFromConfig(catalog, { key: 'lookInterval' }),
      )
    : 30_000;
  return {
    intervalMs: Math.max(100, intervalMs),
    limits: {
      files: limit('files', 2_000),
      bytes: limit('mebibytes', 20) * MIB,
    },
    rules: (catalog?.getOptionalConfigArray('allow') ?? []).map((rule, index) =>
      readRule(config, rule, index),
    ),
  };
}

function readRule(config: Config, rule: Config, index: number): CatalogRule {
  const where = `maestro.airflow.catalog.allow[${index}]`;
  const unknown = rule.keys().find(key => !KEYS.includes(key));
  if (unknown !== undefined) {
    throw new InputError(
      `${where} has "${unknown}"; it can have ${KEYS.join(', ')}`,
    );
  }
  const owners = rule.getOptionalStringArray('owners');
  const locations = rule.getOptionalStringArray('locations');
  if (!owners && !locations) {
    throw new InputError(
      `${where} names neither owners nor locations; locations: ["*"] means all`,
    );
  }
  const environments = rule.getOptionalStringArray('environments') ?? [
    'default',
  ];
  if (environments.length === 0) {
    throw new InputError(`${where}.environments names none`);
  }
  const pods = podsOfSource(config, rule, where);
  return {
    ...(owners
      ? {
          owners: owners.map(owner =>
            owner === '*' ? owner : canonicalOwner(owner),
          ),
        }
      : {}),
    ...(locations ? { locations } : {}),
    environments,
    ...(pods ? { pods } : {}),
  };
}
