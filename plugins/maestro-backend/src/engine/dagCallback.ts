import { RUN_TIMEOUT, type TaskState } from '@maestro/plugin-maestro-common';
import { optionalNum } from '../database/conversion';
import type { TaskInstanceRow } from '../database/tables';
import type { RunDraft } from './RunDraft';

/**
 * What a callback of a DAG is called with, beside what the task API says of the
 * run. Airflow's words, by its rules (`DagRun.update_state`, and the scheduler
 * for a run whose time is over).
 */
export interface DagCallback {
  kind: 'success' | 'failure';
  reason: 'success' | 'task_failure' | 'timed_out';
  /** Whose context it has; absent where there is none. */
  lastTask?: {
    task_id: string;
    map_index: number;
    try_number: number;
  };
}

/**
 * Of a task that is a callback of its DAG: the environment that says so; of
 * any other none.
 */
export function callbackEnvironment(
  draft: RunDraft,
  slot: number,
): Record<string, string> {
  const { callback } = draft.task(slot);
  if (!callback || !draft.definition.airflow) return {};
  return {
    MAESTRO_AIRFLOW_CALLBACK: JSON.stringify(dagCallback(draft, callback)),
  };
}

function dagCallback(
  draft: RunDraft,
  callback: 'success' | 'failed',
): DagCallback {
  const { run } = draft;
  const isTimeout =
    run.cancel_requested_at !== null && run.cancel_requested_by === RUN_TIMEOUT;
  if (callback === 'success') {
    return {
      kind: 'success',
      reason: 'success',
      lastTask: lastEnded(draft, 'success'),
    };
  }
  return isTimeout
    ? {
        kind: 'failure',
        reason: 'timed_out',
        lastTask: lastUnfinished(draft, optionalNum(run.cancel_requested_at)!),
      }
    : {
        kind: 'failure',
        reason: 'task_failure',
        lastTask: lastEnded(draft, 'failed'),
      };
}

/** The one of that state that ended last. */
function lastEnded(draft: RunDraft, state: TaskState) {
  return latest(
    instances(draft).filter(row => row.state === state),
    row => optionalNum(row.ended_at),
  )?.told;
}

/** Of those that were not over when the time of the run was, the one that began last. */
function lastUnfinished(draft: RunDraft, at: number) {
  return latest(
    instances(draft).filter(row => (optionalNum(row.ended_at) ?? at) >= at),
    row => {
      const started = optionalNum(row.started_at);
      // One that cleans up began afterwards.
      return started !== undefined && started <= at ? started : undefined;
    },
  )?.told;
}

type Instance = TaskInstanceRow & { told: DagCallback['lastTask'] };

/** As Airflow has rows of them: none of a mapped task beside its instances. */
function instances(draft: RunDraft): Instance[] {
  const found: Instance[] = [];
  for (const slot of draft.states.keys()) {
    const task = draft.task(slot);
    const row = draft.instance(slot);
    if (task.callback || draft.isDerived(slot) || row.state === 'removed') {
      continue;
    }
    found.push({
      ...row,
      told: {
        task_id: task.id,
        map_index: row.map_index,
        try_number: row.try_number,
      },
    });
  }
  return found;
}

/** The first of those whose time is the latest; one without a time comes last. */
function latest(
  rows: readonly Instance[],
  timeOf: (row: Instance) => number | undefined,
): Instance | undefined {
  let found: Instance | undefined;
  for (const row of rows) {
    const isLater =
      found === undefined ||
      (timeOf(row) ?? -Infinity) > (timeOf(found) ?? -Infinity);
    if (isLater) found = row;
  }
  return found;
}
