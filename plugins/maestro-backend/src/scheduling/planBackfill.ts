import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Knex } from 'knex';
import {
  type BackfillLeftOut,
  type BackfillOnly,
  dueTimes,
  leftOutBecause,
  type ScheduleDefinition,
} from '@maestro/plugin-maestro-common';
import { dueHistories } from '../database/operations/backfills/dueHistories';
import type { MaestroDatabase, Tx } from '../database/MaestroDatabase';

/** A range of due times, and which of them are wanted. */
export interface BackfillRange {
  pipelineId: number;
  schedule: ScheduleDefinition;
  /** Epoch milliseconds, both included. */
  from: number;
  to: number;
  only: BackfillOnly;
}

/** A due time of the range; with `reason`, one that is left out. */
export interface PlannedDue {
  at: number;
  reason?: BackfillLeftOut;
}

/** The due times of a range behind `after`, at most `size`. */
export async function planPage(
  db: MaestroDatabase,
  tx: Tx | Knex,
  range: BackfillRange,
  page: { after: number; size: number },
): Promise<PlannedDue[]> {
  const { pipelineId, schedule, to, only } = range;
  const due = dueTimes(schedule, page.after, to, page.size);
  const histories = await dueHistories(db, tx, {
    pipelineId,
    scheduleId: schedule.id,
    due,
  });
  return due.map(at => {
    const reason = leftOutBecause(only, histories.get(at) ?? 'none');
    return reason === undefined ? { at } : { at, reason };
  });
}

/**
 * All due times of a range, as they stand now; others get their turn in
 * between.
 *
 * @param limits - `page`: due times looked at in one go
 * @returns undefined when there are more than `most`
 */
export async function planRange(
  db: MaestroDatabase,
  range: BackfillRange,
  limits: { page: number; most: number },
): Promise<PlannedDue[] | undefined> {
  const planned: PlannedDue[] = [];
  for (let after = range.from - 1; ; ) {
    const page = await planPage(db, db.knex, range, {
      after,
      size: limits.page,
    });
    planned.push(...page);
    if (planned.length > limits.most) return undefined;
    if (page.length < limits.page) return planned;
    after = page[page.length - 1].at;
    await nextTurn();
  }
}
