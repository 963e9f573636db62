import type { LoggerService } from '@backstage/backend-plugin-api';
import {
  type PipelineProblem,
  type Policy,
  type RefreshResult,
  sourcedEntityRef,
} from '@maestro/plugin-maestro-common';
import type {
  PipelineSource,
  PipelineSourceReading,
  SourcedPipeline,
} from '@maestro/plugin-maestro-node';
import type { MaestroDatabase, Tx } from '../database/MaestroDatabase';
import {
  type FoundProblems,
  syncProblems,
} from '../database/operations/pipelines/syncProblems';
import { retryConflicts } from '../database/retryConflicts';
import { policyRefusals } from '../policy/policyRefusals';
import {
  followListing,
  keepVersion,
  type KnownPipeline,
  knownPipelines,
  type PipelineHooks,
} from './keepPipelines';
import { KnownPipelines } from './KnownPipelines';
import { Outages } from './Outages';
import { ProblemsByPipeline } from './ProblemsByPipeline';

/**
 * For so long a source that says the same as before is not compared with the
 * store again, milliseconds: as often as the catalog is.
 */
const UNCHANGED_MS = 30_000;

/** Between two words about how far the reading of a large source is. */
const TELL_EVERY_MS = 10_000;

/** What a reading has that may be there. */
interface Listed {
  names: Set<string>;
  /** Entity references of those that are stored. */
  refs: Set<string>;
}

/**
 * Keeps the pipelines of sources (folders of DAG files) equal to what those
 * say. Each source is looked at for itself: one that is away, or slow, changes
 * nothing of the others. What a source says wrong stands beside the last good
 * version, which stays.
 */
export class SourceRegistry {
  private readonly abort = new AbortController();
  private readonly sources: Set<PipelineSource>;
  /** Those that are waited for, until they are looked at again. */
  private readonly timers = new Map<PipelineSource, NodeJS.Timeout>();
  private readonly running = new Map<PipelineSource, Promise<RefreshResult>>();
  /** Signature of what is stored, by name: a reference has no case. */
  private readonly stored = new Map<string, string>();
  private readonly outages: Outages;
  /** What was last compared with the store, all of which it has. */
  private readonly compared = new Map<
    PipelineSource,
    { said: string; at: number; result: RefreshResult }
  >();

  constructor(
    private readonly options: {
      db: MaestroDatabase;
      sources: readonly PipelineSource[];
      logger: LoggerService;
      /** How long a pipeline is missing before it counts as removed. */
      removeAfterMs: number;
      /** What pipelines may use; absent means everything. */
      policy?: Policy;
    } & PipelineHooks,
  ) {
    this.outages = new Outages(options.logger);
    this.sources = new Set(options.sources);
  }

  /** Looks at each source now and at its interval, until `stop`. */
  start(): void {
    this.sources.forEach(source => this.follow(source));
  }

  /** Looks at one more, now and at its interval. */
  add(source: PipelineSource): void {
    if (this.abort.signal.aborted) return;
    this.sources.add(source);
    this.follow(source);
  }

  /** Looks at it no more, and stops it. Its pipelines stay as they are. */
  async remove(source: PipelineSource): Promise<void> {
    this.sources.delete(source);
    clearTimeout(this.timers.get(source));
    this.timers.delete(source);
    await source.stop();
    // Another one of this place must not be looked at beside it.
    await this.running.get(source)?.catch(() => undefined);
    this.compared.delete(source);
    this.outages.forget(source.place);
  }

  /** Waits for what is in flight. */
  async stop(): Promise<void> {
    this.abort.abort();
    this.timers.forEach(timer => clearTimeout(timer));
    await Promise.all([...this.sources].map(source => source.stop()));
    await Promise.allSettled(this.running.values());
  }

  private async follow(source: PipelineSource): Promise<void> {
    await this.refreshOne(source, false).catch(error =>
      // Told already where it was the source.
      this.outages.begin(
        source.place,
        `Pipelines of ${source.place} were not kept: ${error.message}`,
      ),
    );
    if (this.abort.signal.aborted || !this.sources.has(source)) return;
    const timer = setTimeout(() => this.follow(source), source.intervalMs);
    timer.unref();
    this.timers.set(source, timer);
  }

  /**
   * Looks at all sources now.
   *
   * @throws of a source that cannot be looked at: the others were
   */
  async refresh(): Promise<RefreshResult> {
    // One that is under way may have read before what the caller just did.
    await Promise.allSettled(this.running.values());
    const results = await Promise.allSettled(
      [...this.sources].map(source => this.refreshOne(source, true)),
    );
    const total = { pipelines: 0, changed: 0, problems: 0 };
    for (const result of results) {
      if (result.status === 'rejected') throw result.reason;
      total.pipelines += result.value.pipelines;
      total.changed += result.value.changed;
      total.problems += result.value.problems;
    }
    return total;
  }

