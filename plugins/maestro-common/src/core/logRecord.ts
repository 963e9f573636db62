/**
 * Lines of a structured log, as Airflow's task SDK writes them (structlog): one
 * JSON object a line with `timestamp`, `level` and `event`, in which an
 * exception stands with its frames.
 *
 * @packageDocumentation
 */

/** How bad a record is. @public */
export type LogLevel = 'debug' | 'info' | 'warning' | 'error' | 'critical';

/** An exception of a record. @public */
export interface LogError {
  /** Class of the exception, `ValueError`. */
  type: string;
  value: string;
  /** How it belongs to the one before it; absent for the first. */
  link?: 'caused by' | 'while handling';
  /** Outermost first, as Python prints them. */
  frames: LogFrame[];
}

/** A place in a traceback. @public */
export interface LogFrame {
  file: string;
  line?: number;
  name?: string;
}

/** A line of a structured log. @public */
export interface LogRecord {
  /** ISO 8601, as it was written; absent when it says no time. */
  timestamp?: string;
  level: LogLevel;
  logger?: string;
  message: string;
  /** The task printed it: which stream. */
  printed?: 'stdout' | 'stderr';
  errors: LogError[];
  /** All else that was written with it. */
  extra: Record<string, unknown>;
}

const LEVELS: Record<string, LogLevel> = {
  debug: 'debug',
  info: 'info',
  notset: 'info',
  warn: 'warning',
  warning: 'warning',
  error: 'error',
  exception: 'error',
  critical: 'critical',
  fatal: 'critical',
};

/**
 * Whether a line may be a record: cheap, so that all lines of a large log can
 * be asked. Only {@link parseLogRecord} knows.
 *
 * @public
 */
export function looksLikeLogRecord(line: string): boolean {
  return (
    line.startsWith('{"') &&
    line.includes('"event":') &&
    ['"timestamp":', '"level":', '"logger":'].some(name => line.includes(name))
  );
}

/**
 * The record of a line; undefined for what is none, whoever wrote it.
 *
 * @public
 */
export function parseLogRecord(line: string): LogRecord | undefined {
  if (!looksLikeLogRecord(line)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // No JSON: a line like any other.
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const {
    event,
    timestamp,
    level,
    logger,
    error_detail: errors,
    ...rest
  } = value;
  if (typeof event !== 'string') return undefined;
  const extra = Object.fromEntries(
    Object.entries(rest).filter(([, field]) => field !== null),
  );
  if (errors !== undefined && !Array.isArray(errors)) {
    extra.error_detail = errors;
  }
  const name = text(logger);
  const printed = /^task\.(stdout|stderr)$/.exec(name ?? '')?.[1];
  return {
    timestamp: text(timestamp),
    level: LEVELS[String(level).toLowerCase()] ?? 'info',
    logger: name,
    message: event,
    printed: printed as LogRecord['printed'],
    errors: Array.isArray(errors) ? errors.flatMap(toError) : [],
    extra,
  };
}

/**
 * What a record says, in lines for people: the message with level and logger,
 * what else it has, exceptions with their frames below.
 *
 * @param options.time - text of its time; default none
 * @public
 */
export function logRecordText(
  record: LogRecord,
  options: { time?: string; extra?: boolean } = {},
): string {
  const { level, message, printed, errors } = record;
  const extra = options.extra ? Object.entries(record.extra) : [];
  const head = [
    options.time ?? '',
    printed || level === 'info' ? '' : level.toUpperCase(),
    message,
    ...extra.map(([name, value]) => `${name}=${JSON.stringify(value)}`),
  ].filter(Boolean);
  return [head.join(' '), ...errors.flatMap(errorLines)].join('\n  ');
}

function errorLines({ type, value, link, frames }: LogError): string[] {
  return [
    ...(link ? [`${link}:`] : []),
    ...frames.map(frameText),
    `${type}: ${value}`,
  ];
}

/** `dag.py:3 in fit`. @public */
export function frameText({ file, line, name }: LogFrame): string {
  return `${file}${line === undefined ? '' : `:${line}`}${
    name === undefined ? '' : ` in ${name}`
  }`;
}

/**
 * The mark of a group of lines, as Airflow and GitHub write them
 * (`::group::TITLE`, `::endgroup::`).
 *
 * @returns the title of a group that begins, null at its end, undefined for
 * other messages
 * @public
 */
export function groupMark(message: string): string | null | undefined {
  if (message.startsWith('::group::')) return message.slice(9).trim();
  return message.startsWith('::endgroup::') ? null : undefined;
}

function toError(said: unknown, at: number): LogError[] {
  if (!isObject(said)) return [];
  const frames = Array.isArray(said.frames) ? said.frames : [];
  return [
    {
      type: text(said.exc_type) ?? 'Error',
      value: text(said.exc_value) ?? '',
      ...(at === 0
        ? {}
        : { link: said.is_cause ? 'caused by' : 'while handling' }),
      frames: frames.flatMap((frame: unknown): LogFrame[] =>
        isObject(frame) && typeof frame.filename === 'string'
          ? [
              {
                file: frame.filename,
                line:
                  typeof frame.lineno === 'number' ? frame.lineno : undefined,
                name: text(frame.name),
              },
            ]
          : [],
      ),
    },
  ];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
