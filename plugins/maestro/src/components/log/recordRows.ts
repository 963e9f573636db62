/**
 * A structured log as rows for people: records are parsed when they are looked
 * at, groups of lines (`::group::` … `::endgroup::`) are folded. Pure.
 *
 * @packageDocumentation
 */
import {
  groupMark,
  parseLogRecord,
  type LogRecord,
} from '@maestro/plugin-maestro-common';
import { plainText } from './ansi';
import type { LogRow } from './logWindow';

/** So many rows are looked at to find out whether a log is structured. */
const LOOKED_AT = 200;

const parsed = new WeakMap<LogRow, LogRecord | null>();

/** The record of a row, parsed once. */
export function recordOf(row: LogRow): LogRecord | undefined {
  if (!row.mayBeRecord) return undefined;
  let record = parsed.get(row);
  if (record === undefined) {
    record = parseLogRecord(row.text) ?? null;
    parsed.set(row, record);
  }
  return record ?? undefined;
}

/** Whether a log has records, as far as its first rows tell. */
export function isStructured(rows: readonly LogRow[]): boolean {
  return rows.slice(0, LOOKED_AT).some(row => recordOf(row) !== undefined);
}

/** Rows between the marks of a group. */
export interface LogGroup {
  /** Key of the row that begins it. */
  key: string;
  title: string;
  /** Index of the row with its mark, and of the first row behind it. */
  start: number;
  end: number;
  /** Rows in it that are shown when it is open. */
  lines: number;
  /** Whether it has an end: one without may still grow. */
  isClosed: boolean;
  hasError: boolean;
}

/**
 * The groups of a log. They do not nest: one that begins ends the one before,
 * as in Airflow. Only rows that look like a mark or an error are parsed.
 */
export function logGroups(
  rows: readonly LogRow[],
  isLogComplete: boolean,
): LogGroup[] {
  const groups: LogGroup[] = [];
  let open: LogGroup | undefined;
  const close = (index: number, marks: 0 | 1, isClosed: boolean) => {
    if (open) {
      const lines = index - open.start - 1;
      groups.push({ ...open, end: index + marks, lines, isClosed });
    }
    open = undefined;
  };
  for (const [index, row] of rows.entries()) {
    const mark = markOf(row);
    if (mark === null) {
      close(index, 1, true);
    } else if (mark !== undefined) {
      close(index, 0, true);
      open = {
        key: row.key,
        title: mark,
        start: index,
        end: index + 1,
        lines: 0,
        isClosed: false,
        hasError: false,
      };
    } else if (open && !open.hasError) {
      open.hasError = isError(row);
    }
  }
  close(rows.length, 0, isLogComplete);
  return groups;
}

/** A row of the list. */
export interface ShownRow {
  row: LogRow;
  /** Of the row in the window. */
  index: number;
  /** The group that this row begins. */
  group?: LogGroup;
  isOpen?: boolean;
  /** Whether it stands in a group. */
  isInside?: boolean;
}

/** What a log shows, with the groups open that are. */
export function shownRows(
  rows: readonly LogRow[],
  groups: readonly LogGroup[],
  isOpen: (group: LogGroup) => boolean,
): ShownRow[] {
  const shown: ShownRow[] = [];
  const push = (from: number, to: number, isInside?: true) => {
    for (let index = from; index < to; index++) {
      const row = rows[index];
      // The end of a group says nothing to people.
      if (markOf(row) !== null) shown.push({ row, index, isInside });
    }
  };
  let next = 0;
  for (const group of groups) {
    push(next, group.start);
    const open = isOpen(group);
    const { start: index } = group;
    shown.push({ row: rows[index], index, group, isOpen: open });
    if (open) push(index + 1, group.end, true);
    next = group.end;
  }
  push(next, rows.length);
  return shown;
}

/** Where a row is seen: its own place, or that of the group it is folded in. */
export function shownIndexOf(
  shown: readonly ShownRow[],
  index: number,
): number {
  let low = 0;
  let high = shown.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (shown[middle].index <= index) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * Whether a search finds a text in a row as it is shown: not in the JSON that
 * it was written as.
 *
 * @param wanted - in lower case
 */
export function rowHas(row: LogRow, wanted: string, isRaw: boolean): boolean {
  const raw = plainText(row.text).toLocaleLowerCase();
  if (isRaw || !row.mayBeRecord) return raw.includes(wanted);
  // Parsed only where the JSON has it, too.
  const escaped = JSON.stringify(wanted).slice(1, -1);
  if (!raw.includes(wanted) && !raw.includes(escaped)) return false;
  const record = recordOf(row);
  return record === undefined
    ? raw.includes(wanted)
    : plainText(shownText(record)).toLocaleLowerCase().includes(wanted);
}

/** All that a record shows, opened. */
function shownText(record: LogRecord): string {
  const { level, logger, message, errors, extra } = record;
  return [
    level,
    logger,
    message,
    ...Object.entries(extra).map(
      ([name, value]) => `${name} ${fieldText(value)}`,
    ),
    ...errors.flatMap(({ type, value, notes, frames }) => [
      `${type}: ${value}`,
      ...notes,
      ...frames.map(({ file, line, name }) => `${file}:${line} in ${name}`),
    ]),
  ].join('\n');
}

/** A further field as text. */
export function fieldText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function markOf(row: LogRow): string | null | undefined {
  // Few lines have one; the others are not parsed for it.
  if (!row.text.includes('group::')) return undefined;
  return groupMark(recordOf(row)?.message ?? row.text);
}

function isError({ text, mayBeRecord }: LogRow): boolean {
  return mayBeRecord
    ? /"level":\s?"(error|critical|exception)"/.test(text) &&
        // What libraries print there is no failure of the task.
        !text.includes('"logger":"task.stderr"')
    : text.startsWith('Traceback (most recent call last)');
}
