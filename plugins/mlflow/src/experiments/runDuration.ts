import { MlflowRun } from '@maestro/plugin-mlflow-common';

/** How long a run took, in milliseconds; undefined while it goes on. */
export function runDuration(run: MlflowRun): number | undefined {
  return run.startedAt !== undefined && run.endedAt !== undefined
    ? run.endedAt - run.startedAt
    : undefined;
}
