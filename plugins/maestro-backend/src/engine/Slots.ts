import {
  type ChildCounts,
  type ChildSlots,
  type StateCounts,
  type TaskState,
  countStates,
  emptyStateCounts,
} from '@maestro/plugin-maestro-common';
import type { TaskInstanceRow } from '../database/tables';

/**
 * The task instances of a run by slot. Slots 0 to n − 1 are the tasks
 * themselves (map index −1), so that the slot of a task is its number; the
 * instances of mapped tasks stand behind them, in the order in which they came.
 *
 * What is counted over the instances of a mapped task is kept with each change:
 * the end of one of 10,000 looks at none of the others.
 */
export class Slots {
  private constructor(
    private readonly rows: TaskInstanceRow[],
    private readonly stateList: TaskState[],
    private readonly slotsOf: Map<number, number[]>,
    private readonly countsOf: Map<number, StateCounts>,
  ) {}

  /** @param rows - by task number and map index */
  static of(rows: readonly TaskInstanceRow[]): Slots {
    const slots = new Slots([], [], new Map(), new Map());
    for (const row of rows) if (row.map_index < 0) slots.push(row);
    for (const row of rows) if (row.map_index >= 0) slots.add(row);
    return slots;
  }

  /** A copy that may be changed; what is not changed is shared. */
  copy(): Slots {
    return new Slots(
      [...this.rows],
      [...this.stateList],
      new Map([...this.slotsOf].map(([no, slots]) => [no, [...slots]])),
      new Map([...this.countsOf].map(([no, counts]) => [no, { ...counts }])),
    );
  }

  get length(): number {
    return this.rows.length;
  }

  get states(): readonly TaskState[] {
    return this.stateList;
  }

  /** Slots of the instances of mapped tasks, by map index. */
  get children(): ChildSlots {
    return this.slotsOf;
  }

  get counts(): ChildCounts {
    return this.countsOf;
  }

  row(slot: number): TaskInstanceRow {
    return this.rows[slot];
  }

  /** @returns undefined when there is no such instance */
  find(taskNo: number, mapIndex: number): number | undefined {
    return mapIndex < 0 ? taskNo : this.slotsOf.get(taskNo)?.[mapIndex];
  }

  /** Replaces a row. */
  put(slot: number, row: TaskInstanceRow): void {
    const before = this.rows[slot].state;
    this.rows[slot] = row;
    if (before === row.state) return;
    this.stateList[slot] = row.state;
    if (row.map_index < 0) return;
    const counts = this.countsOf.get(row.task_no)!;
    counts[before] -= 1;
    counts[row.state] += 1;
  }

  /** Adds the next instance of a mapped task; returns its slot. */
  add(row: TaskInstanceRow): number {
    const slot = this.push(row);
    const slots = this.slotsOf.get(row.task_no);
    if (slots) slots.push(slot);
    else this.slotsOf.set(row.task_no, [slot]);
    let counts = this.countsOf.get(row.task_no);
    if (!counts) {
      counts = emptyStateCounts();
      this.countsOf.set(row.task_no, counts);
    }
    counts[row.state] += 1;
    return slot;
  }

  /**
   * Counts everything anew, for the slow check.
   *
   * @returns whether what was kept is what was counted
   */
  recount(): boolean {
    let isRight = true;
    for (const [no, counts] of this.countsOf) {
      const counted = countStates(
        this.slotsOf.get(no)!.map(slot => this.stateList[slot]),
      );
      isRight &&= (Object.keys(counted) as TaskState[]).every(
        state => counted[state] === counts[state],
      );
      this.countsOf.set(no, counted);
    }
    return isRight;
  }

  private push(row: TaskInstanceRow): number {
    this.rows.push(row);
    this.stateList.push(row.state);
    return this.rows.length - 1;
  }
}
