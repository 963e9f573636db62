import type { LoggerService } from '@backstage/backend-plugin-api';
import type { SignalsService } from '@backstage/plugin-signals-node';

/** Channel of all run signals. */
export const RUNS_CHANNEL = 'maestro:runs';

interface Pending {
  pipeline: string;
  revision: number;
  /** A revision that came while the last signal was fresh. */
  dirty: boolean;
  timer: NodeJS.Timeout;
}

/**
 * Tells open pages that a run changed: at once, then at most every 250 ms for
 * each run, and always the last change. A signal reaches everybody who is
 * signed in (Backstage checks no permission), so it carries ids and a revision
 * only; and it may be lost, so pages poll slowly as well.
 */
export class RunSignals {
  private readonly recent = new Map<string, Pending>();

  constructor(
    private readonly options: {
      signals: SignalsService;
      logger: LoggerService;
      /** Shortest time between two signals of a run, ms. Default 250. */
      intervalMs?: number;
    },
  ) {}

  /** Called after the commit. Never waits and never throws. */
  publish(runId: string, pipeline: string, revision: number): void {
    const recent = this.recent.get(runId);
    if (recent) {
      // Late callers may come with an older revision.
      if (revision > recent.revision) {
        recent.revision = revision;
        recent.dirty = true;
      }
      return;
    }
    this.send(runId, pipeline, revision);
    this.arm(runId, pipeline, revision);
  }

  /** Drops what is waiting: a signal is a hint, and nobody listens any more. */
  stop(): void {
    for (const { timer } of this.recent.values()) clearTimeout(timer);
    this.recent.clear();
  }

  private arm(runId: string, pipeline: string, revision: number): void {
    const timer = setTimeout(() => {
      const recent = this.recent.get(runId)!;
      this.recent.delete(runId);
      if (!recent.dirty) return;
      this.send(runId, pipeline, recent.revision);
      this.arm(runId, pipeline, recent.revision);
    }, this.options.intervalMs ?? 250);
    timer.unref();
    this.recent.set(runId, { pipeline, revision, dirty: false, timer });
  }

  private send(runId: string, pipeline: string, revision: number): void {
    this.options.signals
      .publish({
        recipients: { type: 'broadcast' },
        channel: RUNS_CHANNEL,
        message: { runId, pipeline, revision },
      })
      .catch(error =>
        this.options.logger.debug(
          `Pages were not told about run ${runId}: ${error}`,
        ),
      );
  }
}
