import { NotFoundError } from '@backstage/errors';
import { num } from '../database/conversion';
import type { PipelineDefinition } from '@maestro/plugin-maestro-common';
import type { ViewContext } from './ViewContext';
import { selectRuns, type ListedRunRow } from './runRows';
import {
  readShownDefinition,
  unknownNeedsIn,
} from '../pipelines/storedDefinition';

/** @throws NotFoundError */
export async function findRun(
  { db }: ViewContext,
  runId: string,
): Promise<ListedRunRow> {
  const row = (await selectRuns(db).where('runs.run_id', runId).first()) as
    | ListedRunRow
    | undefined;
  if (!row) throw unknownRun(runId);
  return row;
}

/**
 * Internal key of a run, and the version that it is pinned to.
 *
 * @throws NotFoundError
 */
export async function findRunKeys(
  { db }: ViewContext,
  runId: string,
): Promise<{ id: number; versionId: number }> {
  const row = await db
    .table(db.knex, 'runs')
    .where({ run_id: runId })
    .select('id', 'version_id')
    .first();
  if (!row) throw unknownRun(runId);
  return { id: num(row.id), versionId: num(row.version_id) };
}

/** The definition that a run is pinned to. */
export async function readDefinition(
  ctx: ViewContext,
  versionId: number,
): Promise<PipelineDefinition> {
  return readShownDefinition(await definitionText(ctx, versionId));
}

/** What it needs that this code does not know: a newer scheduler runs it. */
export async function unknownNeedsOf(
  ctx: ViewContext,
  versionId: number,
): Promise<string[]> {
  return unknownNeedsIn(await definitionText(ctx, versionId));
}

async function definitionText(
  { db }: ViewContext,
  versionId: number,
): Promise<string> {
  const row = await db
    .table(db.knex, 'pipeline_versions')
    .where({ id: versionId })
    .select('definition')
    .first();
  if (!row) {
    throw new NotFoundError(
      `Version ${versionId}, which a run is pinned to, does not exist; was the database restored in part?`,
    );
  }
  return row.definition;
}

/**
 * The number of a task in the version that a run is pinned to.
 *
 * @throws NotFoundError
 */
export async function findTaskNo(
  ctx: ViewContext,
  run: { id: number; versionId: number },
  taskId: string,
): Promise<number> {
  const facts = (await ctx.versions.read([run.versionId])).get(run.versionId);
  const no = facts ? facts.taskIds.indexOf(taskId) : -1;
  if (no < 0) {
    throw new NotFoundError(
      `The run has no task "${taskId}"; it has: ${
        facts?.taskIds.slice(0, 20).join(', ') || 'none'
      }`,
    );
  }
  return no;
}

function unknownRun(runId: string) {
  return new NotFoundError(
    `There is no run "${runId}"; it was deleted by retention, or its id is of another Maestro. "maestro runs list" shows those there are`,
  );
}
