import type { TaskDefinition } from './definition';
import { finalIn, instancesIn } from './mapping';
import type { WhyCause, WhyFacts } from './whyCause';
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
