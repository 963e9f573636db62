import type { Edge, Node } from '@xyflow/react';
import type { RunDetail } from '@maestro/plugin-maestro-common';
import { isReused, type TaskSummary } from '../run/taskSummaries';
import { NODE, type Direction, type GraphLayout } from './layoutGraph';
import type { TaskNodeData, TaskRole } from './TaskNode';

/**
 * Nodes and edges as React Flow draws them.
 */
export function graphElements(options: {
  definition: RunDetail['definition'];
  /** Nodes that stand for a folded group, by number. */
  groups: ReadonlyMap<number, string>;
  layout: GraphLayout;
  direction: Direction;
  summaries: readonly TaskSummary[];
  selected: string | undefined;
  marked: string | undefined;
  edgeColor: string;
}): { nodes: Node<TaskNodeData>[]; edges: Edge[] } {
  const { definition, groups, layout, summaries, selected, marked } = options;
  const { edgeColor } = options;
  const nodes = summaries.map(
    ({
      task,
      state,
      instances,
      mapped,
      startedAt,
      endedAt,
      slaState,
    }): Node<TaskNodeData> => ({
      id: String(task.no),
      type: 'task',
      position: layout.positions[task.no],
      ...NODE,
      data: {
        id: task.id,
        title: task.title,
        role: roleOf(task, groups.has(task.no)),
        state,
        tryNumber: Math.max(0, ...instances.map(i => i.tryNumber)),
        startedAt,
        endedAt,
        reused: isReused(instances),
        mapped,
        slaMissed: slaState === 'missed',
        reason: instances.find(i => i.state === state)?.reason,
        selected: task.id === selected,
        marked: task.id === marked,
        direction: options.direction,
      },
    }),
  );
  const edges = definition.tasks.flatMap(task =>
    task.upstream.map((up): Edge => {
      const { branch } = definition.tasks[up];
      const way = branch && wayOf(branch, task.no);
      const notTaken = summaries[task.no].state === 'skipped';
      return {
        id: `${up}-${task.no}`,
        source: String(up),
        target: String(task.no),
        label: way,
        style: {
          stroke: edgeColor,
          strokeWidth: 1.5,
          strokeDasharray: notTaken ? '4 4' : undefined,
          opacity: notTaken ? 0.5 : 1,
        },
        focusable: false,
        selectable: false,
      };
    }),
  );
  return { nodes, edges };
}

function roleOf(
  task: RunDetail['definition']['tasks'][number],
  isGroup: boolean,
): TaskRole {
  if (isGroup) return 'group';
  if (task.setup) return 'setup';
  if (task.teardown) return 'teardown';
  if (task.callback) return 'callback';
  if (task.finally) return 'finally';
  return task.kind;
}

function wayOf(
  branch: { then: number[]; else: number[] },
  no: number,
): string | undefined {
  const ways = [
    branch.then.includes(no) ? 'then' : '',
    branch.else.includes(no) ? 'else' : '',
  ].filter(Boolean);
  return ways.length > 0 ? ways.join(' / ') : undefined;
}
