import { num } from '../database/conversion';
import type { PipelineRow, RunRow } from '../database/tables';
import type { AirflowCall } from './AirflowCall';
import { dagIdOf } from './runContext';

/** The pipeline of a DAG: that of the task itself, or the one of that name. */
export async function findDag(
  call: AirflowCall,
  dagId: string,
): Promise<{ pipelineId: number; name: string } | undefined> {
  const { run, definition } = await call.facts();
  if (dagId === dagIdOf(definition)) {
    return { pipelineId: num(run.pipeline_id), name: definition.name };
  }
  const { db } = call;
  const row = (await db
    .table(db.knex, 'pipelines')
    .where({ name: dagId })
    .first()) as PipelineRow | undefined;
  return row && { pipelineId: num(row.id), name: row.name };
}

/** A run by Airflow's names for it. */
export async function findDagRun(
  call: AirflowCall,
  dagId: string,
  runId: string,
): Promise<RunRow | undefined> {
  const dag = await findDag(call, dagId);
  if (!dag) return undefined;
  const { db } = call;
  return (await db
    .table(db.knex, 'runs')
    .where({ pipeline_id: dag.pipelineId, run_key: runId })
    .first()) as RunRow | undefined;
}
