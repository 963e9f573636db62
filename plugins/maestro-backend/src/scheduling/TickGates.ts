import {
  dataInterval,
  evaluateCondition,
  expressionReferences,
  type PipelineDefinition,
  type ScheduleDefinition,
} from '@maestro/plugin-maestro-common';
import { num } from '../database/conversion';
import { isStoreError } from '../database/isStoreError';
import type { Tx } from '../database/MaestroDatabase';
import type { SeenAssetEvent } from '../database/operations/assets/runAssetEvents';
import type { PipelineRow } from '../database/tables';
import type { EngineContext } from '../engine/types';
import { defaultParams } from './defaultParams';
import type { TickDecision } from './ticks';

/** A run that a due time or an asset event wants. */
export interface WantedRun {
  trigger: 'scheduled' | 'asset';
  /** The due time, or when the event happened. */
  at: number;
  /** When it would start. */
  runAfter: number;
  interval: { start: number; end: number };
  assetEvents: readonly SeenAssetEvent[];
}

/** `when: …` names a condition that could not be evaluated. */
export type GateReason = 'overlap' | 'when' | `when: ${string}`;

/**
 * What may keep a due time or an asset event from becoming a run: a run of the pipeline that is
 * not over (`overlap: skip`), or the condition of the schedule (`when`).
 */
export class TickGates {
  private active: number | undefined;

  constructor(
    private readonly ctx: EngineContext,
    private readonly tx: Tx,
    private readonly of: {
      pipeline: PipelineRow;
      definition: PipelineDefinition;
      schedule: ScheduleDefinition;
    },
  ) {}

  /**
   * The decision again, or that the due time is skipped and why.
   *
   * @param runAfter - when it would start
   */
  async decide(
    run: TickDecision & { outcome: 'run' },
    runAfter: number,
  ): Promise<TickDecision> {
    const { dueAt } = run;
    const reason = await this.refusal({
      trigger: 'scheduled',
      at: dueAt,
      runAfter,
      interval: dataInterval(this.of.schedule, dueAt),
      assetEvents: [],
    });
    return reason ? { dueAt, outcome: 'skipped', reason } : run;
  }

  /** Why no run may begin now; undefined when one may. */
  async refusal(run: WantedRun): Promise<GateReason | undefined> {
    if (
      this.of.definition.overlap === 'skip' &&
      (await this.activeRuns()) > 0
    ) {
      return 'overlap';
    }
    const { when } = this.of.schedule;
    if (when === undefined) return undefined;
    try {
      return (await this.holds(when, run)) ? undefined : 'when';
    } catch (error) {
      if (isStoreError(error)) throw error;
      const message = (error as Error).message;
      this.ctx.logger.warn(
        `The condition of schedule "${this.of.schedule.id}" of "${this.of.definition.name}" could not be evaluated, so no run was started: ${message}`,
      );
      return `when: ${message.slice(0, 500)}`;
    }
  }

  /** A run was created in this transaction. */
  started(): void {
    if (this.active !== undefined) this.active += 1;
  }

  private async activeRuns(): Promise<number> {
    if (this.active === undefined) {
      const row = await this.ctx.db
        .table(this.tx, 'runs')
        .where({ pipeline_id: this.of.pipeline.id })
        // A backfill has a limit of its own and keeps no due time from running.
        .whereNull('backfill_id')
        // The words of the partial index.
        .whereRaw("state in ('queued', 'running')")
        .count({ n: '*' })
        .first();
      this.active = num((row as unknown as { n: number }).n);
    }
    return this.active;
  }

  private async holds(when: string, run: WantedRun): Promise<boolean> {
    const { definition } = this.of;
    const { at, interval } = run;
    const references = expressionReferences(when);
    const configured = await this.ctx.inputs.forExpressions(this.tx, {
      variables: references.vars,
      connections: references.connections,
    });
    const iso = (ms: number) => new Date(ms).toISOString();
    return evaluateCondition(when, {
      params: defaultParams(definition),
      vars: configured.vars,
      connections: configured.connections,
      tasks: {},
      run: {
        pipeline: definition.name,
        trigger: run.trigger,
        logical_date: iso(at),
        data_interval_start: iso(interval.start),
        data_interval_end: iso(interval.end),
        run_after: iso(run.runAfter),
        asset_events: run.assetEvents,
      },
    });
  }
}
