import type { TaskDefinition } from '../pipeline/definition';
import { finalIn, instanceName, instancesIn } from '../run/mapping';
import { hasInstances, mappedGroupOf, mappedGroups } from '../run/mappedGroups';
import { isFinalTaskState } from '../pipeline/states';
import {
  openFirst,
  type TaskStep,
  type WhyCause,
  type WhyFacts,
} from './whyCause';
import { nobodyCause } from './whyRun';

/**
 * What a mapped task as a whole waits for: its row runs as long as one of its
 * instances is under way, so their counts say more than its state.
 *
 * @param ready - what holds back instances that are ready
 * @returns undefined for a task without instances, and for a single instance
 * @internal
 */
export function mappedCause(
  facts: WhyFacts,
  task: TaskDefinition,
  ready: () => WhyCause[],
): WhyCause[] | undefined {
  const counts = facts.children?.get(task.no);
  const isOne = facts.mapIndex !== undefined && facts.taskNo === task.no;
  if (!counts || isOne || facts.states![task.no] !== 'running') {
    return undefined;
  }
  const total = instancesIn(counts);
  const live = counts.queued + counts.running;
  const parts = [
    `${finalIn(counts)} of ${total} instances are over`,
    ...(live > 0 ? [`${live} run`] : []),
    ...(counts.scheduled > 0 ? [`${counts.scheduled} are ready`] : []),
    ...(counts.up_for_retry > 0
      ? [`${counts.up_for_retry} wait for their retry`]
      : []),
  ];
  const progress: WhyCause = {
    code:
      live > 0 || counts.up_for_retry === 0 ? 'running' : 'waiting_for_retry',
    message: `Task "${task.id}" is mapped: ${parts.join(', ')}.`,
    since: facts.stateSince?.[task.no],
    names: [task.id],
    action: { label: 'Open its instances', kind: 'open_task', target: task.id },
  };
  if (counts.scheduled === 0) {
    return progress.code === 'running'
      ? [progress]
      : [progress, ...nobodyCause(facts, task.id)];
  }
  // That they start with the next claim says less than how many run.
  const held = ready().filter(({ code }) => live === 0 || code !== 'launching');
  return [progress, ...held];
}

/**
 * A task of a mapped group that has no instances yet waits for their list.
 *
 * @internal
 */
export function groupListCause(
  { definition, states, children, mapIndex }: WhyFacts,
  task: TaskDefinition,
): TaskStep | undefined {
  const no = mappedGroupOf(definition, task.no);
  if (no === undefined || mapIndex !== undefined) return undefined;
  if (hasInstances(children, task.no)) return undefined;
  const group = definition.groups![no];
  const of = `Task "${task.id}" runs once for each item of group "${group.id}"`;
  const { tasks } = definition;
  const source = group.map!.from.find(up => !isFinalTaskState(states![up]));
  // What still runs of an earlier list.
  const leaving = mappedGroups(definition)
    .get(no)!
    .find(other => hasInstances(children, other));
  const behind = source ?? leaving;
  if (behind === undefined) return undefined;
  const { id } = tasks[behind];
  return {
    causes: [
      {
        code: 'map_source',
        message:
          source === undefined
            ? `${of}, and its list is made anew when nothing of "${id}" runs any more.`
            : `${of}, whose list "${id}" makes, and waits for it.`,
        names: [id],
        action: openFirst([id], 'open_task', 'Open the task'),
      },
    ],
    ...(source === undefined ? {} : { behind }),
  };
}

/**
 * Of an instance in a mapped group, what it waits for there is one too.
 *
 * @internal
 */
export function besideName(
  { definition, mapIndex, taskNo }: WhyFacts,
  no: number,
): string {
  const { id } = definition.tasks[no];
  if (mapIndex === undefined || taskNo === undefined) return id;
  const group = mappedGroupOf(definition, taskNo);
  return group !== undefined && mappedGroupOf(definition, no) === group
    ? instanceName(id, mapIndex)
    : id;
}
