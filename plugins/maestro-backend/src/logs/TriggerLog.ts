import { json, num } from '../database/conversion';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { appendLog } from '../database/operations/logs/appendLog';
import { noteLogGap } from '../database/operations/logs/noteLogGap';
import { attemptLog } from '../database/operations/logs/openLogs';
import { chunksOf, type LogGap } from './AttemptLog';
import { LogMasker } from './maskStream';

/**
 * Writes lines of a trigger behind what the task wrote before it waited.
 *
 * - `written`: also when nobody waits for the trigger any more, as long as the
 *   log is not sealed
 * - `not_yet`: what the task wrote is still on its way
 * - `closed`: its log is sealed, or was removed
 */
export async function writeTriggerLog(
  context: {
    db: MaestroDatabase;
    openMasks(attemptId: string, sealed: string): string[];
  },
  attemptId: string,
  lines: readonly string[],
  secrets: readonly string[],
): Promise<'written' | 'not_yet' | 'closed'> {
  const { db, openMasks } = context;
  return db.transaction(async tx => {
    const row = await attemptLog(db, tx, attemptId);
    if (row?.log_state !== 'open') return 'closed';
    if (row.log_kept === 'copying') return 'not_yet';
    // Who seals it meanwhile has one line less than the row, and reads it again.
    if (row.log_kept === null) return 'closed';
    const masks =
      row.masks === null ? [] : openMasks(row.attempt_id, row.masks);
    const masker = new LogMasker([...masks, ...secrets]);
    const bytes = Buffer.concat([
      masker.push(Buffer.from(lines.map(line => `${line}\n`).join(''))),
      masker.flush(),
    ]);
    const from = { bytes: num(row.log_bytes), raw: num(row.log_raw_offset) };
    await appendLog(db, tx, {
      id: num(row.id),
      from,
      masks: row.masks,
      to: { bytes: from.bytes + bytes.length, raw: from.raw },
      // It is no part of what is cut out of a log that is too long.
      chunks: chunksOf(bytes, from.bytes, from.bytes),
    });
    return 'written';
  });
}

/**
 * Says of the log of a task that lines of its trigger are not in it, beside what
 * else is missing in it. Nothing of a log that is gone.
 */
export async function noteLostLines(
  db: MaestroDatabase,
  attemptId: string,
  reason: string,
): Promise<void> {
  for (;;) {
    const row = await attemptLog(db, db.knex, attemptId);
    if (!row || row.log_state === 'removed') return;
    const before = row.log_gap === null ? undefined : json<LogGap>(row.log_gap);
    if (before?.reason.includes(reason)) return;
    // What is known comes before what is only feared.
    const gap: LogGap =
      before === undefined || before.doubt
        ? { from: num(row.log_bytes), reason }
        : { ...before, reason: `${before.reason}. ${reason}` };
    const to = JSON.stringify(gap);
    if (await noteLogGap(db, db.knex, attemptId, { from: row.log_gap, to })) {
      return;
    }
  }
}
