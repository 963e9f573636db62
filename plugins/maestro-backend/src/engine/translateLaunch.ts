import { AIRFLOW_EXECUTOR } from '@maestro/plugin-maestro-common';
import {
  ExecutorError,
  type LaunchRequest,
} from '@maestro/plugin-maestro-node';
import type { EngineContext, PreparedLaunch } from './types';

/**
 * What is launched for a task of Airflow that has a pod of its own. Whose
 * attempt it is, is not asked here: that of the executor that it names, which
 * launches, lists and ends it like any other. The executor `airflow` only says
 * which command, with which files, is the task.
 *
 * @throws ExecutorError when it cannot be
 */
export async function translateLaunch(
  ctx: Pick<EngineContext, 'executors'>,
  request: LaunchRequest,
  { airflowPod }: Pick<PreparedLaunch, 'airflowPod'>,
): Promise<LaunchRequest> {
  if (!airflowPod) return request;
  const executor = ctx.executors.get(AIRFLOW_EXECUTOR);
  if (!executor?.translate) {
    throw new ExecutorError(
      'config',
      `It is a task of Airflow, and this scheduler has no executor "${AIRFLOW_EXECUTOR}" that says how a pod runs one: set maestro.airflow.sources, and leave maestro.executors.airflow enabled`,
    );
  }
  return executor.translate(request, airflowPod);
}
