import {
  groupMark,
  logRecordText,
  parseLogRecord,
} from '@maestro/plugin-maestro-common';

/**
 * A line of a task's log as people read it: `level message` and further fields,
 * with the traceback below it; titles instead of the marks of groups. What is no
 * line of Airflow's stays as it is.
 */
export function airflowLogLine(line: Buffer): Buffer {
  return readableLine(line, { withTime: false });
}

/** The same with its time (UTC, as it was written). */
export function logLine(line: Buffer): Buffer {
  return readableLine(line, { withTime: true });
}

function readableLine(
  line: Buffer,
  { withTime }: { withTime: boolean },
): Buffer {
  if (line[0] !== 0x7b) return line;
  const record = parseLogRecord(line.toString('utf8'));
  if (!record) return line;
  const mark = groupMark(record.message);
  if (mark === null) return Buffer.alloc(0);
  const shown = logRecordText(
    mark === undefined ? record : { ...record, message: `── ${mark}` },
    { time: withTime ? timeOf(record.timestamp) : undefined, extra: true },
  );
  return Buffer.from(`${shown}\n`);
}

/** `2026-11-27 13:40:01`. */
function timeOf(timestamp: string | undefined): string | undefined {
  return timestamp && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(timestamp)
    ? timestamp.slice(0, 19).replace('T', ' ')
    : timestamp;
}
