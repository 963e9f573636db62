import {
  countPerStep,
  type Interval,
  overloads,
  queueRuns,
  topPeaks,
} from './previewLoad';

/** `a 0-5` goes on from 0 up to 5. */
const intervals = (...lines: string[]): Interval[] =>
  lines.map(line => {
    const [, pipeline, start, end] = /^(\w+) (\d+)-(\d+)$/.exec(line)!;
    return { pipeline, start: Number(start), end: Number(end) };
  });

describe('more than there is', () => {
  it.each<[string, string[], number, ReturnType<typeof overloads>]>([
    ['nothing', [], 1, undefined],
    ['as many as are allowed', ['a 0-5', 'b 2-4'], 2, undefined],
    ['one goes when the other comes', ['a 0-5', 'b 5-9'], 1, undefined],
    [
      'who is there at that time, and nobody else',
      ['early 0-1', 'a 2-9', 'b 4-6', 'late 9-12'],
      1,
      { times: 1, at: [4], most: 2, pipelines: ['a', 'b'] },
    ],
    [
      'each time that it begins, not each change in it',
      ['a 0-20', 'b 1-3', 'b 2-4', 'c 10-12'],
      1,
      { times: 2, at: [1, 10], most: 3, pipelines: ['a', 'b', 'c'] },
    ],
    [
      'what takes no time meets nobody',
      ['never 5-5', 'a 0-9', 'b 5-9', 'never 6-6'],
      1,
      { times: 1, at: [5], most: 2, pipelines: ['a', 'b'] },
    ],
    [
      'a pipeline is there as long as one of its runs is',
      ['a 0-4', 'a 0-9', 'b 6-8'],
      1,
      { times: 2, at: [0, 6], most: 2, pipelines: ['a', 'b'] },
    ],
  ])('%s', (_, lines, limit, expected) => {
    expect(overloads(intervals(...lines), limit)).toStrictEqual(expected);
  });

  it('names twenty by name', () => {
    const names = Array.from({ length: 22 }, (_, i) =>
      String.fromCharCode(122 - i),
    );
    const found = overloads(intervals(...names.map(name => `${name} 0-1`)), 0);
    expect(found!.pipelines).toStrictEqual([...names].sort().slice(0, 20));
  });
});

describe('the highest numbers at once', () => {
  it.each<[string, string[], string[]]>([
    ['one alone is none', ['a 0-5', 'b 6-7'], []],
    [
      'the rise, not what comes before it',
      ['a 0-9', 'b 1-9', 'c 2-9'],
      ['2 3'],
    ],
    [
      'once, although one goes and another comes meanwhile',
      ['a 0-9', 'b 1-5', 'c 5-8'],
      ['1 2'],
    ],
    [
      'once, although it rests before it goes on rising',
      ['a 0-9', 'b 1-5', 'c 5-8', 'd 6-8'],
      ['6 3'],
    ],
    [
      'each that a fall separates, the earlier first',
      ['a 0-9', 'b 1-2', 'c 3-4', 'd 5-9', 'e 6-9'],
      ['6 3', '1 2', '3 2'],
    ],
    [
      'a fall to one and to none',
      ['a 0-3', 'b 1-3', 'c 5-8', 'd 6-7'],
      ['1 2', '6 2'],
    ],
  ])('%s', (_, lines, peaks) => {
    expect(
      topPeaks(intervals(...lines), 5).map(({ at, runs }) => `${at} ${runs}`),
    ).toStrictEqual(peaks);
  });

  it('not more than are asked for, also of very many', () => {
    const lines = Array.from({ length: 300 }, (_, i) => [
      `a ${10 * i}-${10 * i + 9}`,
      `b ${10 * i + 1}-${10 * i + 2}`,
      ...(i % 100 === 99 ? [`c ${10 * i + 1}-${10 * i + 2}`] : []),
    ]).flat();
    const found = topPeaks(intervals(...lines), 5);
    expect(found.map(({ at, runs }) => [at, runs])).toStrictEqual([
      [991, 3],
      [1991, 3],
      [2991, 3],
      [1, 2],
      [11, 2],
    ]);
  });
});

it('counts those that are due and not over while one waits', () => {
  // The first is over at 10: at 12 the second and the third are wanted.
  expect(queueRuns([0, 5, 12], 10, 1).waiting).toStrictEqual({
    runs: 2,
    longestMs: 8,
    at: [5, 12],
    mostWanted: 2,
  });
});

it('counts in steps from their beginning', () => {
  expect(countPerStep([3, 9, 10, 25], 10)).toStrictEqual([
    { at: 0, runs: 2 },
    { at: 10, runs: 1 },
    { at: 20, runs: 1 },
  ]);
});
