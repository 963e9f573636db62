import {
  findCycle,
  groupMembers,
  type PipelineDefinition,
} from '@maestro/plugin-maestro-common';
import { mostUrgent, worstSla, type TaskSummary } from '../run/taskSummaries';

/** A graph with some groups drawn as one node each. */
export interface FoldedGraph {
  /** Its tasks are the nodes, by the numbers of this graph. */
  definition: PipelineDefinition;
  summaries: TaskSummary[];
  /** By node number: the group that it stands for. */
  groups: ReadonlyMap<number, string>;
}

/**
 * The graph as it is drawn: folded groups as one node each, and tasks of
 * `finally` behind all others, where they run. A group is left open where
 * folding it would draw a circle: a way leads out of it and back.
 */
export function foldGroups(
  definition: PipelineDefinition,
  summaries: readonly TaskSummary[],
  folded: ReadonlySet<string>,
): FoldedGraph {
  const edges = definition.tasks.map(task =>
    upstreamsShown(definition, task.no),
  );
  // By task: the task or the group that it is drawn as.
  let keys = definition.tasks.map(task => `task:${task.id}`);
  const outerFirst = (definition.groups ?? [])
    .filter(group => folded.has(group.id))
    .sort(
      (a, b) =>
        groupMembers(definition, b.no).size -
        groupMembers(definition, a.no).size,
    );
  for (const { no, id } of outerFirst) {
    const next = withGroup(keys, groupMembers(definition, no), id);
    if (next && !hasCircle(next, edges)) keys = next;
  }
  const nodes = [...new Set(keys)];
  const numbers = new Map(nodes.map((key, no) => [key, no]));
  const groups = new Map<number, string>();
  const shown = nodes.map((key, no): TaskSummary => {
    const inside = summaries.filter((_, task) => keys[task] === key);
    const [first] = inside;
    const upstream = [
      ...new Set(
        inside.flatMap(({ task }) =>
          edges[task.no].map(up => numbers.get(keys[up])!),
        ),
      ),
    ]
      .filter(up => up !== no)
      .sort((a, b) => a - b);
    if (key.startsWith('task:')) {
      return {
        ...first,
        task: { ...first.task, no, upstream, downstream: [] },
      };
    }
    const id = key.slice('group:'.length);
    const group = definition.groups!.find(candidate => candidate.id === id)!;
    groups.set(no, id);
    const starts = inside.flatMap(summary => summary.startedAt ?? []);
    const ends = inside.flatMap(summary => summary.endedAt ?? []);
    return {
      task: {
        ...first.task,
        no,
        id,
        title: group.title,
        kind: 'run',
        branch: undefined,
        upstream,
        downstream: [],
      },
      state: mostUrgent(inside.map(summary => summary.state)),
      slaState: worstSla(inside.map(summary => summary.slaState)),
      instances: inside.flatMap(summary => summary.instances),
      startedAt: starts.length > 0 ? Math.min(...starts) : undefined,
      endedAt: ends.length === inside.length ? Math.max(...ends) : undefined,
    };
  });
  const tasks = shown.map(summary => {
    const { branch } = summary.task;
    // Branches name tasks; the node that a task is drawn as takes its place.
    const ways = (nos: number[]) => nos.map(up => numbers.get(keys[up])!);
    return {
      ...summary.task,
      branch: branch && {
        ...branch,
        then: ways(branch.then),
        else: ways(branch.else),
      },
    };
  });
  tasks.forEach(({ no, upstream }) =>
    upstream.forEach(up => tasks[up].downstream.push(no)),
  );
  return {
    definition: { ...definition, tasks },
    summaries: shown.map((summary, no) => ({ ...summary, task: tasks[no] })),
    groups,
  };
}

/** What a task comes after: for the first of `finally`, the last of all others. */
function upstreamsShown({ tasks }: PipelineDefinition, no: number): number[] {
  const task = tasks[no];
  if (!task.finally || task.upstream.length > 0) return task.upstream;
  return tasks
    .filter(other => !other.finally && other.downstream.length === 0)
    .map(other => other.no);
}

/** @returns undefined when nothing is left to fold: an outer group is folded */
function withGroup(
  keys: readonly string[],
  members: ReadonlySet<number>,
  id: string,
): string[] | undefined {
  const isInside = [...members].some(task => keys[task].startsWith('group:'));
  if (members.size === 0 || isInside) return undefined;
  return keys.map((key, task) => (members.has(task) ? `group:${id}` : key));
}

function hasCircle(keys: readonly string[], edges: readonly number[][]) {
  const above = new Map<string, Set<string>>();
  edges.forEach((ups, no) => {
    const own = above.get(keys[no]) ?? new Set();
    above.set(keys[no], own);
    ups.forEach(up => keys[up] !== keys[no] && own.add(keys[up]));
  });
  return (
    findCycle([...above].map(([id, ups]) => ({ id, dependsOn: [...ups] }))) !==
    undefined
  );
}
