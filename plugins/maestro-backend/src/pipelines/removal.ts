/** What a full listing means for a pipeline that is known. */
export type RemovalDecision =
  | 'none'
  /** The first listing without it. */
  | 'missing'
  /** Missing for long enough: schedules stop, the history stays. */
  | 'remove'
  /** It is back. */
  | 'restore';

/**
 * A pipeline counts as removed after two successful full listings without it
 * that lie at least `removeAfterMs` apart: an entity disappears from a catalog
 * for many reasons, and a stopped schedule is noticed late.
 *
 * @param facts - epoch milliseconds; `listed`: whether this listing has it
 */
export function decideRemoval(facts: {
  listed: boolean;
  missingSince: number | undefined;
  removedAt: number | undefined;
  now: number;
  removeAfterMs: number;
}): RemovalDecision {
  const { listed, missingSince, removedAt, now, removeAfterMs } = facts;
  if (listed) {
    return removedAt !== undefined || missingSince !== undefined
      ? 'restore'
      : 'none';
  }
  if (removedAt !== undefined) return 'none';
  if (missingSince === undefined) return 'missing';
  return now - missingSince >= removeAfterMs ? 'remove' : 'none';
}
