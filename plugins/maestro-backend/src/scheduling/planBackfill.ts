import type { Knex } from 'knex';
import {
  type BackfillLeftOut,
  type BackfillOnly,
  dueTimes,
  isInLogicalRange,
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
  /**
   * Only due times whose logical date is in this range too, epoch milliseconds,
   * both included; undefined for a backfill that began before this was known.
   */
  logical: { from: number; to: number } | undefined;
  only: BackfillOnly;
}

/** A due time of the range; with `reason`, one that is left out. */
export interface PlannedDue {
  at: number;
  reason?: BackfillLeftOut;
}

/** What comes next of a range. */
export interface PlannedPage {
  /** Ascending. */
  due: PlannedDue[];
  /** Up to when due times were looked at; undefined when there was none. */
  until: number | undefined;
  /** No due time of the range is behind it. */
  isLast: boolean;
}

/**
 * Looks at the due times of a range behind `after`, at most `size`. A page may
 * have fewer, or none, and not be the last one: others may lie between those of a
 * range of logical dates.
 */
export async function planPage(
  db: MaestroDatabase,
  tx: Tx | Knex,
  range: BackfillRange,
  page: { after: number; size: number },
): Promise<PlannedPage> {
  const { pipelineId, schedule, to, logical, only } = range;
  const looked = dueTimes(schedule, page.after, to, page.size);
  const due = logical
    ? looked.filter(at => isInLogicalRange(schedule, at, logical))
    : looked;
  const histories = await dueHistories(db, tx, {
    pipelineId,
    scheduleId: schedule.id,
    due,
  });
  return {
    due: due.map(at => {
      const reason = leftOutBecause(only, histories.get(at) ?? 'none');
      return reason === undefined ? { at } : { at, reason };
    }),
    until: looked[looked.length - 1],
    isLast: looked.length < page.size,
  };
}

/**
 * All due times of a range, as they stand now; others get their turn in
 * between.
 *
 * @param limits - `page`: due times looked at in one go
 * @param nextTurn - lets the others go first
 * @returns undefined when there are more than `most`
 */
export async function planRange(
  db: MaestroDatabase,
  range: BackfillRange,
  limits: { page: number; most: number },
  nextTurn: () => Promise<void>,
): Promise<PlannedDue[] | undefined> {
  const planned: PlannedDue[] = [];
  for (let after = range.from - 1; ; ) {
    const { due, until, isLast } = await planPage(db, db.knex, range, {
      after,
      size: limits.page,
    });
    planned.push(...due);
    if (planned.length > limits.most) return undefined;
    if (isLast || until === undefined) return planned;
    after = until;
    await nextTurn();
  }
}
