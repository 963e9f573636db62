import type { TaskDefinition } from '../pipeline/definition';
import { durationWords } from '../time/durationWords';
import { isMainOver } from '../run/finally';
import { expressionReferences } from '../expressions/expressions';
import { GroupViews } from '../run/groups';
import { readiness } from '../run/readiness';
import { isFinalTaskState, type TaskState } from '../pipeline/states';
import { besideName, groupListCause, mappedCause } from './whyMapped';
import {
  count,
  isFull,
  limited,
  list,
  lookAtSchedulers,
  openFirst,
  openHolder,
  type RefusedLaunchFacts,
  type SlotUsage,
  type TaskStep,
  type WhyAction,
  type WhyCause,
  type WhyCode,
  type WhyFacts,
} from './whyCause';
import { describeWait, plannedWait } from '../run/waits';
import { endCause, groupCause, pastCause, setupCause } from './whyGraph';
import {
  cancellingCause,
  finishedRunCause,
  isStopped,
  nobodyCause,
  noSchedulerCause,
  queuedRunChain,
} from './whyRun';

/** A claim takes milliseconds; after this a ready task without a limit in its way shows a scheduler that does not keep up. */
const CLAIM_PATIENCE_MS = 5_000;

/** From a task to the first cause behind it. @internal */
export function taskChain(facts: WhyFacts, no: number): WhyCause[] {
  const chain: WhyCause[] = [];
  const seen = new Set<number>();
  let next: number | undefined = no;
  // From a task to the upstream it waits for, until one says something else.
  while (next !== undefined && !seen.has(next)) {
    seen.add(next);
    const step = taskCause(facts, facts.definition.tasks[next]);
    chain.push(...step.causes);
    next = step.behind;
  }
  return chain;
}

function taskCause(facts: WhyFacts, task: TaskDefinition): TaskStep {
  const state = facts.states![task.no];
  const since = facts.stateSince?.[task.no];
  const about = { since, names: [task.id] };
  const name = nameOf(facts, task);
  if (isFinalTaskState(state)) {
    return finalCause(facts, task, state, since);
  }
  const run = facts.run!;
  if (run.state === 'queued') {
    return { causes: queuedRunChain(facts) };
  }
  if (run.state !== 'running') {
    return { causes: [finishedRunCause(run)] };
  }
  if (run.cancelling && isStopped(facts, task)) {
    return { causes: [cancellingCause(facts, run.cancelling)] };
  }
  const mapped = mappedCause(facts, task, () =>
    readyCauses(facts, task, since),
  );
  if (mapped) {
    return { causes: mapped };
  }
  switch (state) {
    case 'running':
      return {
        causes: [
          {
            code: 'running',
            message: `Task "${name}" is running.`,
            ...about,
            action: {
              label: 'Open its log',
              kind: 'open_log',
              target: task.id,
            },
          },
        ],
      };
    case 'queued': {
      const refused = facts.refused?.[task.no];
      if (refused) {
        return {
          causes: [
            refusedCause(task, name, refused),
            ...nobodyCause(facts, task.id),
            ...limitCause(facts, task),
          ],
        };
      }
      const startsWhen = facts.startsWhen?.[task.no];
      return {
        causes: [
          {
            code: 'launching',
            message: `Task "${name}" was given to ${
              facts.executor
                ? `executor "${facts.executor.name}"`
                : 'its executor'
            } and is being started${
              startsWhen === undefined ? '.' : `. It waits: ${startsWhen}`
            }`,
            ...about,
          },
          ...awayCause(facts),
          ...limitCause(facts, task),
        ],
      };
    }
    case 'up_for_retry': {
      const retryAt = facts.retryAt?.[task.no];
      return {
        causes: [
          {
            code: 'waiting_for_retry',
            message: `${failedTryWords(facts, task, name)}, the next starts${
              retryAt === undefined
                ? ' later'
                : ` at ${new Date(retryAt).toISOString()}`
            }.`,
            since,
            until: retryAt,
            names: [task.id],
            action: {
              label: 'Open its log',
              kind: 'open_log',
              target: task.id,
            },
          },
          ...nobodyCause(facts, task.id),
        ],
      };
    }
    case 'up_for_reschedule': {
      const at = facts.retryAt?.[task.no];
      if (at === undefined) {
        return {
          causes: [
            waitCause(facts, task, since),
            ...nobodyCause(facts, task.id),
          ],
        };
      }
      return {
        causes: [
          {
            code: 'waiting_for_event',
            message: `Task "${name}" has looked for what it waits for and did not find it; it looks again at ${new Date(
              at,
            ).toISOString()}.`,
            since,
            until: at,
            names: [task.id],
            action: {
              label: 'Open its log',
              kind: 'open_log',
              target: task.id,
            },
          },
          ...nobodyCause(facts, task.id),
        ],
      };
    }
    case 'deferred':
      return {
        causes: [waitCause(facts, task, since), ...nobodyCause(facts, task.id)],
      };
    case 'scheduled':
      return {
        causes: [
          ...readyCauses(facts, task, since),
          ...limitCause(facts, task),
        ],
      };
    default:
      return upstreamCause(facts, task);
  }
}

