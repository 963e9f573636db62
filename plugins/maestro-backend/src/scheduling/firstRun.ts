import type { PipelineDefinition } from '@maestro/plugin-maestro-common';
import { num, optionalNum } from '../database/conversion';
import type { Tx } from '../database/MaestroDatabase';
import { createRun } from '../engine/createRun';
import type { EngineContext } from '../engine/types';
import { defaultParams } from './defaultParams';

/** Key of the run that a new installation starts by itself: there is one. */
export const FIRST_RUN_KEY = 'first_run';

/** Pipelines that come this long after the very first one are not the installation's. */
const NEW_INSTALLATION_MS = 10 * 60_000;

/**
 * Creates the first run of a pipeline of a new installation. It stays queued;
 * the poll starts it. What people add later (a template's pipeline, below the
 * data directory) starts when they say so.
 *
 * @param wanted - names, or true for all that come with the installation
 */
export async function createFirstRun(
  ctx: Pick<EngineContext, 'db' | 'newId'>,
  tx: Tx,
  options: {
    pipelineId: number;
    definition: PipelineDefinition;
    wanted: boolean | readonly string[];
    dataDir: string;
  },
): Promise<void> {
  const { db } = ctx;
  const { definition, wanted } = options;
  // A team's DAG folder did not come with the installation.
  if (wanted === false || definition.airflow) return;
  if (Array.isArray(wanted) && !wanted.includes(definition.name)) return;
  const now = await db.now(tx);
  const oldest = await db
    .table(tx, 'pipelines')
    .orderBy('created_at')
    .first('created_at');
  const pipeline = await db
    .table(tx, 'pipelines')
    .where({ id: options.pipelineId })
    .first();
  const versionId = optionalNum(pipeline?.current_version_id);
  if (!oldest || !pipeline || versionId === undefined) return;
  if (now - num(oldest.created_at) > NEW_INSTALLATION_MS) return;
  if (pipeline.location?.includes(`${options.dataDir}/`)) return;
  await createRun(
    ctx,
    tx,
    definition,
    {
      pipelineId: options.pipelineId,
      versionId,
      runKey: FIRST_RUN_KEY,
      trigger: 'manual',
      logicalDate: now,
      runAfter: now,
      params: defaultParams(definition),
      createdBy: 'maestro:first-run',
    },
    now,
  );
}
