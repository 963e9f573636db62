/**
 * A window onto a log of any size. The log is read in pages by byte offset; a
 * few that follow each other without a gap are kept, pages at the far end are
 * let go. Pure: the hook that reads and the list that draws are elsewhere.
 *
 * A page is cut into rows once, when it arrives. A line that goes over the end
 * of a page is joined when rows are read; a line of megabytes is shown in
 * several rows.
 *
 * @packageDocumentation
 */
import {
  looksLikeLogRecord,
  type LogCompleteness,
  type LogPage,
} from '@maestro/plugin-maestro-common';
import { afterReturns, hasEscape, styleAfter, type AnsiStyle } from './ansi';

/** Bytes asked for at once. */
export const PAGE_BYTES = 256 * 1024;

/** Pages kept: 4 MiB of text. */
export const MAX_PAGES = 16;

/** Characters of a row; a longer line continues in the next row. */
export const ROW_CHARS = 2_000;

/** A line that may be a record of a structured log is one row up to here. */
export const RECORD_CHARS = 256 * 1024;

/** One page, cut into lines. */
interface WindowPage {
  offset: number;
  nextOffset: number;
  /** Lines; the last is what follows the last line feed, perhaps empty. */
  lines: string[];
}

/** Pages that follow each other. */
export interface LogWindow {
  pages: readonly WindowPage[];
  /** Bytes of the log as far as known. */
  size: number;
  /** Whether the end of the last page is the end of the log. */
  end: boolean;
  /** What is missing and why, in the server's words. */
  gap?: string;
  /** Unknown to us while the log grows and nothing is missing so far. */
  completeness?: LogCompleteness;
}

/** One row of the list. */
export interface LogRow {
  /** Stays the same while pages come and go around the row. */
  key: string;
  text: string;
  /** Number of the line in the log, from 1; unknown after a jump. */
  line?: number;
  /** Whether the row continues the line of the row before. */
  continued: boolean;
  /** Style that the line before ended in. */
  style: AnsiStyle;
  /** Whether it may be a record of a structured log, and is a whole line. */
  mayBeRecord: boolean;
}

export const EMPTY_WINDOW: LogWindow = { pages: [], size: 0, end: false };

const cut = (page: LogPage): WindowPage => ({
  offset: page.offset,
  nextOffset: page.nextOffset,
  lines: page.text.split('\n'),
});

/** Byte offset where the window begins. */
export function windowStart(window: LogWindow): number {
  return window.pages[0]?.offset ?? 0;
}

/** Byte offset where the window ends. */
export function windowEnd(window: LogWindow): number {
  return window.pages[window.pages.length - 1]?.nextOffset ?? 0;
}

/** A window of one page, after a jump. */
export function windowAt(page: LogPage): LogWindow {
  return {
    pages: page.nextOffset > page.offset ? [cut(page)] : [],
    size: page.size,
    end: page.end,
    gap: page.gap,
    completeness: page.completeness,
  };
}

/**
 * Adds the page that follows. A page that does not begin where the window
 * ends (an answer that came late, or twice) changes nothing but the size.
 */
export function appendPage(window: LogWindow, page: LogPage): LogWindow {
  const size = Math.max(window.size, page.size);
  const gap = page.gap ?? window.gap;
  const completeness = page.completeness ?? window.completeness;
  const fits = window.pages.length === 0 || page.offset === windowEnd(window);
  if (!fits) {
    return { ...window, size, gap, completeness };
  }
  if (page.nextOffset <= page.offset) {
    return { ...window, size, gap, completeness, end: page.end };
  }
  const last = window.pages[window.pages.length - 1];
  // While a log grows pages are small. They are joined, so that a window is
  // full after its bytes, not after its number of answers.
  if (last && page.nextOffset - last.offset <= PAGE_BYTES) {
    const lines = [...last.lines];
    const [first, ...rest] = page.text.split('\n');
    lines[lines.length - 1] += first;
    lines.push(...rest);
    const joined = {
      offset: last.offset,
      nextOffset: page.nextOffset,
      lines,
    };
    return {
      pages: [...window.pages.slice(0, -1), joined],
      size,
      gap,
      completeness,
      end: page.end,
    };
  }
  const pages = [...window.pages, cut(page)];
  return {
    pages: pages.slice(-MAX_PAGES),
    size,
    gap,
    completeness,
    end: page.end,
  };
}

/**
 * Adds the page before; what falls off the other end makes the window's end no
 * longer the log's.
 */
export function prependPage(window: LogWindow, page: LogPage): LogWindow {
  const size = Math.max(window.size, page.size);
  const gap = window.gap ?? page.gap;
  const completeness = window.completeness ?? page.completeness;
  if (
    page.nextOffset !== windowStart(window) ||
    page.nextOffset <= page.offset
  ) {
    return { ...window, size, gap, completeness };
  }
  const pages = [cut(page), ...window.pages];
  return {
    pages: pages.slice(0, MAX_PAGES),
    size,
    gap,
    completeness,
    end: window.end && pages.length <= MAX_PAGES,
  };
}

/** Characters kept in memory. */
export function windowChars(window: LogWindow): number {
  let chars = 0;
  for (const page of window.pages) {
    for (const line of page.lines) chars += line.length;
  }
  return chars;
}

/**
 * The rows of a window. The first line of a window that does not begin at the
 * log's beginning is cut off and left out, unless there is no other.
 *
 * @param options.records - whether lines may be records; default false, where
 *   JSON is what the task wrote and nothing else
 */
export function windowRows(
  window: LogWindow,
  { records = false }: { records?: boolean } = {},
): LogRow[] {
  const lines: Array<{ key: string; text: string }> = [];
  for (const page of window.pages) {
    page.lines.forEach((text, i) => {
      if (i === 0 && lines.length > 0) {
        lines[lines.length - 1].text += text;
      } else {
        lines.push({ key: `${page.offset}:${i}`, text });
      }
    });
  }
  // What follows the last line feed is a line only once something is in it.
  if (lines[lines.length - 1]?.text === '') {
    lines.pop();
  }
  const fromStart = windowStart(window) === 0;
  if (!fromStart && lines.length > 1) {
    lines.shift();
  }
  const rows: LogRow[] = [];
  let style: AnsiStyle = {};
  lines.forEach(({ key, text: raw }, i) => {
    const shown = raw.includes('\r') ? afterReturns(raw) : raw;
    const line = fromStart ? i + 1 : undefined;
    const mayBeRecord = records && shown.length <= RECORD_CHARS;
    if (mayBeRecord && looksLikeLogRecord(shown)) {
      const text = shown;
      rows.push({
        key,
        text,
        line,
        continued: false,
        style,
        mayBeRecord: true,
      });
      return;
    }
    for (let from = 0; from === 0 || from < shown.length; from += ROW_CHARS) {
      const text =
        shown.length <= ROW_CHARS ? shown : shown.slice(from, from + ROW_CHARS);
      rows.push({
        key: from > 0 ? `${key}+${from}` : key,
        text,
        line,
        continued: from > 0,
        style,
        mayBeRecord: false,
      });
      style = hasEscape(text) ? styleAfter(text, style) : style;
    }
  });
  return rows;
}
