import type { TaskDefinition } from '../pipeline/definition';
import { heldByPast } from '../run/dependsOnPast';
import {
  groupMembers,
  groupState,
  retriedGroupsOf,
  retriedGroups,
  type GroupViews,
} from '../run/groups';
import { isFinalTaskState } from '../pipeline/states';
import {
  limited,
  list,
  openFirst,
  type TaskStep,
  type WhyFacts,
} from './whyCause';
import { nobodyCause } from './whyRun';

/** A task of `finally` waits for everything else. @internal */
export function endCause(facts: WhyFacts, task: TaskDefinition): TaskStep {
  const { tasks } = facts.definition;
  const states = facts.states!;
  const open = tasks
    .filter(other => !other.finally && !isFinalTaskState(states[other.no]))
    .map(other => other.no);
  const names = open.map(no => tasks[no].id);
  return {
    causes: [
      {
        code: 'waiting_for_end',
        message: `Task "${
          task.id
        }" of finally waits until everything before it is over: ${list(
          names,
        )}.`,
        names: limited(names),
        action: openFirst(names, 'open_task', 'Open the task'),
      },
    ],
    behind: open.find(no => states[no] !== 'none') ?? open[0],
  };
}

/** Setups further above, whatever the trigger rule says. @internal */
export function setupCause(
  { definition, states }: WhyFacts,
  task: TaskDefinition,
  setups: readonly number[],
): TaskStep {
  const names = setups.map(no => definition.tasks[no].id);
  return {
    causes: [
      {
        code: 'waiting_for_setup',
        message: `Task "${task.id}" works with what ${list(
          names,
        )} sets up, and waits for it.`,
        names: limited(names),
        action: openFirst(names, 'open_task', 'Open the setup'),
      },
    ],
    behind: setups.find(no => states![no] !== 'none') ?? setups[0],
  };
}

/**
 * A group that hides the end of its tasks: one of them goes on, or the whole
 * is run again later.
 *
 * @internal
 */
export function groupCause(
  facts: WhyFacts,
  task: TaskDefinition,
  views: GroupViews,
): TaskStep | undefined {
  const { definition } = facts;
  const states = facts.states!;
  const above = task.finally
    ? retriedGroups(definition).map(({ no }) => no)
    : task.upstream
        .filter(no => isFinalTaskState(states[no]))
        .flatMap(no => retriedGroupsOf(definition, no));
  const group = above.find(
    no => !groupMembers(definition, no).has(task.no) && !views.isOver(no),
  );
  if (group === undefined) return undefined;
  const { id } = definition.groups![group];
  const waiting = retriedGroups(definition).find(
    ({ no }) =>
      groupState(definition, no, at => states[at], facts.groupRetries) ===
        'up_for_retry' && isInside(facts, no, group),
  );
  if (waiting) {
    const at = facts.groupRetryAt?.get(waiting.no);
    return {
      causes: [
        {
          code: 'group_up_for_retry',
          message: `Task "${task.id}" waits for group "${id}": "${
            waiting.id
          }" failed, and all its tasks are run again${
            at === undefined ? ' later' : ` at ${new Date(at).toISOString()}`
          }.`,
          until: at,
          names: [waiting.id],
          action: {
            label: 'Wait',
            kind: 'wait',
            target: waiting.id,
          },
        },
        ...nobodyCause(facts, task.id),
      ],
    };
  }
  const open = [...groupMembers(definition, group)].filter(
    no => !isFinalTaskState(states[no]),
  );
  const names = open.map(no => definition.tasks[no].id);
  return {
    causes: [
      {
        code: 'waiting_for_group',
        message: `Task "${
          task.id
        }" waits until the whole group "${id}" is over, which is retried as one: ${list(
          names,
        )}.`,
        names: limited(names),
        action: openFirst(names, 'open_task', 'Open the task'),
      },
    ],
    behind: open.find(no => states[no] !== 'none') ?? open[0],
  };
}

/** Whether it is the other one, or in it. */
function isInside({ definition }: WhyFacts, inner: number, outer: number) {
  const around = groupMembers(definition, outer);
  return [...groupMembers(definition, inner)].every(no => around.has(no));
}

/** The run before holds it back. @internal */
export function pastCause(
  { definition, past }: WhyFacts,
  task: TaskDefinition,
): TaskStep | undefined {
  if (!past || !heldByPast(definition, past.states).has(task.no)) {
    return undefined;
  }
  const asked = [
    task.id,
    ...(task.waitForDownstream
      ? task.downstream.map(no => definition.tasks[no].id)
      : []),
  ];
  const found = asked.flatMap(id => {
    const open = (past.states.get(id) ?? []).find(
      state => !['success', 'skipped', 'removed'].includes(state),
    );
    return open ? [`"${id}" is ${open}`] : [];
  });
  return {
    causes: [
      {
        code: 'waiting_for_past',
        message: `Task "${task.id}" depends on the run before, ${past.runId} (${
          past.state
        }), in which ${found.join(
          ', ',
        )}; it starts when that succeeded or was skipped.`,
        names: [past.runId],
        action: openFirst([past.runId], 'open_run', 'Open the run before'),
      },
    ],
  };
}