/** What it was refused for passes, or somebody makes room. */
function refusedCause(
  task: TaskDefinition,
  name: string,
  { executor, message, since, againAt }: RefusedLaunchFacts,
): WhyCause {
  return {
    code: 'launch_refused',
    message: `Executor "${executor}" does not take task "${name}" now: ${message}. It is asked again at ${new Date(
      againAt,
    ).toISOString()}.`,
    since,
    until: againAt,
    names: [task.id],
    action: {
      label: 'Wait, or make room for it there',
      kind: 'wait',
      target: task.id,
    },
  };
}

/** `score[3]` when the question is about that instance. */
function nameOf({ mapIndex, taskNo }: WhyFacts, task: TaskDefinition): string {
  return mapIndex === undefined || taskNo !== task.no
    ? task.id
    : `${task.id}[${mapIndex}]`;
}

function waitCause(
  facts: WhyFacts,
  task: TaskDefinition,
  since: number | undefined,
): WhyCause {
  const wait = facts.waits?.[task.no];
  const actions: Record<string, WhyCause['action']> = {
    approval: { label: 'Decide', kind: 'approve', target: task.id },
    pipeline: openFirst(
      wait?.runId === undefined ? [] : [wait.runId],
      'open_run',
      'Open that run',
    ),
    asset: openFirst(
      wait?.asset === undefined ? [] : [wait.asset],
      'open_asset',
      'Open the asset',
    ),
  };
  return {
    code: 'waiting_for_event',
    message: `Task "${task.id}" waits for ${
      wait ? describeWait(wait) : plannedWait(task)
    }.`,
    since: wait?.since ?? since,
    names: [task.id, wait?.runId, wait?.asset].filter(
      name => name !== undefined,
    ),
    action: (wait && actions[wait.kind]) ?? markAction(facts, task),
  };
}

/** Nobody has to wait for what is outside. */
function markAction({ run }: WhyFacts, task: TaskDefinition): WhyAction {
  return {
    label: 'Open it, to mark it by hand',
    kind: 'open_task',
    target: task.id,
    command: `maestro runs mark ${run!.id} --task ${task.id} --state success`,
  };
}

function finalCause(
  facts: WhyFacts,
  task: TaskDefinition,
  state: TaskState,
  since: number | undefined,
): TaskStep {
  const { tasks } = facts.definition;
  if (state === 'upstream_failed' || state === 'skipped') {
    const failedAbove = state === 'upstream_failed';
    const wanted: TaskState[] = failedAbove
      ? ['failed', 'upstream_failed']
      : ['skipped'];
    const behind = task.upstream.filter(no =>
      wanted.includes(facts.states![no]),
    );
    // The failed one itself says more than one that suffers from it as well.
    const first =
      behind.find(no => facts.states![no] === 'failed') ?? behind[0];
    const names = behind.map(no => tasks[no].id);
    const isBranch = task.upstream.find(no => tasks[no].branch);
    if (failedAbove || behind.length > 0) {
      return {
        causes: [
          {
            code: failedAbove ? 'upstream_failed' : 'upstream_skipped',
            message: `Task "${task.id}" will not run, because ${list(names)} ${
              failedAbove ? 'failed' : 'was skipped'
            }.`,
            since,
            names: limited(names),
            action: openFirst(names, 'open_task', 'Open the task'),
          },
        ],
        behind: first,
      };
    }
    if (isBranch !== undefined) {
      const branch = tasks[isBranch].id;
      return {
        causes: [
          {
            code: 'upstream_skipped',
            message: `Task "${task.id}" was skipped: branch "${branch}" did not follow it.`,
            since,
            names: [branch],
            action: openFirst([branch], 'open_task', 'Open the branch'),
          },
        ],
      };
    }
  }
  return {
    causes: [
      {
        code: 'finished',
        message: `Task "${nameOf(facts, task)}" is over: ${state}.`,
        since,
        names: [task.id],
        action:
          state === 'failed'
            ? { label: 'Clear it', kind: 'clear', target: task.id }
            : undefined,
      },
    ],
  };
}

