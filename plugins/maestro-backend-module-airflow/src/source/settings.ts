import { resolve } from 'node:path';
import { type Config, readDurationFromConfig } from '@backstage/config';
import { InputError } from '@backstage/errors';
import { durationToMilliseconds } from '@backstage/types';
import type { AirflowPods } from '../compile/inPod';
import { type CatalogSettings, readCatalogSettings } from '../catalog/settings';
import { DEFAULT_PARSE_LIMITS, type ParseLimits } from '../parse/ParseProcess';
import { podsOfSource } from './podsOfSource';

/** A Python environment that has Airflow. @public */
export interface AirflowEnvironment {
  name: string;
  /** Absolute path of the interpreter; without one nothing is read. */
  python: string | undefined;
  env: Record<string, string>;
  limits: ParseLimits;
}

/** One folder of DAG files. @public */
export interface AirflowSourceSettings {
  name: string;
  /** Absolute. */
  folder: string;
  environment: AirflowEnvironment;
  owner: string;
  owners: ReadonlyMap<string, string>;
  /** Why tasks of a KubernetesPodOperator are left to Python, if they are. */
  podsInPython: string | undefined;
  /** The same of a BashOperator. */
  bashInPython: string | undefined;
  /** Of its tasks in Python, where they run as pods. */
  pods: AirflowPods | undefined;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;
const MIB = 1024 * 1024;

/**
 * Reads `maestro.airflow`.
 *
 * @param root - what relative paths count from
 * @throws InputError
 * @public
 */
export function readAirflowSettings(
  config: Config,
  root: string,
): {
  sources: AirflowSourceSettings[];
  intervalMs: number;
  catalog: CatalogSettings;
  /** By name: all that sources or rules for the catalog name. */
  environments: ReadonlyMap<string, AirflowEnvironment>;
} {
  const airflow = config.getOptionalConfig('maestro.airflow');
  const environments = new Map<string, AirflowEnvironment>();
  const environment = (name: string) => {
    let known = environments.get(name);
    if (!known) {
      known = readEnvironment(
        name,
        airflow?.getOptionalConfig(`environments.${name}`),
        root,
      );
      environments.set(name, known);
    }
    return known;
  };
  const sources = (airflow?.getOptionalConfigArray('sources') ?? []).map(
    (source): AirflowSourceSettings => {
      const name = checkedName(source.getString('name'), 'a source');
      const owners = source.getOptional<Record<string, string>>('owners') ?? {};
      return {
        name,
        folder: resolve(root, source.getString('folder')),
        environment: environment(
          source.getOptionalString('environment') ?? 'default',
        ),
        owner: source.getString('owner'),
        owners: new Map(Object.entries(owners)),
        podsInPython: podsInPython(config, source),
        bashInPython: lowersNothing(source),
        pods: podsOfSource(
          config,
          source,
          `the source "${name}" of maestro.airflow.sources`,
        ),
      };
    },
  );
  const names = sources.map(({ name }) => name);
  const double = names.find((name, i) => names.indexOf(name) !== i);
  if (double !== undefined) {
    throw new InputError(
      `maestro.airflow.sources has two sources named "${double}"`,
    );
  }
  const intervalMs = airflow?.has('pollInterval')
    ? durationToMilliseconds(
        readDurationFromConfig(airflow, { key: 'pollInterval' }),
      )
    : 5_000;
  const catalog = readCatalogSettings(config);
  catalog.rules.forEach(rule => rule.environments.forEach(environment));
  return {
    sources,
    intervalMs: Math.max(100, intervalMs),
    catalog,
    environments,
  };
}

/**
 * Why tasks of a KubernetesPodOperator are left to Python, as a part of a
 * sentence; undefined where they are not.
 *
 * @param source - the configuration of a source, for its own word
 */
export function podsInPython(
  config: Config,
  source?: Config,
): string | undefined {
  const nothing = source && lowersNothing(source);
  if (nothing !== undefined) return nothing;
  const pods = config.getOptionalConfig('maestro.executors.kubernetes');
  return pods && pods.getOptionalBoolean('enabled') !== false
    ? undefined
    : 'there is no executor "kubernetes": set maestro.executors.kubernetes';
}

/** The word of a source that leaves all of its tasks to Python. */
function lowersNothing(source: Config): string | undefined {
  return source.getOptionalBoolean('lower') === false
    ? `maestro.airflow.sources has lower: false for "${source.getString(
        'name',
      )}"`
    : undefined;
}

function readEnvironment(
  name: string,
  config: Config | undefined,
  root: string,
): AirflowEnvironment {
  checkedName(name, 'an environment');
  const python = config?.getOptionalString('python');
  const limit = (key: string) => config?.getOptionalNumber(`limits.${key}`);
  return {
    name,
    python: python === undefined ? undefined : resolve(root, python),
    env: config?.getOptional<Record<string, string>>('env') ?? {},
    limits: {
      seconds:
        positive(name, 'seconds', limit('seconds')) ??
        DEFAULT_PARSE_LIMITS.seconds,
      memoryBytes:
        (positive(name, 'memoryMiB', limit('memoryMiB')) ??
          DEFAULT_PARSE_LIMITS.memoryBytes / MIB) * MIB,
      processes:
        positive(name, 'processes', limit('processes')) ??
        DEFAULT_PARSE_LIMITS.processes,
    },
  };
}

function positive(
  environment: string,
  key: string,
  value: number | undefined,
): number | undefined {
  if (value === undefined || value > 0) return value;
  throw new InputError(
    `maestro.airflow.environments.${environment}.limits.${key} is ${value}; it must be above 0`,
  );
}

function checkedName(name: string, what: string): string {
  if (NAME.test(name)) return name;
  throw new InputError(
    `The name ${JSON.stringify(
      name,
    )} of ${what} of maestro.airflow must be of letters, digits, "_", "-" and ".", at most 63 characters`,
  );
}
