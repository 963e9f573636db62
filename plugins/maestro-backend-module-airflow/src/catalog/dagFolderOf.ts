import { dirname, resolve } from 'node:path';
import {
  ANNOTATION_LOCATION,
  type Entity,
  parseEntityRef,
  parseLocationRef,
  stringifyEntityRef,
} from '@backstage/catalog-model';
import { fitsPatterns } from '@maestro/plugin-maestro-common';
import type { AirflowPods } from '../compile/inPod';
import type { CatalogRule } from './settings';

/**
 * Annotation of an entity that has DAG files of Airflow: their folder, from
 * where the entity is, such as `./dags`; or the address of a folder.
 */
export const DAGS_ANNOTATION = 'maestro.dev/airflow-dags';

/** Annotation of such an entity: name of the Python environment. */
export const ENVIRONMENT_ANNOTATION = 'maestro.dev/airflow-environment';

/** The DAG files of an entity. */
export interface EntityDagFolder {
  ref: string;
  /** Full entity reference. */
  owner: string;
  /** Full entity reference. */
  system?: string;
  environment: string;
  /** Either an absolute path of this machine, or an address. */
  folder: { path: string } | { url: string };
  /** Of its tasks in Python, where they run as pods. */
  pods?: AirflowPods;
}

/**
 * What an entity says of its DAG files, if somebody has allowed it.
 *
 * @throws why it has none that are run, and what to do next
 */
export function dagFolderOf(
  entity: Entity,
  rules: readonly CatalogRule[],
): EntityDagFolder {
  const ref = stringifyEntityRef(entity);
  const owner = ownerOf(entity, ref);
  // The catalog writes it, whatever the entity says.
  const location = entity.metadata.annotations?.[ANNOTATION_LOCATION] ?? '';
  const folder = folderOf(location, entity, ref);
  const places = [
    placeOf(location),
    'path' in folder ? folder.path : folder.url,
  ];
  const fitting = rules.filter(
    ({ owners = ['*'], locations = ['*'] }) =>
      fitsPatterns(owners, owner) &&
      places.every(place => fitsPatterns(locations, place)),
  );
  const environments = fitting.flatMap(rule => rule.environments);
  const named = entity.metadata.annotations?.[ENVIRONMENT_ANNOTATION];
  const environment = named ?? environments[0];
  if (fitting.length === 0) {
    throw new Error(
      `No rule of maestro.airflow.catalog.allow fits ${ref} of ${owner} with DAG files at ${places[1]}. They run code as the user of the backend: add a rule that names this owner or location if they may`,
    );
  }
  if (!environments.includes(environment)) {
    throw new Error(
      `maestro.airflow.catalog.allow grants ${ref} the environments ${environments.join(
        ', ',
      )} and not "${environment}": name one of them in its annotation ${ENVIRONMENT_ANNOTATION}, or add a rule`,
    );
  }
  const system = systemOf(entity);
  // The first that grants it says how its tasks run.
  const { pods } = fitting.find(rule =>
    rule.environments.includes(environment),
  )!;
  return {
    ref,
    owner,
    ...(system ? { system } : {}),
    environment,
    folder,
    ...(pods ? { pods } : {}),
  };
}

function ownerOf(entity: Entity, ref: string): string {
  const owner = entity.spec?.owner;
  if (typeof owner !== 'string' || owner === '') {
    throw new Error(
      `${ref} has DAG files and no owner: set spec.owner, who answers for its DAGs`,
    );
  }
  return fullRef(owner, 'group', entity);
}

function systemOf(entity: Entity): string | undefined {
  const system = entity.spec?.system;
  if (typeof system !== 'string' || system === '') return undefined;
  return fullRef(system, 'system', entity);
}

function fullRef(said: string, defaultKind: string, entity: Entity): string {
  const { kind, namespace, name } = parseEntityRef(said, {
    defaultKind,
    defaultNamespace: entity.metadata.namespace ?? 'default',
  });
  return `${kind}:${namespace}/${name}`.toLowerCase();
}

function folderOf(
  location: string,
  entity: Entity,
  ref: string,
): EntityDagFolder['folder'] {
  const said = (entity.metadata.annotations?.[DAGS_ANNOTATION] ?? '').trim();
  const wrong = (why: string) =>
    new Error(
      `The annotation ${DAGS_ANNOTATION} of ${ref} is "${said}", ${why}: name a folder from where the entity is, such as ./dags, or the address of one in a repository`,
    );
  const address = said.replace(/^url:/, '');
  if (/^https?:/i.test(address)) return { url: addressOf(address, wrong) };
  const path = said.replace(/^dir:/, '');
  if (
    path === '' ||
    path.startsWith('/') ||
    /^[a-z][a-z0-9+.-]*:/i.test(path)
  ) {
    throw wrong('which is no folder below it');
  }
  const { type, target } = parsedLocation(location, ref);
  if (type === 'file') return { path: resolve(dirname(target), path) };
  if (type !== 'url') {
    throw wrong(`and it is registered as "${location}", which has no folder`);
  }
  return { url: addressOf(below(target, path), wrong) };
}

function parsedLocation(location: string, ref: string) {
  try {
    return parseLocationRef(location);
  } catch {
    throw new Error(
      `${ref} does not say where it was registered: name the address of its DAG files in its annotation ${DAGS_ANNOTATION}`,
    );
  }
}

/** The folder at a path from a file, as the hosts of repositories write it. */
function below(file: string, path: string): string {
  const url = new URL(file);
  // Azure DevOps names the file in the query.
  const named = url.searchParams.get('path');
  if (named !== null) {
    url.searchParams.set('path', resolve('/', dirname(named), path));
    return url.toString();
  }
  // GitHub and GitLab call a file blob and a folder tree.
  url.pathname = resolve('/', dirname(url.pathname), path).replace(
    /\/blob\//,
    '/tree/',
  );
  return url.toString();
}

/**
 * An address as it is held against rules: without steps upwards, of which some
 * hosts would make another repository.
 */
function addressOf(address: string, wrong: (why: string) => Error): string {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    throw wrong('which is no address');
  }
  if (url.username || url.password) throw wrong('which holds a password');
  if (/%(2e|2f|5c)/i.test(url.pathname) || /\.\./.test(url.search)) {
    throw wrong('which hides a step upwards');
  }
  return url.toString();
}

function placeOf(location: string): string {
  const target = location.replace(/^(url|file):/, '');
  try {
    return location.startsWith('url:') ? new URL(target).toString() : target;
  } catch {
    return target;
  }
}
