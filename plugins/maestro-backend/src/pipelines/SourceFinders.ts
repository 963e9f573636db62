import type { LoggerService } from '@backstage/backend-plugin-api';
import type {
  FoundSources,
  PipelineSource,
  PipelineSourceFinder,
} from '@maestro/plugin-maestro-node';
import type { MaestroDatabase, Tx } from '../database/MaestroDatabase';
import { syncProblems } from '../database/operations/pipelines/syncProblems';
import { retryConflicts } from '../database/retryConflicts';
import {
  followListing,
  knownPipelines,
  type PipelineHooks,
} from './keepPipelines';
import { Outages } from './Outages';
import { ProblemsByPipeline } from './ProblemsByPipeline';
import type { SourceRegistry } from './SourceRegistry';

/**
 * Keeps the sources that the registry looks at equal to those that finders
 * find. Pipelines of a source that is not found any more are missing, and are
 * removed when they have been for a while; so are those of a source that was
 * there before this process was.
 */
export class SourceFinders {
  private readonly abort = new AbortController();
  private readonly current = new Map<
    PipelineSourceFinder,
    Set<PipelineSource>
  >();
  private readonly running = new Map<PipelineSourceFinder, Promise<void>>();
  private readonly timers = new Map<PipelineSourceFinder, NodeJS.Timeout>();
  private readonly outages: Outages;

  constructor(
    private readonly options: {
      db: MaestroDatabase;
      finders: readonly PipelineSourceFinder[];
      registry: Pick<SourceRegistry, 'add' | 'remove'>;
      logger: LoggerService;
      /** How long a pipeline is missing before it counts as removed. */
      removeAfterMs: number;
    } & PipelineHooks,
  ) {
    this.outages = new Outages(options.logger);
  }

  /** Asks each finder now and at its interval, until `stop`. */
  start(): void {
    const turn = async (finder: PipelineSourceFinder) => {
      await this.lookOnce(finder).catch(() => undefined);
      if (this.abort.signal.aborted) return;
      const timer = setTimeout(() => turn(finder), finder.intervalMs);
      timer.unref();
      this.timers.set(finder, timer);
    };
    this.options.finders.forEach(turn);
  }

  /** Waits for what is in flight; the sources are the registry's to stop. */
  async stop(): Promise<void> {
    this.abort.abort();
    this.timers.forEach(timer => clearTimeout(timer));
    await Promise.allSettled(this.running.values());
    await Promise.all(this.options.finders.map(finder => finder.stop()));
  }

  /**
   * Asks all finders now.
   *
   * @throws of one that cannot be asked: the others were
   */
  async refresh(): Promise<void> {
    // One that is under way may have looked before what the caller just did.
    await Promise.allSettled(this.running.values());
    const results = await Promise.allSettled(
      this.options.finders.map(finder => this.lookOnce(finder)),
    );
    for (const result of results) {
      if (result.status === 'rejected') throw result.reason;
    }
  }

  private lookOnce(finder: PipelineSourceFinder): Promise<void> {
    let running = this.running.get(finder);
    if (!running) {
      running = this.look(finder)
        .then(() => this.outages.end(finder.place))
        .catch(error => {
          if (!this.abort.signal.aborted) {
            this.outages.begin(
              finder.place,
              `Sources of pipelines of ${finder.place} wait, what is known stays: ${error.message}`,
            );
          }
          throw error;
        })
        .finally(() => this.running.delete(finder));
      this.running.set(finder, running);
    }
    return running;
  }

  private async look(finder: PipelineSourceFinder): Promise<void> {
    const { registry } = this.options;
    const { signal } = this.abort;
    const found = await finder.find(signal);
    signal.throwIfAborted();
    const current = this.current.get(finder) ?? new Set();
    this.current.set(finder, current);
    const now = new Set(found.sources);
    const failures = new Map<string, unknown>();
    // Gone before come: another one of the same place may be among them.
    for (const source of [...current]) {
      if (now.has(source)) continue;
      try {
        await registry.remove(source);
        current.delete(source);
      } catch (error) {
        failures.set(source.place, error);
      }
    }
    signal.throwIfAborted();
    for (const source of now) {
      // It must not work beside one that may not have stopped.
      if (current.has(source) || failures.has(source.place)) continue;
      registry.add(source);
      current.add(source);
    }
    await this.finish(finder, found);
    // It is removed with the next look.
    for (const failure of failures.values()) throw failure;
  }

  /** What no source says anything of any more, and what is no source. */
  private async finish(
    { place }: PipelineSourceFinder,
    { sources, problems }: FoundSources,
  ): Promise<void> {
    const { db, removeAfterMs } = this.options;
    const isOfNobody = ({ location }: { location: string | null }) =>
      location !== null &&
      location.startsWith(place) &&
      !sources.some(source => location.startsWith(source.place));
    const left = (await knownPipelines(db)).filter(isOfNobody);
    const found = new ProblemsByPipeline(left);
    for (const { location, pipeline, problem } of problems) {
      found.add(location, pipeline, problem);
    }
    const follow = async (tx: Tx) => {
      const now = await db.now(tx);
      await followListing(this.options, tx, {
        known: left,
        has: () => false,
        where: place,
        now,
        removeAfterMs,
      });
      await syncProblems(db, tx, {
        found: found.list(),
        now,
        isOver: isOfNobody,
      });
    };
    await retryConflicts(() => db.transaction(follow));
  }
}