  private refreshOne(
    source: PipelineSource,
    force: boolean,
  ): Promise<RefreshResult> {
    let running = this.running.get(source);
    if (!running) {
      running = this.run(source, force).finally(() =>
        this.running.delete(source),
      );
      this.running.set(source, running);
    }
    return running;
  }

  private async run(
    source: PipelineSource,
    force: boolean,
  ): Promise<RefreshResult> {
    let changed = 0;
    let toldAt = performance.now();
    for (;;) {
      const reading = await this.read(source);
      const result = await this.apply(source, reading, force);
      changed += result.changed;
      const { unfinished } = reading;
      const isOver = this.abort.signal.aborted || !this.sources.has(source);
      if (!unfinished || isOver) return { ...result, changed };
      if (performance.now() - toldAt >= TELL_EVERY_MS) {
        toldAt = performance.now();
        this.options.logger.info(
          `${unfinished.done} of ${unfinished.total} files of ${source.place} are read`,
        );
      }
    }
  }

  private async read(source: PipelineSource): Promise<PipelineSourceReading> {
    try {
      return await source.read(this.abort.signal);
    } catch (error) {
      if (!this.abort.signal.aborted && this.sources.has(source)) {
        const { message } = error as Error;
        this.outages.begin(
          source.place,
          `Pipelines of ${source.place} wait: ${message}`,
        );
        await this.tellAway(source, message);
      }
      throw error;
    }
  }

  /** Makes what is stored what a reading says. */
  private async apply(
    source: PipelineSource,
    reading: PipelineSourceReading,
    force: boolean,
  ): Promise<RefreshResult> {
    const said = saidBy(reading);
    const last = this.compared.get(source);
    const isFresh = last && performance.now() - last.at < UNCHANGED_MS;
    if (isFresh && last.said === said && !force) return last.result;
    this.compared.delete(source);
    const known = new KnownPipelines(await knownPipelines(this.options.db));
    const told = [...reading.problems];
    const listed: Listed = { names: new Set(), refs: new Set() };
    const chosen = this.oneOfEach(source, reading, known.rows);
    let changed = 0;
    for (const pipeline of reading.pipelines) {
      if (this.abort.signal.aborted) break;
      const { definition, location } = pipeline;
      const ref = sourcedEntityRef(definition);
      const refused = this.refusal(source, pipeline, known, chosen.get(ref)!);
      if (refused.length > 0) {
        told.push(
          ...refused.map(problem => ({
            location,
            pipeline: definition.name,
            problem,
          })),
        );
        continue;
      }
      listed.names.add(definition.name);
      try {
        if (await this.take(pipeline, known)) changed += 1;
        if (this.stored.has(definition.name)) listed.refs.add(ref);
        this.outages.end(`${source.place}${definition.name}`);
      } catch (error) {
        // Others go on; this one is stored again next time.
        this.outages.begin(
          `${source.place}${definition.name}`,
          `Pipeline ${definition.name} was not stored: ${
            (error as Error).message
          }`,
        );
      }
    }
    // Some are only now known under whose name a problem is told.
    const found = new ProblemsByPipeline(
      (changed > 0 ? await knownPipelines(this.options.db) : known.rows).filter(
        row => row.location?.startsWith(source.place),
      ),
    );
    for (const { location, pipeline, problem } of told) {
      found.add(location, pipeline, problem);
    }
    const problems = found.list();
    const result = {
      pipelines: reading.pipelines.length,
      changed,
      problems: problems.length,
    };
    if (this.abort.signal.aborted) return result;
    const isWhole = reading.unfinished === undefined;
    await this.finish(source, known.rows, {
      listed,
      found: problems,
      isWhole,
    });
    this.outages.end(source.place);
    if (!isWhole) return result;
    const isStored = reading.pipelines.every(
      ({ definition: { name }, signature }) =>
        !listed.names.has(name) || this.stored.get(name) === signature,
    );
    if (isStored) {
      this.compared.set(source, {
        said,
        at: performance.now(),
        result: { ...result, changed: 0 },
      });
    }
    return result;
  }

  /** Where people look for what is wrong: nothing of the source is read. */
  private async tellAway(
    { place }: PipelineSource,
    message: string,
  ): Promise<void> {
    const { db } = this.options;
    const found = new ProblemsByPipeline([]);
    found.add(place, undefined, {
      path: '',
      message: `Nothing of it is read: ${message}`,
    });
    await db.transaction(async tx =>
      syncProblems(db, tx, {
        found: found.list(),
        now: await db.now(tx),
        isOver: () => false,
      }),
    );
  }

