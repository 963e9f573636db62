import type {
  AuthService,
  LoggerService,
  UrlReaderService,
} from '@backstage/backend-plugin-api';
import { type Entity, stringifyEntityRef } from '@backstage/catalog-model';
import type { CatalogService } from '@backstage/plugin-catalog-node';
import {
  type PipelineProblem,
  PIPELINE_SOURCE_ANNOTATION,
  type RefreshResult,
} from '@maestro/plugin-maestro-common';
import { json, num } from '../database/conversion';
import type { MaestroDatabase, Tx } from '../database/MaestroDatabase';
import {
  type FoundProblems,
  syncProblems,
} from '../database/operations/pipelines/syncProblems';
import { retryConflicts } from '../database/retryConflicts';
import type { PipelineProblemRow } from '../database/tables';
import type { CatalogError, CatalogErrors } from './CatalogErrors';
import { catalogErrorsOf, listPipelineEntities } from './catalogPipelines';
import type { Policy } from '@maestro/plugin-maestro-common';
import { policyRefusals } from '../policy/policyRefusals';
import {
  followListing,
  keepVersion,
  type KnownPipeline,
  knownPipelines,
  type PipelineHooks,
} from './keepPipelines';
import { Outages } from './Outages';
import { PipelineReader, type PipelineReading } from './PipelineReader';

/** Times in milliseconds. */
export interface PipelineRegistrySettings {
  refreshMs: number;
  removeAfterMs: number;
}

/**
 * Keeps the pipelines of the store equal to those of the catalog. The catalog
 * says that a pipeline exists and where; spec and sources are read there, both
 * at once, and become an immutable version. A catalog that is away or errs
 * changes nothing; neither does a repository.
 */
export class PipelineRegistry {
  private readonly reader: PipelineReader;
  private running: Promise<RefreshResult> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly abort = new AbortController();
  private readonly outages: Outages;

  constructor(
    private readonly options: {
      db: MaestroDatabase;
      catalog: CatalogService;
      auth: AuthService;
      urlReader: UrlReaderService;
      logger: LoggerService;
      errors: CatalogErrors;
      settings: PipelineRegistrySettings;
      /** Beginnings of the locations that sources look after. */
      sourcePlaces?: readonly string[];
      /** What pipelines may use; absent means everything. */
      policy?: Policy;
    } & PipelineHooks,
  ) {
    this.outages = new Outages(options.logger);
    const { policy } = options;
    this.reader = new PipelineReader({
      urlReader: options.urlReader,
      refusals:
        policy &&
        ((definition, file) => policyRefusals(policy, definition, file)),
    });
  }

  /** Refreshes now and then at the interval, until {@link PipelineRegistry.stop}. */
  start(): void {
    const turn = async () => {
      await this.refreshOnce(false).catch(error =>
        this.outages.begin(
          'catalog',
          `Pipelines were not refreshed: ${error.message}`,
        ),
      );
      if (this.abort.signal.aborted) return;
      this.timer = setTimeout(turn, this.options.settings.refreshMs);
      this.timer.unref();
    };
    turn();
  }

  /** Waits for what is in flight. */
  async stop(): Promise<void> {
    this.abort.abort();
    clearTimeout(this.timer);
    // Its error was told to whoever asked.
    await this.running?.catch(() => undefined);
  }

  /**
   * Reads the catalog and everything that changed, now.
   *
   * @throws errors of the catalog: then nothing was changed
   */
  async refresh(): Promise<RefreshResult> {
    // One that is under way may have read before what the caller just did.
    if (this.running) await this.running.catch(() => undefined);
    return this.refreshOnce(true);
  }

