import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  AuthService,
  UrlReaderService,
} from '@backstage/backend-plugin-api';
import { CATALOG_FILTER_EXISTS } from '@backstage/catalog-client';
import { type Entity, stringifyEntityRef } from '@backstage/catalog-model';
import type { CatalogService } from '@backstage/plugin-catalog-node';
import type {
  FoundSources,
  PipelineSource,
  PipelineSourceFinder,
  SourcedProblem,
} from '@maestro/plugin-maestro-node';
import type { ParseProcess } from '../parse/ParseProcess';
import { AirflowSource } from '../source/AirflowSource';
import { localDagFiles } from '../source/DagFiles';
import { RepositoryDagFiles } from '../source/RepositoryDagFiles';
import type { AirflowEnvironment } from '../source/settings';
import { copiesFolder, removeUnusedBeside, useFolder } from './copiesFolder';
import {
  DAGS_ANNOTATION,
  dagFolderOf,
  type EntityDagFolder,
} from './dagFolderOf';
import type { CatalogSettings } from './settings';

const PLACE = 'airflow:catalog:';
const PAGE = 500;

interface Known {
  /** Of all that makes it what it is. */
  key: string;
  source: PipelineSource;
  environment: string;
}

/**
 * Entities of the catalog that have DAG files, as sources of pipelines. Those
 * of one Python environment are read by one process, in turns: a process of
 * 200 MB for each entity would be too much.
 */
export class CatalogDagFolders implements PipelineSourceFinder {
  readonly place = PLACE;
  private readonly known = new Map<string, Known>();
  private readonly processes = new Map<string, ParseProcess>();
  private readonly workDir: string;
  private hasLooked = false;

  constructor(
    private readonly options: {
      auth: AuthService;
      catalog: CatalogService;
      urlReader: UrlReaderService;
      settings: CatalogSettings;
      /** As in {@link AirflowSource}, of all of them. */
      podsInPython?: string;
      /** By name: all that rules name. */
      environments: ReadonlyMap<string, AirflowEnvironment>;
      /** Between two looks at a folder of this machine, milliseconds. */
      folderIntervalMs: number;
      /** Absolute; copies of repositories are in a folder of its own below it. */
      dir: string;
      startProcess(environment: AirflowEnvironment): ParseProcess;
    },
  ) {
    this.workDir = copiesFolder(options.dir);
  }

  get intervalMs(): number {
    return this.options.settings.intervalMs;
  }

  async find(): Promise<FoundSources> {
    const { settings } = this.options;
    const { workDir } = this;
    await useFolder(workDir);
    if (!this.hasLooked) await removeUnusedBeside(workDir);
    this.hasLooked = true;
    const entities = await this.entities();
    const problems: SourcedProblem[] = [];
    const found = new Map<string, Known>();
    for (const entity of entities) {
      const ref = stringifyEntityRef(entity);
      try {
        const wanted = dagFolderOf(entity, settings.rules);
        const key = JSON.stringify(wanted);
        const before = this.known.get(ref);
        found.set(ref, before?.key === key ? before : this.begin(wanted, key));
      } catch (error) {
        problems.push({
          location: `${placeOf(ref)}`,
          problem: {
            path: `metadata.annotations["${DAGS_ANNOTATION}"]`,
            message: (error as Error).message,
          },
        });
      }
    }
    this.known.clear();
    found.forEach((one, ref) => this.known.set(ref, one));
    await this.removeUnused();
    return {
      sources: [...found.values()].map(({ source }) => source),
      problems,
    };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.processes.values()].map(one => one.stop()));
  }

  private async entities(): Promise<Entity[]> {
    const { auth, catalog } = this.options;
    const credentials = await auth.getOwnServiceCredentials();
    const found = new Map<string, Entity>();
    let cursor: string | undefined;
    do {
      const page = await catalog.queryEntities(
        cursor
          ? { cursor, limit: PAGE }
          : {
              filter: {
                [`metadata.annotations.${DAGS_ANNOTATION}`]:
                  CATALOG_FILTER_EXISTS,
              },
              limit: PAGE,
            },
        { credentials },
      );
      // Entities that move between pages come twice.
      page.items.forEach(entity =>
        found.set(stringifyEntityRef(entity), entity),
      );
      cursor = page.pageInfo.nextCursor;
    } while (cursor);
    return [...found.values()];
  }

  private begin(wanted: EntityDagFolder, key: string): Known {
    const { settings, urlReader, folderIntervalMs } = this.options;
    const { ref, owner, system, folder } = wanted;
    const environment = this.options.environments.get(wanted.environment)!;
    const files =
      'path' in folder
        ? localDagFiles(folder.path)
        : new RepositoryDagFiles({
            urlReader,
            url: folder.url,
            folder: join(this.workDir, folderName(ref)),
            limits: settings.limits,
            who: ref,
          });
    let process = this.processes.get(environment.name);
    if (!process) {
      process = this.options.startProcess(environment);
      this.processes.set(environment.name, process);
    }
    const source = new AirflowSource({
      name: sourceName(ref),
      place: placeOf(ref),
      files,
      environment: environment.name,
      owner,
      system,
      owners: new Map(),
      podsInPython: this.options.podsInPython,
      pods: wanted.pods,
      intervalMs: 'path' in folder ? folderIntervalMs : settings.intervalMs,
      process,
    });
    return { key, source, environment: environment.name };
  }

  /** Copies of entities that are gone, and processes that nobody needs. */
  private async removeUnused(): Promise<void> {
    const { workDir } = this;
    const wanted = new Set([...this.known.keys()].map(folderName));
    const there = await readdir(workDir);
    for (const name of there.filter(one => !wanted.has(one))) {
      await rm(join(workDir, name), { recursive: true, force: true });
    }
    const used = new Set(
      [...this.known.values()].map(({ environment }) => environment),
    );
    for (const [name, process] of this.processes) {
      if (used.has(name)) continue;
      this.processes.delete(name);
      await process.stop();
    }
  }
}

/** No name of a source that is configured has a colon. */
function sourceName(ref: string): string {
  return `catalog:${ref.replace('/', ':')}`;
}

function placeOf(ref: string): string {
  return `airflow:${sourceName(ref)}/`;
}

/** Names of entities have no plus sign. */
function folderName(ref: string): string {
  return ref.replace(/[:/]/g, '+');
}
