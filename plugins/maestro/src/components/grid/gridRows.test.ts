import { gridRows, groupCell } from './gridRows';

const grid = {
  tasks: ['a', 'b', 'x', 'c', 'd'],
  groups: [
    { id: 'outer', title: 'The outer', taskIds: ['b', 'c', 'd'] },
    { id: 'inner', parent: 'outer', taskIds: ['c'] },
  ],
};

const drawn = (folded: string[]) =>
  gridRows(grid, new Set(folded)).map(
    row =>
      `${'  '.repeat(row.depth)}${
        row.kind === 'task'
          ? row.id
          : `[${row.id} ${row.isFolded ? 'folded' : 'open'}]`
      }`,
  );

describe('gridRows', () => {
  it.each<[string[], string[]]>([
    [[], ['a', '[outer open]', '  b', '  [inner open]', '    c', '  d', 'x']],
    [['inner'], ['a', '[outer open]', '  b', '  [inner folded]', '  d', 'x']],
    [['outer'], ['a', '[outer folded]', 'x']],
  ])('folded %j', (folded, expected) => {
    expect(drawn(folded)).toEqual(expected);
  });

  it('shows a grid without groups as it is', () => {
    expect(gridRows({ tasks: ['a', 'b'] }, new Set(['a']))).toEqual([
      { kind: 'task', id: 'a', depth: 0 },
      { kind: 'task', id: 'b', depth: 0 },
    ]);
  });
});

describe('groupCell', () => {
  it('is what needs attention most', () => {
    const cells = {
      a: { state: 'success' as const },
      b: { state: 'failed' as const },
    };
    expect(groupCell(cells, ['a', 'b', 'c'])).toEqual({
      state: 'failed',
      instances: 2,
    });
    expect(groupCell(cells, ['a'])).toMatchObject({ state: 'success' });
    expect(groupCell(cells, ['c'])).toBeUndefined();
  });
});
