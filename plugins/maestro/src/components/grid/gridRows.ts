import type { Grid, GridCell, TaskState } from '@maestro/plugin-maestro-common';
import { mostUrgent } from '../run/taskSummaries';

/** A row of the grid: a task, or the head of a group. */
export type GridRow =
  | { kind: 'task'; id: string; depth: number }
  | {
      kind: 'group';
      id: string;
      title?: string;
      depth: number;
      isFolded: boolean;
      taskIds: readonly string[];
    };

/**
 * The rows: tasks in the order of the grid, those of a group together under its
 * head, at the place of its first one. A folded group is its head alone.
 */
export function gridRows(
  grid: Pick<Grid, 'tasks' | 'groups'>,
  folded: ReadonlySet<string>,
): GridRow[] {
  const groups = grid.groups ?? [];
  // Outer ones stand first, so the last one that has a task is the innermost.
  const around = (taskId: string) =>
    groups.filter(group => group.taskIds.includes(taskId));
  const rows: GridRow[] = [];
  const shown = new Set<string>();
  const add = (taskIds: readonly string[], depth: number) => {
    for (const taskId of taskIds) {
      const chain = around(taskId);
      const next = chain[depth];
      if (!next) {
        rows.push({ kind: 'task', id: taskId, depth });
      } else if (!shown.has(next.id)) {
        shown.add(next.id);
        const isFolded = folded.has(next.id);
        const members = taskIds.filter(id => next.taskIds.includes(id));
        rows.push({
          kind: 'group',
          id: next.id,
          title: next.title,
          depth,
          isFolded,
          taskIds: members,
        });
        if (!isFolded) add(members, depth + 1);
      }
    }
  };
  add(grid.tasks, 0);
  return rows;
}

/** The cell of a group: what needs attention most; absent without tasks. */
export function groupCell(
  cells: Record<string, GridCell>,
  taskIds: readonly string[],
): GridCell | undefined {
  const found = taskIds.flatMap(id => cells[id] ?? []);
  if (found.length === 0) return undefined;
  const states = found.map(cell => cell.state as TaskState);
  return { state: mostUrgent(states), instances: found.length };
}
