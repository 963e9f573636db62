import { ExecutorError, LaunchLater } from '@maestro/plugin-maestro-node';
import { num } from '../database/conversion';
import type { CancelEffect } from './RunDraft';
import { renderLaunch } from './renderLaunch';
import { translateLaunch } from './translateLaunch';
import type { EngineContext, Observation, PreparedLaunch } from './types';

/** Of a task whose image has what it needs: one copy for all versions. */
const NO_SOURCES = { versionHash: 'none', files: [] };

/**
 * What happens in the world once a transaction is committed: launches and
 * cancels. Nothing in here changes the database; what becomes of a launch
 * comes back as an observation.
 */
export class Dispatcher {
  private readonly inFlight = new Set<Promise<void>>();
  /** Launches under way, by executor. */
  private readonly launches = new Map<string, Set<PreparedLaunch>>();

  /** @param hasRoom - an executor takes launches again, see `launchesAtOnce` */
  constructor(
    private readonly ctx: EngineContext,
    private readonly observe: (observation: Observation) => void,
    private readonly hasRoom: () => void,
  ) {}

  launch(prepared: PreparedLaunch): void {
    const { executor } = prepared.attempt;
    const underWay = this.launches.get(executor) ?? new Set();
    this.launches.set(executor, underWay.add(prepared));
    const launched = this.launchNow(prepared).finally(() => {
      underWay.delete(prepared);
      const atOnce = this.launchesAtOnce(executor);
      // At the half, so that several are claimed in one transaction.
      if (
        atOnce !== undefined &&
        this.launching(executor) === Math.floor(atOnce / 2)
      ) {
        this.hasRoom();
      }
    });
    this.track(launched);
  }

  /**
   * Launches of an executor that are under way and may still begin something.
   * One whose time is over waits for an answer that changes nothing: it must
   * not keep others out, and the poll finds the room it leaves.
   */
  launching(executor: string): number {
    const now = this.ctx.clock.elapsed();
    let count = 0;
    for (const { launchBefore } of this.launches.get(executor) ?? []) {
      if (launchBefore >= now) count += 1;
    }
    return count;
  }

  /** Whether an executor takes no more launches for now. */
  isFull(executor: string): boolean {
    const atOnce = this.launchesAtOnce(executor);
    return atOnce !== undefined && this.launching(executor) >= atOnce;
  }

  private launchesAtOnce(executor: string): number | undefined {
    return this.ctx.executors.get(executor)?.capabilities.launchesAtOnce;
  }

  cancel({ executor: name, attemptId }: CancelEffect): void {
    const executor = this.ctx.executors.get(name);
    if (!executor) return;
    this.track(
      executor
        .cancel(attemptId, { graceMs: this.ctx.settings.cancelGraceMs })
        .catch(error =>
          // The reconciler asks again as long as the attempt is listed.
          this.ctx.logger.warn(
            `Attempt ${attemptId} could not be cancelled yet: ${error}`,
          ),
        ),
    );
  }

  /** Resolves when everything begun so far is over. */
  async idle(): Promise<void> {
    while (this.inFlight.size > 0) await Promise.all(this.inFlight);
  }

  private async launchNow(prepared: PreparedLaunch): Promise<void> {
    const { ctx } = this;
    const { attempt, versionId } = prepared;
    const executor = ctx.executors.get(attempt.executor)!;
    try {
      ctx.logs.started(attempt);
      const sources = prepared.withoutSources
        ? NO_SOURCES
        : await ctx.versions.sources(versionId);
      const rendered = await renderLaunch(ctx, prepared);
      const request = await translateLaunch(
        ctx,
        { ...rendered, sources },
        prepared,
      );
      const beginWithinMs = prepared.launchBefore - ctx.clock.elapsed();
      if (beginWithinMs < 0) {
        // A process that slept: its lease may be over, and the task started
        // anew by somebody else.
        ctx.logger.warn(
          `Attempt ${attempt.attemptId} was not launched: half its lease had passed`,
        );
        return;
      }
      await executor.launch({ ...request, beginWithinMs });
    } catch (error) {
      if (error instanceof ExecutorError) {
        // Certain that nothing runs: the failure is known now.
        this.observe({
          attemptId: attempt.attemptId,
          phase: 'ended',
          ofLaunch: true,
          outcome: {
            result: 'failed',
            failure: error.failure,
            message: error.message,
          },
        });
        return;
      }
      if (error instanceof LaunchLater) {
        ctx.logs.refused(attempt.attemptId);
        this.observe({
          attemptId: attempt.attemptId,
          phase: 'refused',
          message: error.message,
          giveUpInMs: error.options.giveUpInMs,
          leaseUntil: num(attempt.row.lease_until!),
        });
        return;
      }
      // Not known whether it runs: the lease ends, and the listing says.
      ctx.logger.warn(
        `Launch of attempt ${attempt.attemptId} on "${attempt.executor}" gave no answer: ${error}`,
      );
    }
  }

  private track(work: Promise<void>): void {
    const tracked = work.finally(() => this.inFlight.delete(tracked));
    this.inFlight.add(tracked);
  }
}
