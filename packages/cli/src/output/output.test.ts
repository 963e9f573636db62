import { duration, relative, size, time } from './format';
import { facts, table, textWidth } from './table';

const plain = { colour: false };

describe('table', () => {
  const columns = [
    { title: 'NAME', text: (row: Row) => row.name },
    { title: 'N', text: (row: Row) => row.n, align: 'right' as const },
    { title: 'NOTE', text: (row: Row) => row.note, shrinks: true },
  ];
  interface Row {
    name: string;
    n?: number;
    note?: string;
  }

  it('aligns columns, numbers to the right', () => {
    expect(
      table<Row>(
        [
          { name: 'a', n: 5 },
          { name: 'long', n: 1234 },
        ],
        columns,
        plain,
      ),
    ).toBe('NAME     N\na        5\nlong  1234');
  });

  it('leaves out a column that nobody fills', () => {
    expect(table<Row>([{ name: 'a' }], columns, plain)).toBe('NAME\na');
  });

  it('keeps a row on one line, whatever somebody wrote into it', () => {
    const text = table<Row>(
      [{ name: 'a\nb', note: '\x1b[2Jgone \u202eabc' }],
      columns,
      plain,
    );
    expect(text.split('\n')).toHaveLength(2);
    expect(text).toContain('a b');
    // eslint-disable-next-line no-control-regex -- what must not be there
    expect(text).not.toMatch(/[\x1b\u202e]/);
  });

  it('cuts what may be cut to the width of the terminal', () => {
    const text = table<Row>([{ name: 'a', note: 'x'.repeat(100) }], columns, {
      colour: false,
      width: 30,
    });
    expect(Math.max(...text.split('\n').map(textWidth))).toBe(30);
    expect(text).toContain('…');
  });

  it('counts columns, not characters', () => {
    expect([textWidth('日本'), textWidth('é'), textWidth('e\u0301')]).toEqual([
      4, 1, 1,
    ]);
  });

  it('colours only where colours are wanted', () => {
    const red = [{ ...columns[0], colour: () => 'red' as const }];
    expect(table([{ name: 'a' }], red, { colour: true })).toContain(
      '\x1b[31ma\x1b[0m',
    );
    expect(table([{ name: 'a' }], red, plain)).toBe('NAME\na');
  });

  it('shows facts without those that are not known', () => {
    expect(
      facts(
        [
          ['Run', 'x'],
          ['State', ''],
          ['Version', 0],
        ],
        plain,
      ),
    ).toBe('Run      x\nVersion  0');
  });
});

it.each([
  [undefined, ''],
  [-5, '0 s'],
  [350, '350 ms'],
  [3_290, '3.2 s'],
  [48_999, '48 s'],
  [125_000, '2 m 05 s'],
  [3_599_999, '59 m 59 s'],
  [6_480_000, '1 h 48 m'],
  [183_600_000, '2 d 3 h'],
])('a duration of %s is "%s"', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

it('tells times in local time and by their distance', () => {
  const now = new Date(2026, 10, 22, 21, 47, 3).getTime();
  expect(time(now - 125_000, now)).toBe('2026-11-22 21:44:58 (2 m ago)');
  expect(time(undefined, now)).toBe('');
  expect(relative(now + 3_700_000, now)).toBe('in 1 h');
  expect(relative(now, now)).toBe('just now');
});

it('tells sizes', () => {
  expect([512, 1536, 20 * 2 ** 20].map(size)).toEqual([
    '512 B',
    '1.5 KiB',
    '20 MiB',
  ]);
});
