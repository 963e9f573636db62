import type { LogPage } from '@maestro/plugin-maestro-common';
import {
  appendPage,
  EMPTY_WINDOW,
  MAX_PAGES,
  PAGE_BYTES,
  prependPage,
  ROW_CHARS,
  windowAt,
  windowChars,
  windowEnd,
  windowRows,
  windowStart,
  type LogWindow,
} from './logWindow';

/** A server that holds this log (ASCII, so bytes are characters). */
function serverOf(text: string) {
  return (offset: number, limit = PAGE_BYTES): LogPage => {
    const from = offset < 0 ? Math.max(0, text.length + offset) : offset;
    const piece = text.slice(from, from + limit);
    return {
      text: piece,
      offset: from,
      nextOffset: from + piece.length,
      size: text.length,
      end: from + piece.length === text.length,
    };
  };
}

const texts = (window: LogWindow) => windowRows(window).map(row => row.text);

describe('log window', () => {
  it('is empty for a log without bytes', () => {
    const window = windowAt(serverOf('')(0));
    expect(texts(window)).toEqual([]);
    expect(window.end).toBe(true);
  });

  it('joins a line that goes over the end of a page', () => {
    const read = serverOf('first\nsecond\nthird');
    let window = EMPTY_WINDOW;
    for (let at = 0; at < 18; at += 3) {
      window = appendPage(window, read(at, 3));
    }
    expect(windowRows(window)).toMatchObject([
      { text: 'first', line: 1 },
      { text: 'second', line: 2 },
      { text: 'third', line: 3 },
    ]);
    expect(window.end).toBe(true);
  });

  it('ignores an answer that came twice or too late', () => {
    const read = serverOf('a\nb\nc\n');
    const window = appendPage(windowAt(read(0, 2)), read(2, 2));
    expect(texts(appendPage(window, read(2, 2)))).toEqual(['a', 'b']);
    expect(texts(appendPage(window, read(0, 2)))).toEqual(['a', 'b']);
    expect(texts(prependPage(window, read(2, 2)))).toEqual(['a', 'b']);
  });

  it('keeps the same rows whichever way pages come, with the same keys', () => {
    const lines = Array.from({ length: 3000 }, (_, i) => `line ${i}`);
    const read = serverOf(lines.join('\n'));
    const total = lines.join('\n').length;
    let down = windowAt(read(0, 4000));
    while (!down.end) down = appendPage(down, read(windowEnd(down), 4000));
    const tail = Math.max(0, total - 4000);
    let up = windowAt(read(tail, 4000));
    const seen = windowRows(up)[10];
    while (windowStart(up) > 0) {
      const from = Math.max(0, windowStart(up) - 4000);
      up = prependPage(up, read(from, windowStart(up) - from));
    }
    expect(texts(down)).toEqual(lines);
    expect(texts(up)).toEqual(lines);
    expect(windowRows(up).find(row => row.key === seen.key)?.text).toBe(
      seen.text,
    );
    const keys = windowRows(up).map(row => row.key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('leaves out the cut first line after a jump, and its numbers', () => {
    const window = windowAt(serverOf('0123456789\nnext\nlast')(5));
    expect(windowRows(window)).toMatchObject([
      { text: 'next', line: undefined },
      { text: 'last' },
    ]);
    // A piece out of the middle of one long line is better than nothing.
    expect(texts(windowAt(serverOf('x'.repeat(100))(50, 10)))).toEqual([
      'x'.repeat(10),
    ]);
  });

  it('reads 100 MiB in bounded memory, both ways', () => {
    const line = `${'y'.repeat(99)}\n`;
    const size = 100 * 1024 * 1024;
    const page = (offset: number, limit: number): LogPage => {
      const until = Math.min(size, offset + limit);
      const text = line
        .repeat(Math.ceil(limit / 100) + 2)
        .slice(offset % 100, (offset % 100) + until - offset);
      return { text, offset, nextOffset: until, size, end: until === size };
    };
    let window = windowAt(page(0, PAGE_BYTES));
    let most = 0;
    while (!window.end) {
      window = appendPage(window, page(windowEnd(window), PAGE_BYTES));
      most = Math.max(most, windowChars(window));
    }
    expect(most).toBeLessThanOrEqual(MAX_PAGES * PAGE_BYTES);
    expect(window.pages).toHaveLength(MAX_PAGES);
    expect(windowRows(window).length).toBeGreaterThan(40_000);
    window = prependPage(
      window,
      page(windowStart(window) - PAGE_BYTES, PAGE_BYTES),
    );
    expect(window.pages).toHaveLength(MAX_PAGES);
    expect(window.end).toBe(false);
  });

  it('joins the small pages of a growing log', () => {
    const read = serverOf('tick\n'.repeat(5000));
    let window = windowAt(read(0, 5));
    while (!window.end) window = appendPage(window, read(windowEnd(window), 5));
    expect(window.pages).toHaveLength(1);
    expect(windowRows(window)).toHaveLength(5000);
  });

  it('shows a line of a megabyte in rows of bounded length', () => {
    const rows = windowRows(windowAt(serverOf('z'.repeat(200_000))(0)));
    expect(rows).toHaveLength(200_000 / ROW_CHARS);
    expect(rows[0]).toMatchObject({ continued: false, line: 1 });
    expect(rows[1]).toMatchObject({ continued: true, line: 1 });
  });

  it('carries a colour over lines', () => {
    const rows = windowRows(
      windowAt(serverOf('\x1b[31mred\nstill red\x1b[0m\nplain')(0)),
    );
    expect(rows.map(row => row.style)).toEqual([{}, { fg: 'red' }, {}]);
  });

  it('keeps a gap in the words of the server', () => {
    const window = appendPage(windowAt(serverOf('a\n')(0)), {
      ...serverOf('a\nb\n')(2),
      gap: 'from 04:00:01, the node went away',
    });
    expect(window.gap).toBe('from 04:00:01, the node went away');
  });
});
