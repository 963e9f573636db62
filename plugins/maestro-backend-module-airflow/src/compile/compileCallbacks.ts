import {
  AIRFLOW_EXECUTOR,
  type TaskDefinition,
} from '@maestro/plugin-maestro-common';
import type { Findings } from './Findings';
import { placeTask } from './inPod';
import type { LoweringOptions } from './lowering';
import type { DescribedDag } from './serialized';
import { withoutUndefined } from './withoutUndefined';

/** Airflow's DAG processor has 50 s, without the start of a process. */
const TIMEOUT_MS = 2 * 60_000;
/** A pod may wait for a node; a run must not wait for it for ever. */
const QUEUED_TIMEOUT_MS = 10 * 60_000;
/** Before tasks, which may take all slots for hours. */
const PRIORITY = 1_000_000;

const CALLBACKS = [
  ['has_on_success_callback', 'on_success_callback', 'success', 'success'],
  ['has_on_failure_callback', 'on_failure_callback', 'failed', 'failure'],
] as const;

/**
 * The callbacks of a DAG as tasks of `finally` behind all of its own: one for
 * each outcome that it has some for. No id of a task of Airflow has a colon.
 *
 * @param tasks - how many tasks the DAG has
 */
export function compileCallbacks(
  { dag, line }: DescribedDag,
  tasks: number,
  findings: Findings,
  options: LoweringOptions,
): TaskDefinition[] {
  return CALLBACKS.filter(([has]) => dag[has]).map(
    ([, name, callback, word], index): TaskDefinition => {
      const id = `dag:${name}`;
      // As a task of it that says nothing of where it runs.
      const { task: place, problem } = placeTask(
        { task_id: id, task_type: name },
        undefined,
        options,
      );
      if (problem) findings.problem(problem);
      return withoutUndefined({
        no: tasks + index,
        id,
        title: `DAG callback: ${word}`,
        kind: 'run' as const,
        upstream: [],
        downstream: [],
        triggerRule: 'all_success' as const,
        finally: true as const,
        callback,
        retries: 0,
        retryDelayMs: 0,
        retryBackoff: 'fixed' as const,
        maxRetryDelayMs: 0,
        timeoutMs: TIMEOUT_MS,
        queuedTimeoutMs: QUEUED_TIMEOUT_MS,
        priority: PRIORITY,
        executor: AIRFLOW_EXECUTOR,
        airflowPath: {
          path: 'python' as const,
          reason: 'it is a callback of the DAG',
        },
        ...place,
        connections: [],
        variables: [],
        airflow: withoutUndefined({
          operator: name,
          line: line ?? undefined,
        }),
      }) as TaskDefinition;
    },
  );
}
