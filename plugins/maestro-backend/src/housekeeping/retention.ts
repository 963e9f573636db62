import { setImmediate } from 'node:timers/promises';
import type {
  PipelineDefinition,
  RetentionDefinition,
} from '@maestro/plugin-maestro-common';
import type { ArtifactStore } from '../artifacts/ArtifactStore';
import { num } from '../database/conversion';
import type { MaestroDatabase, Tx } from '../database/MaestroDatabase';
import {
  expiredRuns,
  RETENTION_BATCH,
  type RetentionPart,
} from '../database/operations/retention/expiredRuns';
import {
  removeArtifacts,
  removeLogs,
  removeRuns,
} from '../database/operations/retention/removeRuns';
import { retryConflicts } from '../database/retryConflicts';

/** What retention needs around it. */
export interface RetentionContext {
  db: MaestroDatabase;
  store: ArtifactStore;
  versions: {
    definition(tx: Tx, versionId: number): Promise<PipelineDefinition>;
  };
  /** The installation's rule, for pipelines without one of their own. */
  defaults: RetentionDefinition;
}

/** How much was removed. */
export type Removed = Record<RetentionPart, number>;

const REMOVE = {
  runs: removeRuns,
  logs: removeLogs,
  artifacts: removeArtifacts,
} as const;

/** Garbage deleted between two looks at whether to stop. */
const GARBAGE_BATCH = 100;
/** Objects deleted at once. */
const GARBAGE_PARALLEL = 8;

/**
 * Removes what pipelines do not want to keep, in small transactions with room
 * for others between them. Ends early when `signal` says so; the next time
 * goes on.
 *
 * @param failed - told of each pipeline that could not be looked after
 */
export async function applyRetention(
  ctx: RetentionContext,
  signal: AbortSignal,
  failed: (pipelineId: number, error: Error) => void,
): Promise<Removed> {
  const { db } = ctx;
  const removed: Removed = { runs: 0, logs: 0, artifacts: 0 };
  const pipelines = await db
    .table(db.knex, 'pipelines')
    .whereNotNull('current_version_id')
    .orderBy('id')
    .select('id', 'current_version_id');
  for (const pipeline of pipelines) {
    if (signal.aborted) return removed;
    const pipelineId = num(pipeline.id);
    const versionId = num(pipeline.current_version_id!);
    try {
      const { retention } = await db.transaction(tx =>
        ctx.versions.definition(tx, versionId),
      );
      const rule = retention ?? ctx.defaults;
      for (const part of ['runs', 'logs', 'artifacts'] as const) {
        removed[part] += await removePart(ctx, {
          pipelineId,
          part,
          limits: rule[part],
          signal,
        });
      }
    } catch (error) {
      // One that cannot be read must not keep the others full.
      failed(pipelineId, error as Error);
    }
  }
  return removed;
}

async function removePart(
  { db }: RetentionContext,
  of: {
    pipelineId: number;
    part: RetentionPart;
    limits: RetentionDefinition[RetentionPart];
    signal: AbortSignal;
  },
): Promise<number> {
  const { pipelineId, part, limits, signal } = of;
  if (!limits) return 0;
  let removed = 0;
  while (!signal.aborted) {
    const now = await db.now();
    const ids = await expiredRuns(db, db.knex, {
      pipelineId,
      part,
      limits,
      now,
    });
    if (ids.length === 0) break;
    const count = await retryConflicts(() =>
      db.transaction(tx => REMOVE[part](db, tx, ids)),
    );
    removed += count;
    // What was started again meanwhile would be found for ever.
    if (count === 0 || ids.length < RETENTION_BATCH) break;
    await setImmediate();
  }
  return removed;
}

/**
 * Deletes the objects whose rows are gone. One that cannot be deleted stays
 * written down.
 *
 * @returns how many went, and the first problem
 */
export async function emptyGarbage(
  { db, store }: Pick<RetentionContext, 'db' | 'store'>,
  signal: AbortSignal,
): Promise<{ deleted: number; problem?: string }> {
  let deleted = 0;
  let problem: string | undefined;
  let after = '';
  while (!signal.aborted) {
    const rows = await db
      .knex('garbage')
      .where('location', '>', after)
      // Later ones are being stored: see announceObject.
      .where('since', '<=', await db.now())
      // In one statement, which sees one moment: a run and the step cache may
      // show the same object. It stays written down until nobody does.
      .whereNotExists(
        db.knex('outputs').whereRaw('outputs.blob = garbage.location'),
      )
      .whereNotExists(
        db.knex('artifacts').whereRaw('artifacts.location = garbage.location'),
      )
      .whereNotExists(
        db
          .knex('step_cache_parts')
          .whereRaw('step_cache_parts.blob = garbage.location'),
      )
      .orderBy('location')
      .limit(GARBAGE_BATCH)
      .pluck('location');
    if (rows.length === 0) break;
    after = rows[rows.length - 1];
    const { gone, failed } = await deleteObjects(store, rows);
    problem ??= failed;
    await db.knex('garbage').whereIn('location', gone).delete();
    deleted += gone.length;
  }
  return { deleted, problem };
}

/** Deletes several at once: a store on the network answers slowly. */
async function deleteObjects(
  store: ArtifactStore,
  locations: readonly string[],
): Promise<{ gone: string[]; failed?: string }> {
  const gone: string[] = [];
  const left = [...locations];
  let failed: string | undefined;
  const work = async () => {
    while (left.length > 0) {
      const location = left.pop()!;
      try {
        await store.delete(location);
        gone.push(location);
      } catch (error) {
        failed ??= `${location}: ${(error as Error).message}`;
      }
    }
  };
  await Promise.all(Array.from({ length: GARBAGE_PARALLEL }, work));
  return { gone, failed };
}
