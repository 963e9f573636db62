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
  /** What was added to it (`add_note`). */
  notes: string[];
  /** How it belongs to the one before it; absent for the first. */
  link?: 'caused by' | 'while handling' | 'one of the group';
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
  /** Where in the code it was written. */
  place?: LogFrame;
  /** All else that was written with it. */
  extra: Record<string, unknown>;
  /** Which task it is about: the same in every line of an attempt. */
  context: Record<string, unknown>;
}

/** Fields that Airflow adds to every line of a task. */
const CONTEXT = new Set([
  'dag_id',
  'task_id',
  'run_id',
  'map_index',
  'try_number',
  'ti_id',
  'ti',
  'chan',
]);

/** What Airflow puts before the name of a DAG file's module. */
const DAG_MODULE = /^unusual_prefix_[0-9a-f]{40}_/;

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
    filename,
    lineno,
    ...rest
  } = value;
  if (typeof event !== 'string') return undefined;
  const fields = Object.entries(rest).filter(([, field]) => field !== null);
  const isContext = ([field]: [string, unknown]) => CONTEXT.has(field);
  const extra = Object.fromEntries(fields.filter(each => !isContext(each)));
  const context = Object.fromEntries(fields.filter(isContext));
  if (errors !== undefined && !Array.isArray(errors)) {
    extra.error_detail = errors;
  }
  const name = text(logger)?.replace(DAG_MODULE, '');
  const printed = /^task\.(stdout|stderr)$/.exec(name ?? '')?.[1];
  return {
    timestamp: text(timestamp),
    level: LEVELS[String(level).toLowerCase()] ?? 'info',
    logger: name,
    message: event,
    printed: printed as LogRecord['printed'],
    errors: Array.isArray(errors) ? errors.flatMap(toErrors) : [],
    place: toFrame({ filename, lineno }),
    extra,
    context,
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

function errorLines({ type, value, notes, link, frames }: LogError): string[] {
  return [
    ...(link ? [`${link}:`] : []),
    ...frames.map(frameText),
    `${type}: ${value}`,
    ...notes,
  ];
}

/**
 * Where a file lies on the machine, before the part that somebody knows it by:
 * the folder of installed packages, and that of a version's pinned sources.
 */
const FOLDER_OF_FILE =
  /^.*\/(?:(?:site|dist)-packages|sources\/[0-9a-f]{64})\/(?=.)/;

/**
 * `dag.py:3 in fit`, with files of packages and of pinned sources from there:
 * the log as written has the whole path.
 *
 * @public
 */
export function frameText({ file, line, name }: LogFrame): string {
  return `${file.replace(FOLDER_OF_FILE, '')}${
    line === undefined ? '' : `:${line}`
  }${name === undefined ? '' : ` in ${name}`}`;
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

/** How deep groups of exceptions are looked into. */
const MAX_DEPTH = 5;

function toErrors(said: unknown, at: number): LogError[] {
  const isCause = isObject(said) && Boolean(said.is_cause);
  const link = isCause ? 'caused by' : 'while handling';
  return errorsOf(said, at > 0 ? link : undefined, 0);
}

function errorsOf(
  said: unknown,
  link: LogError['link'],
  depth: number,
): LogError[] {
  if (!isObject(said) || depth > MAX_DEPTH) return [];
  return [
    {
      type: text(said.exc_type) ?? 'Error',
      value: text(said.exc_value) ?? '',
      notes: list(said.exc_notes).flatMap(note => text(note) ?? []),
      ...(link ? { link } : {}),
      frames: list(said.frames).flatMap(frame => toFrame(frame) ?? []),
    },
    // Each of a group is a chain of its own.
    ...list(said.exceptions)
      .flatMap(chain => list(chain))
      .flatMap(error => errorsOf(error, 'one of the group', depth + 1)),
  ];
}

function toFrame(said: unknown): LogFrame | undefined {
  if (!isObject(said) || typeof said.filename !== 'string') return undefined;
  const { filename: file, lineno, name } = said;
  return {
    file,
    ...(typeof lineno === 'number' ? { line: lineno } : {}),
    ...(typeof name === 'string' ? { name } : {}),
  };
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
