import type {
  RunDetail,
  SlaViewState,
  TaskDefinition,
  TaskInstance,
  TaskState,
} from '@maestro/plugin-maestro-common';
import type { MappedCounts } from './mappedWords';

/** A task of a run with what its instances amount to. */
export interface TaskSummary {
  task: TaskDefinition;
  /** State to show: that of the instance which needs attention most. */
  state: TaskState;
  /** The task's row; of a mapped one that of the whole. */
  instances: TaskInstance[];
  /** Instances of a mapped task by state, once it has some. */
  mapped?: MappedCounts;
  /** Verdict on the task's own SLA: the worst of its instances. */
  slaState: SlaViewState;
  startedAt?: number;
  endedAt?: number;
}

/** What needs attention first. */
const ATTENTION: readonly TaskState[] = [
  'failed',
  'upstream_failed',
  'up_for_retry',
  'running',
  'queued',
  'deferred',
  'up_for_reschedule',
  'scheduled',
  'none',
  'success',
  'skipped',
  'removed',
];

/** Of several states, the one that needs attention most. */
export function mostUrgent(states: readonly TaskState[]): TaskState {
  const rank = Math.min(
    ...states.map(state => ATTENTION.indexOf(state)),
    ATTENTION.length,
  );
  return ATTENTION[rank] ?? 'none';
}

/** The worst verdict first. */
const SLA_WORST: readonly SlaViewState[] = [
  'missed',
  'at_risk',
  'pending',
  'met',
];

/** Of several verdicts on an SLA, the worst. */
export function worstSla(
  verdicts: readonly (SlaViewState | undefined)[],
): SlaViewState {
  return SLA_WORST.find(one => verdicts.includes(one)) ?? 'none';
}

/** The tasks of a run in the order of the file. */
export function taskSummaries(
  run: Pick<RunDetail, 'definition' | 'tasks'>,
): TaskSummary[] {
  const byTask = new Map<string, TaskInstance[]>();
  for (const instance of run.tasks) {
    const known = byTask.get(instance.taskId);
    if (known) known.push(instance);
    else byTask.set(instance.taskId, [instance]);
  }
  return run.definition.tasks.map(task => {
    const instances = byTask.get(task.id) ?? [];
    const starts = instances.flatMap(i => i.startedAt ?? []);
    const ends = instances.flatMap(i => i.endedAt ?? []);
    return {
      task,
      state: mostUrgent(instances.map(instance => instance.state)),
      instances,
      slaState: worstSla(instances.map(instance => instance.slaState)),
      mapped: instances.find(instance => instance.mapped)?.mapped,
      startedAt: starts.length > 0 ? Math.min(...starts) : undefined,
      // Over only when all of them are.
      endedAt:
        ends.length > 0 && ends.length === instances.length
          ? Math.max(...ends)
          : undefined,
    };
  });
}

/** Whether all instances of a task were given results of earlier runs. */
export function isReused(instances: readonly TaskInstance[]): boolean {
  return (
    instances.length > 0 &&
    instances.every(({ cacheHit }) => cacheHit !== undefined)
  );
}

/**
 * The task to open a run with: what failed, else what runs, else what waits
 * for a retry, else the last one that started, else the first. A callback of the
 * run is of interest while it runs or when it failed, not as the last one.
 */
export function taskOfInterest(
  summaries: readonly TaskSummary[],
): string | undefined {
  for (const state of ['failed', 'running', 'up_for_retry', 'queued']) {
    const found = summaries.find(summary => summary.state === state);
    if (found) return found.task.id;
  }
  let last: TaskSummary | undefined;
  for (const summary of summaries) {
    if (summary.task.callback) continue;
    if ((summary.startedAt ?? 0) > (last?.startedAt ?? 0)) last = summary;
  }
  return (last ?? summaries[0])?.task.id;
}
