import type { LogCompleteness } from '@maestro/plugin-maestro-common';
import { json } from '../database/conversion';
import type { AttemptRow } from '../database/tables';
import type { LogGap } from './AttemptLog';

/**
 * Whether a stored log is all that the task wrote. Undefined while it grows and
 * nothing is missing so far, and when it was removed.
 */
export function completenessOf(
  row: Pick<AttemptRow, 'log_state' | 'log_gap'>,
): LogCompleteness | undefined {
  if (row.log_state === 'removed') return undefined;
  if (row.log_gap !== null) {
    return json<LogGap>(row.log_gap).doubt ? 'unknown' : 'gap';
  }
  return row.log_state === 'open' ? undefined : 'complete';
}
