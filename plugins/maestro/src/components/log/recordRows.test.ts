import { windowAt, windowRows, type LogRow } from './logWindow';
import {
  isStructured,
  logGroups,
  recordOf,
  rowHas,
  shownIndexOf,
  shownRows,
} from './recordRows';

const record = (event: string, rest: object = {}) =>
  JSON.stringify({
    timestamp: '2026-11-27T13:40:01Z',
    level: 'info',
    event,
    ...rest,
  });

function rowsOf(lines: string[]): LogRow[] {
  const text = lines.map(line => `${line}\n`).join('');
  return windowRows(
    windowAt({
      text,
      offset: 0,
      nextOffset: text.length,
      size: text.length,
      end: true,
    }),
    { records: true },
  );
}

/** What one sees: `+` before a folded group, `-` before an open one. */
function seen(
  lines: string[],
  options: { end?: boolean; open?: string[] } = {},
) {
  const rows = rowsOf(lines);
  const groups = logGroups(rows, options.end ?? true);
  return shownRows(
    rows,
    groups,
    group =>
      options.open?.includes(group.title) ??
      (group.hasError || !group.isClosed),
  ).map(({ row, group, isOpen, isInside }) =>
    group
      ? `${isOpen ? '-' : '+'} ${group.title} (${group.lines})`
      : `${isInside ? '  ' : ''}${recordOf(row)?.message ?? row.text}`,
  );
}

const group = (title: string, ...inner: string[]) => [
  record(`::group::${title}`),
  ...inner,
  record('::endgroup::'),
];

describe('groups of a log', () => {
  it.each<[string, string[], { end?: boolean; open?: string[] }, string[]]>([
    ['no groups', [record('a'), 'b'], {}, ['a', 'b']],
    [
      'a group is folded',
      [record('a'), ...group('G', record('in')), record('b')],
      {},
      ['a', '+ G (1)', 'b'],
    ],
    [
      'an open one shows its lines, not its end',
      group('G', record('in')),
      { open: ['G'] },
      ['- G (1)', '  in'],
    ],
    [
      'one with an error is open',
      group('G', record('oh', { level: 'error' })),
      {},
      ['- G (1)', '  oh'],
    ],
    [
      'what was printed to standard error is no error',
      group('G', record('bar', { level: 'error', logger: 'task.stderr' })),
      {},
      ['+ G (1)'],
    ],
    [
      'a traceback in plain lines is an error',
      ['::group::G', 'Traceback (most recent call last):', '::endgroup::'],
      {},
      ['- G (1)', '  Traceback (most recent call last):'],
    ],
    [
      'one that is not ended is open while the log grows',
      [record('::group::G'), record('in')],
      { end: false },
      ['- G (1)', '  in'],
    ],
    [
      'and folded when nothing more comes',
      [record('::group::G'), record('in')],
      {},
      ['+ G (1)'],
    ],
    [
      'the next one ends the one before',
      [record('::group::A'), record('a'), ...group('B', record('b'))],
      {},
      ['+ A (1)', '+ B (1)'],
    ],
    ['an end without a group says nothing', ['::endgroup::', 'x'], {}, ['x']],
    ['an empty one', group('G'), { open: ['G'] }, ['- G (0)']],
    ['a mark within a line is none', ['a ::group::b'], {}, ['a ::group::b']],
  ])('%s', (_, lines, options, expected) => {
    expect(seen(lines, options)).toEqual(expected);
  });

  it('finds where a row is seen, folded or not', () => {
    const rows = rowsOf(['a', ...group('G', 'x', 'y'), 'b']);
    const groups = logGroups(rows, true);
    const folded = shownRows(rows, groups, () => false);
    const open = shownRows(rows, groups, () => true);
    expect(rows.map((_, i) => shownIndexOf(folded, i))).toEqual([
      0, 1, 1, 1, 1, 2,
    ]);
    expect(rows.map((_, i) => shownIndexOf(open, i))).toEqual([
      0, 1, 2, 3, 3, 4,
    ]);
  });
});

describe('records of a log', () => {
  it('is structured by its first lines', () => {
    expect(isStructured(rowsOf(['plain', record('x')]))).toBe(true);
    expect(isStructured(rowsOf(['{"event": 1}', 'plain']))).toBe(false);
    expect(isStructured([])).toBe(false);
  });

  it('is one row, however long; other lines are cut as before', () => {
    const rows = rowsOf([record('x'.repeat(10_000)), 'y'.repeat(10_000)]);
    expect(rows.map(row => row.continued)).toEqual([
      false,
      false,
      ...Array(4).fill(true),
    ]);
    expect(recordOf(rows[0])?.message).toHaveLength(10_000);
    // One that nobody can read is no row of a megabyte.
    expect(rowsOf([record('x'.repeat(300_000))]).length).toBeGreaterThan(100);
  });

  it.each([
    ['done', true],
    ['my.lib', true],
    ['"quoted"', true],
    ['dag.py', true],
    ['\u00fcber', true],
    ['timestamp', false],
    ['event', false],
    ['"level"', false],
  ])('finds %s: %p', (text, isFound) => {
    const [row] = rowsOf([
      record('Done "Quoted" \u00dcber', {
        logger: 'my.lib',
        n: 3,
        error_detail: [
          {
            exc_type: 'E',
            exc_value: '',
            frames: [{ filename: 'dag.py', lineno: 7, name: 'f' }],
          },
        ],
      }),
    ]);
    expect(rowHas(row, text, false)).toBe(isFound);
  });

  it('finds what is written where the raw log is shown', () => {
    const [row] = rowsOf([record('x')]);
    expect(rowHas(row, '"level":"info"', true)).toBe(true);
    expect(rowHas(row, '"level":"info"', false)).toBe(false);
  });

  it('goes through a large log without parsing what it need not', () => {
    const lines = Array.from({ length: 30_000 }, (_, i) =>
      record(`line ${i} ${'x'.repeat(80)}`),
    );
    const parse = jest.spyOn(JSON, 'parse');
    const rows = rowsOf(lines);
    expect(shownRows(rows, logGroups(rows, true), () => false)).toHaveLength(
      30_000,
    );
    expect(rows.filter(row => rowHas(row, 'line 29999', false))).toHaveLength(
      1,
    );
    expect(parse.mock.calls.length).toBeLessThan(5);
    parse.mockRestore();
  });
});
