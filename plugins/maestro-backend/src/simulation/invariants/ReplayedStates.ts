import {
  type ChildCounts,
  type ChildSlots,
  countStates,
  type PipelineDefinition,
  type StateCounts,
  type TaskState,
} from '@maestro/plugin-maestro-common';

/**
 * States of the tasks of a run while its events are played again. What the
 * engine keeps for mapped tasks is counted here each time.
 */
export class ReplayedStates {
  private readonly tasks: TaskState[];
  private readonly instances = new Map<number, TaskState[]>();

  constructor(definition: PipelineDefinition) {
    this.tasks = definition.tasks.map(() => 'none');
  }

  /** By task number, those of mapped tasks as a whole. */
  get all(): readonly TaskState[] {
    return this.tasks;
  }

  of(no: number, index: number): TaskState {
    return index < 0
      ? this.tasks[no]
      : this.instances.get(no)?.[index] ?? 'none';
  }

  set(no: number, index: number, state: TaskState): void {
    if (index < 0) {
      this.tasks[no] = state;
      return;
    }
    const instances = this.instances.get(no) ?? [];
    this.instances.set(no, instances);
    instances[index] = state;
  }

  /** Instances that came into being, which no event tells one by one. */
  addInstances(no: number, count: number): void {
    const instances = this.instances.get(no) ?? [];
    this.instances.set(no, instances);
    while (instances.length < count) instances.push('none');
  }

  /** As the core wants them: by slot. */
  slots(): { states: TaskState[]; slots: ChildSlots } {
    const states = [...this.tasks];
    const slots = new Map<number, number[]>();
    for (const [no, instances] of this.instances) {
      slots.set(
        no,
        instances.map(state => states.push(state ?? 'none') - 1),
      );
    }
    return { states, slots };
  }

  countsOf(no: number): StateCounts {
    return countStates(this.instances.get(no) ?? []);
  }

  counts(): ChildCounts {
    return new Map(
      [...this.instances.keys()].map(no => [no, this.countsOf(no)]),
    );
  }
}
