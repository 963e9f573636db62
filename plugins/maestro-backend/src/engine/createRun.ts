import {
  type PipelineDefinition,
  slaDeadline,
} from '@maestro/plugin-maestro-common';
import type { Tx } from '../database/MaestroDatabase';
import { type NewRun, insertRuns } from '../database/operations/runs/insertRun';
import { setTimers } from '../database/operations/timers/timers';
import type { EngineContext } from './types';

/** What a run is created with. */
export type WantedRun = Omit<NewRun, 'runId' | 'slaDeadline'> & {
  dueAt?: number;
  /** When the asset event happened that starts it. */
  eventAt?: number;
  lateCatchup?: boolean;
  /** Whether a manual or API run asked for the deadline. */
  slaOptIn?: boolean;
};

/** A run that was created. */
export interface CreatedRun {
  id: number;
  runId: string;
}

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
  run: WantedRun,
  now: number,
): Promise<CreatedRun | undefined> {
  const [created] = await createRuns(ctx, tx, [{ definition, run }], now);
  return created;
}

/** The same for several, in as many statements as for one. */
export async function createRuns(
  ctx: Pick<EngineContext, 'db' | 'newId'>,
  tx: Tx,
  wanted: ReadonlyArray<{ definition: PipelineDefinition; run: WantedRun }>,
  now: number,
): Promise<Array<CreatedRun | undefined>> {
  const runs = wanted.map(({ definition, run }) => ({
    definition,
    run: {
      ...run,
      runId: ctx.newId(),
      slaDeadline: slaDeadline({
        trigger: run.trigger,
        slaMs: definition.slaMs,
        dueAt: run.dueAt,
        eventAt: run.eventAt,
        createdAt: now,
        lateCatchup: run.lateCatchup,
        optIn: run.slaOptIn,
      }),
    },
  }));
  const ids = await insertRuns(ctx.db, tx, runs, now);
  await setTimers(
    ctx.db,
    tx,
    runs.flatMap(({ run: { runId, slaDeadline: dueAt } }) =>
      dueAt !== undefined && ids.has(runId)
        ? [{ kind: 'sla' as const, ref: runId, dueAt, runId: ids.get(runId) }]
        : [],
    ),
  );
  return runs.map(({ run: { runId } }) => {
    const id = ids.get(runId);
    return id === undefined ? undefined : { id, runId };
  });
}
