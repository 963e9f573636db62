import { type TaskState, formatIndices } from '@maestro/plugin-maestro-common';

interface Change {
  task: string;
  from: TaskState;
  to: TaskState;
}

/**
 * The changes of state of one transaction, in their order, as its event tells
 * them. Instances of a mapped task that take the same step one after another
 * are one entry: that of a map of 10,000 must not be 10,000 of them.
 */
export class Transitions {
  private readonly entries: Array<{
    change: Change;
    reason: string | null;
    indices: number[];
  }> = [];

  get isEmpty(): boolean {
    return this.entries.length === 0;
  }

  /** @param of.index - map index, −1 for a task that is not mapped */
  add(change: Change, of: { index: number; reason: string | null }): void {
    const { index, reason } = of;
    const last = this.entries[this.entries.length - 1];
    if (
      index >= 0 &&
      last !== undefined &&
      // What takes the same step twice takes others in between.
      last.indices.length > 0 &&
      last.change.task === change.task &&
      last.change.from === change.from &&
      last.change.to === change.to &&
      last.reason === reason
    ) {
      last.indices.push(index);
      return;
    }
    this.entries.push({ change, reason, indices: index < 0 ? [] : [index] });
  }

  /** `{task, indices?: '0-3,7', from, to, reason?}` each. */
  toJson(): Array<Record<string, unknown>> {
    return this.entries.map(({ change, reason, indices }) => ({
      task: change.task,
      ...(indices.length > 0
        ? { indices: formatIndices(indices.sort((a, b) => a - b)) }
        : {}),
      from: change.from,
      to: change.to,
      ...(reason ? { reason } : {}),
    }));
  }
}
