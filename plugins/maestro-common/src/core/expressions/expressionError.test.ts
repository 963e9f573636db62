import { ExpressionError } from './expressionError';

const line = 'abcdefghijklmnopqrstuvwxyz'.repeat(6);

describe('the place that an error marks', () => {
  it.each<[string, string, [number, number], string[]]>([
    ['the beginning', 'a.b', [0, 1], ['  a.b', '  ^']],
    ['some characters', 'a.bcd', [2, 5], ['  a.bcd', '    ^^^']],
    ['the end', 'a.b', [3, 3], ['  a.b', '     ^']],
    ['what lies behind the end', 'a.b', [9, 12], ['  a.b', '     ^']],
    ['what lies before the beginning', 'a.b', [-4, 1], ['  a.b', '  ^']],
    ['nothing', '', [0, 0], ['  ', '  ^']],
    ['the first line', 'ab\ncd', [1, 2], ['  ab', '   ^']],
    ['the end of the first line', 'ab\ncd\nef', [2, 2], ['  ab', '    ^']],
    ['an empty first line', '\ncd', [0, 0], ['  ', '  ^']],
    ['the middle line', 'ab\ncd\nef', [3, 5], ['  cd', '  ^^']],
    ['the last line', 'ab\ncd\nef', [7, 8], ['  ef', '   ^']],
    [
      'no more of a line than belongs to it',
      'ab\ncd\nef',
      [4, 8],
      ['  cd', '   ^'],
    ],
    [
      'a long line is cut behind it',
      line,
      [60, 62],
      [`  ${line.slice(0, 120)}…`, `  ${' '.repeat(60)}^^`],
    ],
    [
      'a long line is cut on both sides',
      line,
      [70, 72],
      [`  …${line.slice(10, 130)}…`, `  ${' '.repeat(61)}^^`],
    ],
    [
      'a long line is cut before it',
      line,
      [150, 156],
      [`  …${line.slice(90)}`, `  ${' '.repeat(61)}^^^^^^`],
    ],
  ])('%s', (_, source, [start, end], marked) => {
    const error = new ExpressionError('No', source, { start, end });
    expect(error.message.split('\n')).toStrictEqual(['No', ...marked]);
    expect(error).toMatchObject({ summary: 'No', expression: source });
    expect([error.start, error.end]).toStrictEqual([start, end]);
  });

  it('is the beginning where none is said', () => {
    const error = new ExpressionError('No', 'a.b');
    expect([error.start, error.end]).toStrictEqual([0, 0]);
    expect(error.message).toBe('No\n  a.b\n  ^');
  });
});
