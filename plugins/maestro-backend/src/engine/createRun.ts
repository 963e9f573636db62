import {
  type PipelineDefinition,
  slaDeadline,
} from '@maestro/plugin-maestro-common';
import type { Tx } from '../database/MaestroDatabase';
import { type NewRun, insertRun } from '../database/operations/runs/insertRun';
import { setTimer } from '../database/operations/timers/timers';
import type { EngineContext } from './types';

/**
 * Creates a run with everything that belongs to it: task instances, SLA timer.
 * It is `queued`; `startQueued` starts it as far as `maxActiveRuns` allows.
 *
 * @returns undefined when a run of that key exists
 */
export async function createRun(
  ctx: Pick<EngineContext, 'db' | 'newId'>,
  tx: Tx,
  definition: PipelineDefinition,
  run: Omit<NewRun, 'runId' | 'slaDeadline'> & {
    dueAt?: number;
    /** When the asset event happened that starts it. */
    eventAt?: number;
    lateCatchup?: boolean;
    /** Whether a manual or API run asked for the deadline. */
    slaOptIn?: boolean;
  },
  now: number,
): Promise<{ id: number; runId: string } | undefined> {
  const runId = ctx.newId();
  const deadline = slaDeadline({
    trigger: run.trigger,
    slaMs: definition.slaMs,
    dueAt: run.dueAt,
    eventAt: run.eventAt,
    createdAt: now,
    lateCatchup: run.lateCatchup,
    optIn: run.slaOptIn,
  });
  const id = await insertRun(
    ctx.db,
    tx,
    definition,
    { ...run, runId, slaDeadline: deadline },
    now,
  );
  if (id === undefined) return undefined;
  if (deadline !== undefined) {
    await setTimer(ctx.db, tx, {
      kind: 'sla',
      ref: runId,
      dueAt: deadline,
      runId: id,
    });
  }
  return { id, runId };
}
