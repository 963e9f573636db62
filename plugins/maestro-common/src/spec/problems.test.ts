import {
  formatPath,
  formatProblem,
  ProblemList,
  type PipelineProblem,
  type ProblemPath,
} from './problems';

it.each<[ProblemPath, string]>([
  [[], ''],
  [['spec', 'tasks', 2, 'dependsOn', 0], 'spec.tasks[2].dependsOn[0]'],
  [['spec', 'env', 'A-B', '$x', '_y'], 'spec.env.A-B.$x._y'],
  [['spec', 'a b'], 'spec["a b"]'],
  [['spec', '1a'], 'spec["1a"]'],
  [['spec', 'a.b'], 'spec["a.b"]'],
  [['spec', ''], 'spec[""]'],
  [['a b', 'c'], '["a b"].c'],
])('the path %j is %j', (path, text) => {
  expect(formatPath(path)).toBe(text);
});

it.each<[PipelineProblem, string]>([
  [{ path: '', message: 'x' }, 'x'],
  [{ path: 'spec', message: 'x' }, 'spec: x'],
  [{ path: '', message: 'x', expected: 'y' }, 'x (expected y)'],
  [{ path: '', message: 'x', file: 'f.yaml' }, 'f.yaml: x'],
  [{ path: 'spec', message: 'x', line: 3, column: 7 }, '3:7: spec: x'],
])('%j is told as %j', (problem, text) => {
  expect(formatProblem(problem)).toBe(text);
});

describe('formatProblem', () => {
  it('is one line that an editor can jump to', () => {
    expect(
      formatProblem({
        file: 'a/catalog-info.yaml',
        line: 3,
        column: 7,
        path: 'spec.owner',
        message: '"owner" is missing',
        expected: 'a text',
      }),
    ).toBe(
      'a/catalog-info.yaml:3:7: spec.owner: "owner" is missing (expected a text)',
    );
    expect(formatProblem({ path: '', message: 'x' })).toBe('x');
  });
});

describe('a list of problems', () => {
  it('names one thing once, and the same thing of another place again', () => {
    const list = new ProblemList();
    list.add(['spec', 'a'], 'is wrong');
    list.add(['spec', 'a'], 'is wrong', 'right');
    list.add(['spec', 'b'], 'is wrong', 'right');
    list.add(['spec', 'a'], 'is bad');
    expect(list.problems).toEqual([
      { path: ['spec', 'a'], message: 'is wrong' },
      { path: ['spec', 'b'], message: 'is wrong', expected: 'right' },
      { path: ['spec', 'a'], message: 'is bad' },
    ]);
  });

  it('is full with a hundred problems, and keeps a hundred warnings', () => {
    const list = new ProblemList();
    for (let i = 0; i < 99; i++) list.add([i], 'wrong');
    expect(list.isFull).toBe(false);
    list.add([99], 'wrong');
    expect(list.isFull).toBe(true);
    list.add([100], 'wrong');
    expect(list.problems).toHaveLength(100);
    for (let i = 0; i < 101; i++) list.warn([i], 'odd');
    expect(list.warnings).toHaveLength(100);
    expect(list.warnings[99]).toStrictEqual({ path: [99], message: 'odd' });
  });
});