function upstreamCause(facts: WhyFacts, task: TaskDefinition): TaskStep {
  const { tasks } = facts.definition;
  const states = facts.states!;
  const stateOf = (no: number) => states[no];
  if (task.finally && !isMainOver(facts.definition, stateOf)) {
    return endCause(facts, task);
  }
  const views = new GroupViews(facts.definition, stateOf, facts.groupRetries);
  const noList = groupListCause(facts, task);
  if (noList) return noList;
  if (task.finally && views.someWaits()) return groupCause(facts, task, views)!;
  const seen = views.seenBy(task.no, facts.children);
  const { verdict, setups } = readiness(facts.definition, task, seen);
  if (verdict === 'wait' && setups) return setupCause(facts, task, setups);
  if (verdict === 'run') {
    const past = pastCause(facts, task);
    if (past) return past;
  }
  const group = verdict === 'wait' && groupCause(facts, task, views);
  if (group) return group;
  const open = task.upstream.filter(no => !isFinalTaskState(states[no]));
  if (verdict !== 'wait') {
    // The plan of the next transaction sets it.
    return { causes: [behindCause(facts, task, facts.stateSince?.[task.no])] };
  }
  const source = mapSourceCause(facts, task, open);
  if (source) return source;
  const names = open.map(no => tasks[no].id);
  const shown = open.map(no => besideName(facts, no));
  // Whoever is on its way first; among those waiting, the first.
  const active = open.find(no => states[no] !== 'none') ?? open[0];
  const isPlain = task.triggerRule === 'all_success';
  return {
    causes: [
      {
        code: isPlain ? 'upstream_running' : 'rule_not_met',
        message: isPlain
          ? `Task "${nameOf(facts, task)}" waits for ${list(shown)}.`
          : `The trigger rule ${task.triggerRule} of task "${nameOf(
              facts,
              task,
            )}" does not hold yet, it waits for ${list(shown)}.`,
        names: limited(names),
        action: openFirst(names, 'open_task', 'Open the task'),
      },
    ],
    behind: active,
  };
}

/** What a mapped task runs over is the output of a task that is not over. */
function mapSourceCause(
  { definition: { tasks } }: WhyFacts,
  task: TaskDefinition,
  open: readonly number[],
): TaskStep | undefined {
  if (task.map?.over === undefined) return undefined;
  const wanted = expressionReferences(task.map.over).tasks;
  const source = open.find(no => wanted.some(({ id }) => id === tasks[no].id));
  if (source === undefined) return undefined;
  const { id } = tasks[source];
  return {
    causes: [
      {
        code: 'map_source',
        message: `Task "${task.id}" runs once for each item that "${id}" gives, and waits for it.`,
        names: [id],
        action: openFirst([id], 'open_task', 'Open the task'),
      },
    ],
    behind: source,
  };
}