  private refreshOnce(force: boolean): Promise<RefreshResult> {
    this.running ??= this.run(force).finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async run(force: boolean): Promise<RefreshResult> {
    const { db, catalog, auth, errors } = this.options;
    // Those of sources are in the catalog because they are in the store.
    const entities = (await listPipelineEntities(catalog, auth)).filter(
      entity => !entity.metadata.annotations?.[PIPELINE_SOURCE_ANNOTATION],
    );
    this.outages.end('catalog');
    const all = await knownPipelines(db);
    const known = all.filter(row => !this.isOfSource(row));
    const sourced = new Map(
      all
        .filter(row => this.isOfSource(row) && row.removed_at === null)
        .map(row => [row.name, row]),
    );
    const found: FoundProblems[] = [];
    const listed = new Set<string>();
    const mended = new Set<string>();
    const readFiles = new Set<string>();
    let changed = 0;
    for (const { entity, rival } of withRivals(entities, known)) {
      if (this.abort.signal.aborted) break;
      const ref = stringifyEntityRef(entity);
      listed.add(ref);
      const other = rival
        ? {
            entity_ref: stringifyEntityRef(rival),
            location: PipelineReader.locationOf(rival),
          }
        : sourced.get(entity.metadata.name);
      const taken = other
        ? { changed: false, problems: [rivalProblem(entity, other)] }
        : await this.take(entity, force, known);
      if (!taken) continue;
      if (taken.changed) changed += 1;
      const file = fileOf(entity);
      if (file && !other) readFiles.add(file);
      const { problems } = taken;
      const told = problems.length > 0 ? problems : ofCatalog(entity);
      if (told.length === 0) {
        mended.add(ref);
        errors.forget(ref);
      } else {
        found.push({
          entityRef: ref,
          name: entity.metadata.name,
          location: PipelineReader.locationOf(entity),
          problems: told,
        });
      }
    }
    if (this.abort.signal.aborted) {
      return { pipelines: entities.length, changed, problems: found.length };
    }
    this.reader.keep(listed);
    found.push(...this.refused(listed, readFiles));
    await this.finish(known, listed, found, { mended, readFiles });
    return { pipelines: entities.length, changed, problems: found.length };
  }

  /** @returns its problems; undefined when they are not known now */
  private async take(
    entity: Entity,
    force: boolean,
    known: readonly KnownPipeline[],
  ): Promise<{ changed: boolean; problems: PipelineProblem[] } | undefined> {
    const ref = stringifyEntityRef(entity);
    const reading = await this.reader.read(entity, force);
    if (reading.kind === 'later') {
      if (reading.reason) {
        this.outages.begin(
          ref,
          `The sources of ${ref} wait: ${reading.reason}`,
        );
      }
      return undefined;
    }
    if (reading.kind === 'invalid') {
      return { changed: false, problems: reading.problems };
    }
    const row = known.find(k => k.entity_ref === ref);
    // Removed meanwhile, by this process or another: read it again.
    if (reading.kind === 'unchanged' && (!row || row.removed_at !== null)) {
      this.reader.forget(ref);
      return this.take(entity, force, known);
    }
    let changed = false;
    if (reading.kind === 'valid') {
      try {
        changed = await this.store(entity, reading);
      } catch (error) {
        // Others go on; this one is read and stored again next time.
        this.reader.forget(ref);
        this.outages.begin(
          ref,
          `${ref} was not stored: ${(error as Error).message}`,
        );
        return undefined;
      }
    }
    this.outages.end(ref);
    return { changed, problems: [] };
  }

  private async store(
    entity: Entity,
    { read, tree }: Extract<PipelineReading, { kind: 'valid' }>,
  ): Promise<boolean> {
    return keepVersion(this.options, {
      definition: read.definition,
      entityRef: stringifyEntityRef(entity),
      title: read.entity.metadata.title,
      location: PipelineReader.locationOf(entity),
      sourceRef: tree?.ref,
      files: tree?.files ?? [],
    });
  }

  /**
   * What the catalog refuses altogether, so that no listing has it. The catalog
   * says a broken file of its location, and never that it was mended: a file
   * that was read here now is known better, good or bad.
   */
  private refused(
    listed: ReadonlySet<string>,
    readFiles: ReadonlySet<string>,
  ): FoundProblems[] {
    const { errors } = this.options;
    const found: FoundProblems[] = [];
    for (const error of errors.current()) {
      if (listed.has(error.entityRef)) continue;
      const messages = error.messages.filter(
        message => ![...readFiles].some(file => message.includes(file)),
      );
      if (messages.length > 0) found.push(refusedProblems(error, messages));
      else errors.forget(error.entityRef);
    }
    return found;
  }

  private async finish(
    known: readonly KnownPipeline[],
    listed: ReadonlySet<string>,
    found: readonly FoundProblems[],
    good: { mended: ReadonlySet<string>; readFiles: ReadonlySet<string> },
  ): Promise<void> {
    const { db, settings } = this.options;
    const follow = async (tx: Tx) => {
      const now = await db.now(tx);
      await followListing(this.options, tx, {
        known,
        has: row => listed.has(row.entity_ref),
        where: 'the catalog',
        now,
        removeAfterMs: settings.removeAfterMs,
      });
      await syncProblems(db, tx, {
        found,
        now,
        isOver: row =>
          // What a source says is over when that source says so.
          !this.isOfSource(row) &&
          (good.mended.has(row.entity_ref) ||
            isAboutFiles(row, good.readFiles) ||
            // Not listed: refused by the catalog, and it says so no longer.
            (!listed.has(row.entity_ref) &&
              now - num(row.seen_at) >= settings.removeAfterMs)),
      });
    };
    await retryConflicts(() => db.transaction(follow));
  }

  /** Whether a row is of a source, and none of the catalog's business. */
  private isOfSource({ location }: { location: string | null }): boolean {
    return (this.options.sourcePlaces ?? []).some(place =>
      location?.startsWith(place),
    );
  }
}

/** Names are for people and unique: of two entities the known one has it. */
function withRivals(
  entities: readonly Entity[],
  known: readonly KnownPipeline[],
): { entity: Entity; rival?: Entity }[] {
  const holders = new Map<string, Entity>();
  const owned = new Map(known.map(row => [row.name, row.entity_ref]));
  const sorted = [...entities].sort((a, b) =>
    stringifyEntityRef(a) < stringifyEntityRef(b) ? -1 : 1,
  );
  for (const entity of sorted) {
    const { name } = entity.metadata;
    const isOwner = owned.get(name) === stringifyEntityRef(entity);
    if (!holders.has(name) || isOwner) holders.set(name, entity);
  }
  return sorted.map(entity => {
    const holder = holders.get(entity.metadata.name);
    return holder === entity ? { entity } : { entity, rival: holder };
  });
}

function rivalProblem(
  entity: Entity,
  rival: { entity_ref: string; location?: string | null },
): PipelineProblem {
  return {
    path: 'metadata.name',
    message: `The name "${entity.metadata.name}" belongs to ${rival.entity_ref} (${rival.location}) already`,
    expected: 'a name that no pipeline of any namespace has',
    file: fileOf(entity),
  };
}

/** The file or address of an entity, without what kind it is. */
function fileOf(entity: Entity): string | undefined {
  return PipelineReader.locationOf(entity)?.replace(/^(file|url):/, '');
}

/** Whether a problem that is kept for a location is about these files only. */
function isAboutFiles(
  row: Pick<PipelineProblemRow, 'entity_ref' | 'problems'>,
  files: ReadonlySet<string>,
): boolean {
  if (!row.entity_ref.startsWith('location:')) return false;
  const problems: PipelineProblem[] = json(row.problems);
  return problems.every(({ file }) => file !== undefined && files.has(file));
}

/** What the YAML reader of the catalog says: file, text, line and column. */
const YAML_ERROR =
  /^YAML error at (?:file|url):(.+?), YAMLParseError: (.+?)(?: at line (\d+), column (\d+))?:?(?:\n|$)/;

function refusedProblems(
  error: CatalogError,
  messages: readonly string[],
): FoundProblems {
  const { entityRef, location } = error;
  const place = location?.replace(/^(file|url):/, '');
  const problems = messages.map((message): PipelineProblem => {
    const yaml = YAML_ERROR.exec(message);
    if (yaml) {
      // A location names many files; the broken one stands in the message only.
      const [, file, text, line, column] = yaml;
      return {
        path: '',
        message: `Not valid YAML: ${text}`,
        file,
        ...(line ? { line: Number(line), column: Number(column) } : {}),
      };
    }
    return {
      path: '',
      message: message.replace(
        /^Processor \S+ threw an error while \w+; caused by \w+: /,
        '',
      ),
      file: place,
    };
  });
  // Generated locations have a hash for a name; the folder says more.
  const folder = problems[0]?.file?.split('/').at(-2);
  const isGenerated = error.name.startsWith('generated-');
  return {
    entityRef,
    name: (isGenerated && folder) || error.name,
    location,
    problems,
  };
}

function ofCatalog(entity: Entity): PipelineProblem[] {
  return catalogErrorsOf(entity).map(message => ({
    path: '',
    message: `The catalog refuses it: ${message}`,
    file: fileOf(entity),
  }));
}
