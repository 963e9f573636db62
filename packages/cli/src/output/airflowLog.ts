/** What stands in a line of Airflow's JSON log beside the message. */
interface LogRecord {
  timestamp?: string;
  level?: string;
  event?: string;
  logger?: string;
  error_detail?: Array<{
    exc_type?: string;
    exc_value?: string;
    frames?: Array<{ filename?: string; lineno?: number; name?: string }>;
  }>;
}

/**
 * A line of a task's log as people read it: `level message`, with the traceback
 * below it. What is no line of Airflow's stays as it is.
 */
export function airflowLogLine(line: Buffer): Buffer {
  if (line[0] !== 0x7b) return line;
  let record: LogRecord;
  try {
    record = JSON.parse(line.toString('utf8'));
  } catch {
    return line;
  }
  if (typeof record.event !== 'string') return line;
  const isPrinted = /^task\.std(out|err)$/.test(record.logger ?? '');
  const level = (record.level ?? 'info').toUpperCase();
  const head =
    isPrinted || level === 'INFO' ? record.event : `${level} ${record.event}`;
  return Buffer.from([head, ...tracebackOf(record)].join('\n  ').concat('\n'));
}

function tracebackOf({ error_detail: errors }: LogRecord): string[] {
  if (!Array.isArray(errors)) return [];
  return errors.flatMap(({ exc_type: type, exc_value: value, frames }) => [
    ...(frames ?? []).map(
      ({ filename, lineno, name }) => `${filename}:${lineno} in ${name}`,
    ),
    `${type ?? 'Error'}: ${value ?? ''}`,
  ]);
}