function readyCauses(
  facts: WhyFacts,
  task: TaskDefinition,
  since: number | undefined,
): WhyCause[] {
  const causes: WhyCause[] = [...awayCause(facts)];
  const { pool, activeTasks, activeOfTask, owner, executor, mapSlots, now } =
    facts;
  if (isFull(mapSlots)) {
    causes.push({
      code: 'map_full',
      message: `map.parallel of task "${task.id}" is ${mapSlots.slots}, and ${mapSlots.used} of its instances run in this run.`,
      since,
      names: [task.id],
      action: {
        label: 'Open its instances',
        kind: 'open_task',
        target: task.id,
      },
    });
  }
  if (isFull(pool)) {
    causes.push(poolCause(pool));
  }
  if (isFull(activeTasks)) {
    causes.push(
      fullCause(
        'max_active_tasks',
        `maxActiveTasks of "${facts.definition.name}"`,
        activeTasks,
      ),
    );
  }
  if (isFull(activeOfTask)) {
    causes.push(
      fullCause(
        'max_active_task',
        `${activeOfTask.name} of task "${task.id}"`,
        activeOfTask,
      ),
    );
  }
  if (isFull(owner)) {
    causes.push(fullCause('owner_limit', `Owner "${owner.name}"`, owner));
  }
  if (executor?.healthy && isFull(executor.slots)) {
    causes.push(
      fullCause(
        'executor_slots_full',
        `Executor "${executor.name}"`,
        executor.slots,
      ),
    );
  }
  if (causes.length > 0) {
    return causes;
  }
  if (facts.noScheduler) return [noSchedulerCause(task.id)];
  return since !== undefined && now - since > CLAIM_PATIENCE_MS
    ? [behindCause(facts, task, since)]
    : [
        {
          code: 'launching',
          message: `Task "${nameOf(
            facts,
            task,
          )}" is ready and starts with the next claim.`,
          since,
          names: [task.id],
        },
      ];
}

function failedTryWords(
  facts: WhyFacts,
  task: TaskDefinition,
  name: string,
): string {
  const failed = facts.failedTry?.[task.no];
  return failed
    ? `Try ${failed.number} of ${task.retries + 1} of task "${name}" failed${
        failed.reason ? ` (${failed.reason})` : ''
      }`
    : `A try of task "${name}" failed`;
}

/** Until when it may wait. */
function limitCause(facts: WhyFacts, task: TaskDefinition): WhyCause[] {
  const until = facts.failsAt?.[task.no];
  return until === undefined || task.queuedTimeoutMs === undefined
    ? []
    : [
        {
          code: 'queued_timeout',
          message: `If task "${task.id}" does not run by ${new Date(
            until,
          ).toISOString()}, it fails: its queuedTimeout is ${durationWords(
            task.queuedTimeoutMs,
          )}.`,
          until,
          names: [task.id],
        },
      ];
}

function behindCause(
  facts: WhyFacts,
  task: TaskDefinition,
  since: number | undefined,
): WhyCause {
  if (facts.noScheduler) return noSchedulerCause(task.id);
  return {
    code: 'scheduler_behind',
    message: `Nothing holds task "${task.id}" back, the scheduler has not come to it.`,
    since,
    names: [task.id],
    action: lookAtSchedulers(task.id),
  };
}

function awayCause({ executor, noScheduler }: WhyFacts): WhyCause[] {
  // Without any scheduler that none has it says too little.
  if (executor?.absent && noScheduler) return [noSchedulerCause(executor.name)];
  if (executor?.absent) {
    return [
      {
        code: 'executor_absent',
        message: `No active scheduler has executor "${executor.name}": start one that does.`,
        names: [executor.name],
        action: lookAtSchedulers(executor.name),
      },
    ];
  }
  return executor && !executor.healthy
    ? [
        {
          code: 'executor_away',
          message: executor.problem
            ? `Executor "${executor.name}" cannot launch: ${executor.problem}. It is tried again by itself.`
            : `Executor "${executor.name}" does not answer.`,
          since: executor.lastSeenAt,
          names: [executor.name],
          action: lookAtSchedulers(executor.name),
        },
      ]
    : [];
}

/** More slots help, whoever has them now. */
function poolCause(pool: NonNullable<WhyFacts['pool']>): WhyCause {
  const { name, used, absent } = pool;
  const action = (label: string, slots: number): WhyCause['action'] => ({
    label,
    kind: 'open_pool',
    target: name,
    command: `maestro pools set ${name} ${slots}`,
  });
  return absent
    ? {
        code: 'pool_absent',
        message: `Pool "${name}" does not exist, so that none of its tasks starts.`,
        names: [name],
        action: action(`Make pool "${name}"`, 1),
      }
    : {
        ...fullCause('pool_full', `Pool "${name}"`, pool),
        action: action(`Give pool "${name}" more slots`, used + 1),
      };
}

function fullCause(code: WhyCode, what: string, usage: SlotUsage): WhyCause {
  return {
    code,
    message: `${what} has ${count(usage.slots, 'slot', 'slots')}, ${
      usage.used
    } in use${usage.holders?.length ? ` by ${list(usage.holders)}` : ''}.`,
    names: [usage.name, ...limited(usage.holders)],
    action: openHolder(usage),
  };
}