  /**
   * By entity reference the pipeline that has it: of names that differ only in
   * case the one that is there, else the first.
   */
  private oneOfEach(
    { place }: PipelineSource,
    { pipelines }: PipelineSourceReading,
    known: readonly KnownPipeline[],
  ): Map<string, SourcedPipeline> {
    const isThere = new Set(
      known
        .filter(row => !row.removed_at && row.location?.startsWith(place))
        .map(row => row.name),
    );
    const chosen = new Map<string, SourcedPipeline>();
    for (const pipeline of pipelines) {
      const ref = sourcedEntityRef(pipeline.definition);
      const other = chosen.get(ref);
      const isNearer =
        !other ||
        (isThere.has(pipeline.definition.name) &&
          !isThere.has(other.definition.name));
      if (isNearer) chosen.set(ref, pipeline);
    }
    return chosen;
  }

  /** Why a pipeline that can be run may not be. */
  private refusal(
    source: PipelineSource,
    pipeline: SourcedPipeline,
    known: KnownPipelines,
    chosen: SourcedPipeline,
  ): PipelineProblem[] {
    const { definition, location } = pipeline;
    const file = location.slice(source.place.length);
    const ref = sourcedEntityRef(definition);
    if (chosen !== pipeline) {
      return [
        {
          path: '',
          message: `The name "${definition.name}" differs from "${chosen.definition.name}" (${chosen.location}) only in case, and both would be ${ref}`,
          expected: 'a name that no other pipeline has, in any case',
          file,
        },
      ];
    }
    const rival = known
      .of(definition.name, ref)
      .find(
        row =>
          row.removed_at === null && !row.location?.startsWith(source.place),
      );
    if (rival) {
      return [
        {
          path: '',
          message: `The name "${definition.name}" belongs to ${
            rival.entity_ref
          } (${rival.location ?? 'of unknown place'}) already`,
          expected: 'a name that no other pipeline has',
          file,
        },
      ];
    }
    const { policy } = this.options;
    return policy ? policyRefusals(policy, definition, file) : [];
  }

  /** @returns whether it has another version than before */
  private async take(
    pipeline: SourcedPipeline,
    known: KnownPipelines,
  ): Promise<boolean> {
    const { definition, title, location, signature } = pipeline;
    const entityRef = sourcedEntityRef(definition);
    const row = known.named(definition.name);
    const isThere = row && row.removed_at === null && row.location === location;
    if (isThere && this.stored.get(definition.name) === signature) return false;
    const sources = await pipeline.files();
    // It changes right now.
    if (!sources) return false;
    const changed = await keepVersion(this.options, {
      definition,
      entityRef,
      title,
      location,
      sourceRef: await pipeline.ref?.(),
      files: sources.map(({ path, content, executable }) => ({
        path,
        content: Buffer.from(content),
        executable: executable ?? false,
      })),
    });
    this.stored.set(definition.name, signature);
    return changed;
  }

  private async finish(
    source: PipelineSource,
    known: readonly KnownPipeline[],
    said: {
      listed: Listed;
      found: readonly FoundProblems[];
      /** What is not listed is gone, and what is not found is over. */
      isWhole: boolean;
    },
  ): Promise<void> {
    const { db, removeAfterMs } = this.options;
    const { listed, found, isWhole } = said;
    const own = known.filter(row => row.location?.startsWith(source.place));
    const wrong = new Set(found.map(({ entityRef }) => entityRef));
    const isSaid = ({ name, entity_ref }: KnownPipeline) =>
      isWhole ||
      listed.names.has(name) ||
      listed.refs.has(entity_ref) ||
      wrong.has(entity_ref);
    // When it comes back its row may be another process's work.
    for (const { name } of own) {
      if (isWhole && !listed.names.has(name)) this.stored.delete(name);
    }
    const follow = async (tx: Tx) => {
      const now = await db.now(tx);
      await followListing(this.options, tx, {
        known: own.filter(isSaid),
        has: row => {
          if (listed.names.has(row.name)) return true;
          // Its entity has another name, in another case: it must not run
          // beside.
          if (listed.refs.has(row.entity_ref)) return 'gone';
          return wrong.has(row.entity_ref);
        },
        where: source.place,
        now,
        removeAfterMs,
      });
      await syncProblems(db, tx, {
        found,
        now,
        isOver: row =>
          isWhole && (row.location?.startsWith(source.place) ?? false),
      });
    };
    await retryConflicts(() => db.transaction(follow));
  }
}

/** All of a reading that is compared with the store, as one text. */
function saidBy({ pipelines, problems }: PipelineSourceReading): string {
  return JSON.stringify([
    pipelines.map(({ definition, title, location, signature }) => [
      definition.name,
      title,
      location,
      signature,
    ]),
    problems,
  ]);
}
