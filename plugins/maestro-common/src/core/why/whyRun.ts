import type { TaskDefinition } from '../pipeline/definition';
import { isFinalTaskState } from '../pipeline/states';
import {
  RUN_TIMEOUT,
  runsAfterCancel,
  type RunCancel,
} from '../run/afterCancel';
import {
  count,
  isFull,
  limited,
  list,
  lookAtSchedulers,
  openFirst,
  type WhyCause,
  type WhyFacts,
} from './whyCause';

/** A run starts at once when it may; after this its scheduler does not keep up. */
const START_PATIENCE_MS = 5_000;

/** Why a queued run does not start. @internal */
export function queuedRunChain(facts: WhyFacts): WhyCause[] {
  const run = facts.run!;
  const queued: WhyCause = {
    code: 'run_queued',
    message: 'The run is queued and has not started.',
    since: run.queuedAt,
    names: [run.id],
  };
  const held = facts.backfill ? backfillCause(facts.backfill) : [];
  if (held.length > 0) return [queued, ...held];
  // A paused pipeline holds no run back: only its schedules rest.
  const { activeRuns, now } = facts;
  if (!facts.backfill && isFull(activeRuns)) {
    const holders = activeRuns.holders ?? [];
    return [
      queued,
      {
        code: 'max_active_runs',
        message: `${count(
          activeRuns.used,
          'run is',
          'runs are',
        )} active and maxActiveRuns is ${activeRuns.slots}${
          holders.length > 0 ? `: ${list(holders)}` : ''
        }.`,
        names: limited(activeRuns.holders),
        action: openFirst(activeRuns.holders, 'open_run', 'Open the run'),
      },
    ];
  }
  if (facts.noScheduler) return [queued, noSchedulerCause(run.id)];
  return run.queuedAt !== undefined && now - run.queuedAt > START_PATIENCE_MS
    ? [
        queued,
        {
          code: 'scheduler_behind',
          message:
            'Nothing holds the run back, the scheduler has not come to it.',
          since: run.queuedAt,
          names: [run.id],
          action: lookAtSchedulers(run.id),
        },
      ]
    : [queued];
}

/** Nobody is there who would start anything. @internal */
export function noSchedulerCause(target: string): WhyCause {
  return {
    code: 'no_scheduler',
    message:
      'No scheduler is active: nothing starts until one is started (maestro.role: scheduler, or all).',
    names: [target],
    action: lookAtSchedulers(target),
  };
}

/**
 * What ends by itself (a retry, a wait, a due time) does so only where somebody
 * schedules.
 *
 * @internal
 */
export function nobodyCause(
  { noScheduler }: WhyFacts,
  target: string,
): WhyCause[] {
  return noScheduler ? [noSchedulerCause(target)] : [];
}

/** Whether nothing of a task starts any more, because of a cancel. @internal */
export function isStopped({ run }: WhyFacts, task: TaskDefinition): boolean {
  return (
    run?.cancelling !== undefined && !runsAfterCancel(task, run.cancelling)
  );
}

/**
 * A run that is being cancelled starts nothing any more but what cleans up.
 *
 * @internal
 */
export function cancellingCause(
  { run, definition, states }: WhyFacts,
  { since, ...cancel }: RunCancel & { since: number },
): WhyCause {
  const cleansUp = definition.tasks.some(
    task =>
      runsAfterCancel(task, cancel) &&
      !(states && isFinalTaskState(states[task.no])),
  );
  const { by } = cancel;
  const what =
    by === RUN_TIMEOUT
      ? 'The time of the run is over'
      : `The run is being cancelled${by ? ` by ${by}` : ''}`;
  const { id } = run!;
  return {
    code: 'run_cancelling',
    message: `${what}: what runs is being ended, and nothing starts any more${
      cleansUp ? ' but what cleans up' : ''
    }.`,
    since,
    names: [id],
    action: {
      kind: 'wait',
      target: id,
      ...(cleansUp
        ? {
            label: 'Wait, or end what cleans up too',
            command: `maestro runs cancel ${id} --force`,
          }
        : { label: 'Wait' }),
    },
  };
}

/** A backfill has its own limit and its own pause. */
function backfillCause({
  id,
  paused,
  by,
  activeRuns,
  rival,
}: NonNullable<WhyFacts['backfill']>): WhyCause[] {
  if (paused) {
    return [
      {
        code: 'backfill_paused',
        message: `Its backfill ${id} is paused${by ? ` by ${by}` : ''}.`,
        names: [id],
        action: {
          label: 'Let the backfill go on',
          kind: 'unpause_backfill',
          target: id,
        },
      },
    ];
  }
  if (isFull(activeRuns)) {
    return [
      {
        code: 'backfill_max_active',
        message: `${count(
          activeRuns.used,
          'run of its backfill is',
          'runs of its backfill are',
        )} active and it allows ${activeRuns.slots} at once.`,
        names: limited(activeRuns.holders),
        action: openFirst(activeRuns.holders, 'open_run', 'Open the run'),
      },
    ];
  }
  return rival === undefined
    ? []
    : [
        {
          code: 'same_due_time',
          message: 'Another run of the same due time goes on.',
          names: [rival],
          action: openFirst([rival], 'open_run', 'Open the run'),
        },
      ];
}

/** The end of a run. @internal */
export function finishedRunCause(run: NonNullable<WhyFacts['run']>): WhyCause {
  return {
    code: 'run_finished',
    message: `The run is over: ${run.state}${
      run.reason ? `, ${run.reason}` : ''
    }.`,
    names: [run.id],
  };
}

/** @internal */
export function pausedCause(facts: WhyFacts): WhyCause[] {
  const { paused, pausedAt, pausedBy, definition } = facts;
  return paused
    ? [
        {
          code: 'pipeline_paused',
          message: `Pipeline "${definition.name}" is paused${
            pausedBy ? ` by ${pausedBy}` : ''
          }.`,
          since: pausedAt,
          names: [definition.name],
          action: {
            label: 'Unpause',
            kind: 'unpause',
            target: definition.name,
          },
        },
      ]
    : [];
}
