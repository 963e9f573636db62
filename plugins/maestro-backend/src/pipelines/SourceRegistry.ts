import type { LoggerService } from '@backstage/backend-plugin-api';
import {
  type PipelineDefinition,
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
import { num, optionalNum } from '../database/conversion';
import type { MaestroDatabase, Tx } from '../database/MaestroDatabase';
import {
  markListed,
  markMissing,
  markSeen,
} from '../database/operations/pipelines/markMissing';
import { storePipeline } from '../database/operations/pipelines/storePipeline';
import {
  type FoundProblems,
  syncProblems,
} from '../database/operations/pipelines/syncProblems';
import type { PipelineRow } from '../database/tables';
import { policyRefusals } from '../policy/policyRefusals';
import { ProblemsByPipeline } from './ProblemsByPipeline';
import { decideRemoval } from './removal';
import { contentHash, versionHash } from './versionHash';

/** `seen_at` need not be exact: rows that nothing happens to stay untouched. */
const SEEN_EVERY_MS = 5 * 60_000;

type KnownPipeline = Pick<
  PipelineRow,
  | 'id'
  | 'name'
  | 'entity_ref'
  | 'location'
  | 'seen_at'
  | 'missing_since'
  | 'removed_at'
>;

/** What a reading has that may be there. */
interface Listed {
  names: Set<string>;
  /** Entity references of those that are stored. */
  refs: Set<string>;
}

/** What the registry of pipelines does on a change, in its transaction. */
export interface PipelineHooks {
  onPipelineChanged(
    tx: Tx,
    pipelineId: number,
    definition: PipelineDefinition,
  ): Promise<void>;
  onPipelineRemoved(tx: Tx, pipelineId: number): Promise<void>;
}

/**
 * Keeps the pipelines of sources (folders of DAG files) equal to what those
 * say. Each source is looked at for itself: one that is away, or slow, changes
 * nothing of the others. What a source says wrong stands beside the last good
 * version, which stays.
 */
export class SourceRegistry {
  private readonly abort = new AbortController();
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly running = new Map<PipelineSource, Promise<RefreshResult>>();
  /** Signature of what is stored, by name: a reference has no case. */
  private readonly stored = new Map<string, string>();
  /** What is wrong with a source: told once an outage. */
  private readonly outages = new Map<string, string>();

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
  ) {}

  /** Looks at each source now and at its interval, until `stop`. */
  start(): void {
    for (const source of this.options.sources) {
      const turn = async () => {
        await this.refreshOne(source).catch(() => undefined);
        if (this.abort.signal.aborted) return;
        const timer = setTimeout(() => {
          this.timers.delete(timer);
          turn();
        }, source.intervalMs);
        timer.unref();
        this.timers.add(timer);
      };
      turn();
    }
  }

  /** Waits for what is in flight. */
  async stop(): Promise<void> {
    this.abort.abort();
    this.timers.forEach(timer => clearTimeout(timer));
    await Promise.all(this.options.sources.map(source => source.stop()));
    await Promise.allSettled(this.running.values());
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
      this.options.sources.map(source => this.refreshOne(source)),
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

  private refreshOne(source: PipelineSource): Promise<RefreshResult> {
    let running = this.running.get(source);
    if (!running) {
      running = this.run(source).finally(() => this.running.delete(source));
      this.running.set(source, running);
    }
    return running;
  }

  private async run(source: PipelineSource): Promise<RefreshResult> {
    let reading: PipelineSourceReading;
    try {
      reading = await source.read(this.abort.signal);
    } catch (error) {
      if (!this.abort.signal.aborted) {
        const { message } = error as Error;
        this.outage(source, `Pipelines of ${source.place} wait: ${message}`);
        await this.tellAway(source, message);
      }
      throw error;
    }
    const known = await this.knownPipelines();
    const told = [...reading.problems];
    const listed: Listed = { names: new Set(), refs: new Set() };
    const chosen = this.oneOfEach(source, reading, known);
    let changed = 0;
    let isWhole = true;
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
      } catch (error) {
        // Others go on; this one is stored again next time.
        isWhole = false;
        this.outage(
          source,
          `Pipeline ${definition.name} was not stored: ${
            (error as Error).message
          }`,
        );
      }
    }
    // Some are only now known under whose name a problem is told.
    const found = new ProblemsByPipeline(
      (changed > 0 ? await this.knownPipelines() : known).filter(row =>
        row.location?.startsWith(source.place),
      ),
    );
    for (const { location, pipeline, problem } of told) {
      found.add(location, pipeline, problem);
    }
    const problems = found.list();
    if (!this.abort.signal.aborted) {
      await this.finish(source, known, listed, problems);
      if (isWhole) this.recovered(source);
    }
    return {
      pipelines: reading.pipelines.length,
      changed,
      problems: problems.length,
    };
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

  private async knownPipelines(): Promise<KnownPipeline[]> {
    const { db } = this.options;
    return (await db
      .table(db.knex, 'pipelines')
      .select(
        'id',
        'name',
        'entity_ref',
        'location',
        'seen_at',
        'missing_since',
        'removed_at',
      )) as KnownPipeline[];
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
    known: readonly KnownPipeline[],
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
    const rival = known.find(
      row =>
        (row.name === definition.name || row.entity_ref === ref) &&
        row.removed_at === null &&
        !row.location?.startsWith(source.place),
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
    known: readonly KnownPipeline[],
  ): Promise<boolean> {
    const { db, onPipelineChanged, logger } = this.options;
    const { definition, title, location, signature } = pipeline;
    const entityRef = sourcedEntityRef(definition);
    const row = known.find(({ name }) => name === definition.name);
    const isThere = row && row.removed_at === null && row.location === location;
    if (isThere && this.stored.get(definition.name) === signature) return false;
    const sources = await pipeline.files();
    // It changes right now.
    if (!sources) return false;
    const files = sources.map(file => {
      const content = Buffer.from(file.content);
      return {
        path: file.path,
        content,
        executable: file.executable ?? false,
        hash: contentHash(content),
      };
    });
    const sourceRef = await pipeline.ref?.();
    const changed = await db.transaction(async tx => {
      const stored = await storePipeline(
        db,
        tx,
        {
          definition,
          entityRef,
          ownerRef: definition.owner,
          title,
          description: definition.description,
          location,
          hash: versionHash(definition, files),
          sourceRef,
          files,
        },
        await db.now(tx),
      );
      if (stored.changed) {
        await onPipelineChanged(tx, stored.pipelineId, definition);
      }
      return stored.changed;
    });
    this.stored.set(definition.name, signature);
    if (changed) logger.info(`Pipeline ${definition.name} has a new version`);
    return changed;
  }

  private async finish(
    source: PipelineSource,
    known: readonly KnownPipeline[],
    listed: Listed,
    found: readonly FoundProblems[],
  ): Promise<void> {
    const { db, removeAfterMs, onPipelineRemoved, logger } = this.options;
    const own = known.filter(row => row.location?.startsWith(source.place));
    const wrong = new Set(found.map(({ entityRef }) => entityRef));
    await db.transaction(async tx => {
      const now = await db.now(tx);
      const seen: number[] = [];
      for (const row of own) {
        const id = num(row.id);
        const hasName = listed.names.has(row.name);
        // When it comes back its row may be another process's work.
        if (!hasName) this.stored.delete(row.name);
        // Its entity has another name, in another case: it must not run beside.
        const isReplaced = !hasName && listed.refs.has(row.entity_ref);
        const isListed = !isReplaced && (hasName || wrong.has(row.entity_ref));
        const decided = decideRemoval({
          listed: isListed,
          missingSince: optionalNum(row.missing_since),
          removedAt: optionalNum(row.removed_at),
          now,
          removeAfterMs,
        });
        const decision =
          isReplaced && row.removed_at === null ? 'remove' : decided;
        if (decision === 'missing' || decision === 'remove') {
          const done = await markMissing(db, tx, id, decision, now);
          if (done && decision === 'remove') {
            await onPipelineRemoved(tx, id);
            logger.info(
              `Pipeline ${row.name} is not in ${source.place} any more`,
            );
          }
        } else if (decision === 'restore' && row.removed_at === null) {
          await markListed(db, tx, id, now);
        } else if (isListed && now - num(row.seen_at) >= SEEN_EVERY_MS) {
          seen.push(id);
        }
      }
      await markSeen(db, tx, seen, now);
      await syncProblems(db, tx, {
        found,
        now,
        isOver: row => row.location?.startsWith(source.place) ?? false,
      });
    });
  }

  private outage({ place }: PipelineSource, message: string): void {
    if (this.outages.get(place) === message) return;
    this.outages.set(place, message);
    this.options.logger.warn(message);
  }

  private recovered({ place }: PipelineSource): void {
    if (!this.outages.delete(place)) return;
    this.options.logger.info(`Reading works again: ${place}`);
  }
}
