/** What is known of a pipeline that a full listing did not have. */
export interface Absence {
  /** First full listing without it; undefined when it was there until now. */
  missingSince?: number;
  removedAt?: number;
}

/**
 * What a full, successful listing without the pipeline leads to. One such
 * listing proves nothing (a location may just be read anew), so it is removed
 * by a second one, at least `removeAfterMs` later.
 *
 * @param now - epoch milliseconds
 */
export function decideAbsence(
  absence: Absence,
  now: number,
  removeAfterMs: number,
): 'note' | 'remove' | 'nothing' {
  if (absence.removedAt !== undefined) return 'nothing';
  if (absence.missingSince === undefined) return 'note';
  return now - absence.missingSince >= removeAfterMs ? 'remove' : 'nothing';
}
