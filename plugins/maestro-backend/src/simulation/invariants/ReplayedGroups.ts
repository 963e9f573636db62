import {
  groupMembers,
  retriedGroups,
  innerGroups,
  type GroupRetries,
  type PipelineDefinition,
} from '@maestro/plugin-maestro-common';
import type { EventRow } from '../../database/tables';

/** Retries that the groups of a run have used, while its events are played again. */
export class ReplayedGroups {
  private readonly used = new Map<number, number>();
  isCancelled = false;

  constructor(private readonly definition: PipelineDefinition) {}

  get retries(): GroupRetries {
    return this.isCancelled ? 'given_up' : this.used;
  }

  /**
   * Takes in what else happened in the transaction of a bulk change.
   *
   * @param isOfLast - it began nothing anew but what cleans up: the cancel of the
   * run stays
   * @returns numbers of the groups that were run again in it
   */
  apply(events: readonly EventRow[], isOfLast = false): number[] {
    const again: number[] = [];
    for (const event of events) {
      const body = JSON.parse(event.body);
      switch (event.type) {
        case 'run_cancelled':
          this.isCancelled = true;
          for (const id of body.groups ?? []) {
            const no = this.numberOf(id);
            this.used.set(no, this.definition.groups![no].retries);
          }
          break;
        case 'group_retry': {
          const no = this.numberOf(body.group);
          this.used.set(no, body.retry);
          innerGroups(this.definition, no).forEach(inner =>
            this.used.delete(inner),
          );
          again.push(no);
          break;
        }
        case 'cleared':
          this.isCancelled &&= isOfLast;
          for (const id of body.groups ?? []) {
            this.used.delete(this.numberOf(id));
          }
          break;
        case 'marked':
          this.isCancelled &&= isOfLast;
          if (body.state === 'failed') this.giveUp(body.tasks);
          break;
        default:
      }
    }
    return again;
  }

  private giveUp(names: string[]): void {
    const ids = new Set(names.map(name => name.replace(/\[.*/, '')));
    for (const { no, retries } of retriedGroups(this.definition)) {
      const isIn = [...groupMembers(this.definition, no)].some(task =>
        ids.has(this.definition.tasks[task].id),
      );
      if (isIn) this.used.set(no, retries);
    }
  }

  private numberOf(id: string): number {
    return this.definition.groups!.findIndex(group => group.id === id);
  }
}
