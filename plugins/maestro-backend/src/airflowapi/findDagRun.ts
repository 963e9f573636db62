import {
  otherDagProblem,
  type PipelineDefinition,
} from '@maestro/plugin-maestro-common';
import { num } from '../database/conversion';
import type { PipelineRow, RunRow } from '../database/tables';
import { ownerOf, systemOf } from '../engine/Limits';
import { AirflowApiError } from './AirflowApiError';
import type { AirflowCall } from './AirflowCall';
import { dagIdOf } from './runContext';

/** A DAG that a task can ask for. */
export interface FoundDag {
  pipelineId: number;
  /** Of the pipeline. */
  name: string;
  definition: PipelineDefinition;
}

/**
 * The DAG of the task itself, or the one of that name. A pipeline that is no
 * DAG is none, nor is one that was removed.
 */
export async function findDag(
  call: AirflowCall,
  dagId: string,
): Promise<FoundDag | undefined> {
  const { run, definition: own } = await call.facts();
  if (dagId === dagIdOf(own)) {
    return {
      pipelineId: num(run.pipeline_id),
      name: own.name,
      definition: own,
    };
  }
  const { db, engine } = call.options;
  return db.transaction(async tx => {
    const row = (await db
      .table(tx, 'pipelines')
      .where({ name: dagId })
      .whereNull('removed_at')
      .whereNotNull('current_version_id')
      .first()) as PipelineRow | undefined;
    if (!row) return undefined;
    const definition = await engine.ctx.versions.definition(
      tx,
      num(row.current_version_id!),
    );
    if (!definition.airflow) return undefined;
    return { pipelineId: num(row.id), name: row.name, definition };
  });
}

/**
 * A task may start and clear runs of the DAGs that the policy grants it, and of
 * its own.
 *
 * @throws AirflowApiError 403 that names the rule
 */
export async function assertMayChange(
  call: AirflowCall,
  { name, definition: dag }: FoundDag,
): Promise<void> {
  const { policy } = call.options.engine.ctx;
  if (!policy) return;
  const { definition: own } = await call.facts();
  const problem = otherDagProblem(
    policy,
    { name: own.name, owner: ownerOf(own), system: systemOf(own) },
    { name, owner: ownerOf(dag) },
  );
  if (problem) throw new AirflowApiError(403, 'access_denied', problem);
}

/** A run by Airflow's names for it. */
export async function findDagRun(
  call: AirflowCall,
  dagId: string,
  runId: string,
): Promise<RunRow | undefined> {
  const { run, definition: own } = await call.facts();
  if (dagId === dagIdOf(own) && runId === run.run_key) return run;
  const dag = await findDag(call, dagId);
  if (!dag) return undefined;
  const { db } = call;
  return (await db
    .table(db.knex, 'runs')
    .where({ pipeline_id: dag.pipelineId, run_key: runId })
    .first()) as RunRow | undefined;
}
