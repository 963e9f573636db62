import fc from 'fast-check';
import { cpuTime } from '../__testUtils__/cpuTime';
import { validatePipelineText } from './validatePipelineText';

const GOOD = `apiVersion: maestro.dev/v1alpha1
kind: Pipeline
metadata:
  name: good
spec:
  type: training
  owner: ml-team
  schedule: {cron: '0 4 * * 0', startDate: 2025-01-01}
  tasks:
    - id: train
      run: {command: [python, train.py]}
`;

const BAD = `apiVersion: maestro.dev/v1alpha1
kind: Pipeline
metadata:
  name: bad
spec:
  type: training
  tasks:
    - id: train
      run: {command: [python, train.py]}
    - id: evaluate
      dependsOn: [trian]
      retries: two
      run:
        command: [python]
`;

describe('validatePipelineText', () => {
  it('gives the definition, with a date that YAML leaves a text', () => {
    expect(validatePipelineText(GOOD)).toMatchObject({
      ok: true,
      definitions: [
        {
          name: 'good',
          schedules: [{ startAt: Date.parse('2025-01-01T00:00:00Z') }],
        },
      ],
      problems: [],
    });
  });

  it('names line and column', () => {
    const { ok, problems } = validatePipelineText(BAD, { file: 'x.yaml' });
    expect(ok).toBe(false);
    expect(
      problems.map(({ file, line, column, path }) => [
        file,
        line,
        column,
        path,
      ]),
    ).toStrictEqual([
      ['x.yaml', 6, 3, 'spec.owner'],
      ['x.yaml', 11, 19, 'spec.tasks[1].dependsOn[0]'],
      ['x.yaml', 12, 16, 'spec.tasks[1].retries'],
    ]);
  });

  it('takes several documents, with those of other kinds between', () => {
    const other = 'apiVersion: v1\nkind: Component\nmetadata: {name: c}\n';
    const text = [GOOD, other, BAD, GOOD, ''].join('---\n');
    const result = validatePipelineText(text);
    expect(result.definitions.map(({ name }) => name)).toStrictEqual([
      'good',
      'good',
    ]);
    const before = [GOOD, other].join('---\n').split('\n').length;
    expect(result.problems[0]).toMatchObject({
      path: 'spec.owner',
      line: before + 6,
    });
  });

  it.each([
    ['', 'The file holds no pipeline'],
    ['kind: Component', 'The file holds no pipeline'],
    ['just text', 'This is no entity'],
    ['a: [1', 'Not valid YAML: Flow sequence'],
    ['a: 1\na: 2', 'Not valid YAML: Map keys must be unique'],
    ['\tkind: Pipeline', 'Not valid YAML'],
    ['kind: *nowhere', 'Unresolved alias'],
  ])('explains %j', (text, message) => {
    const result = validatePipelineText(text);
    expect(result.ok).toBe(false);
    expect(result.problems[0].message).toContain(message);
  });

  it('names the place of a YAML error', () => {
    expect(
      validatePipelineText('kind: Pipeline\nspec:\n  a: 1\n  a: 2\n')
        .problems[0],
    ).toStrictEqual({
      path: '',
      message: 'Not valid YAML: Map keys must be unique',
      line: 4,
      column: 3,
    });
  });

  it('names problems in the order of their lines', () => {
    const lines = validatePipelineText(
      `kind: Pipeline\nmetadata: { name: '' }\nspec:\n  tasks:\n    - id: a\n      run: {}\n      dependsOn: [ghost]\n  type: 5\n  owner: x\n`,
    ).problems.map(({ line }) => line!);
    expect(lines.length).toBeGreaterThan(3);
    expect(lines).toStrictEqual([...lines].sort((a, b) => a - b));
  });

  it.each([
    [
      'a bracket that is not closed',
      'run: { command: [python, a.py }\nb: 1\nc: {d: [x}\ne: {f: [y}\n',
      1,
    ],
    [
      'a quote that is not closed',
      'a: [x, "echo hi]\nb:\n  - [1, {\nc: 2\n',
      5,
    ],
    ['a colon in a text', 'a: b: c\nd:\n\t- e\n\t- f\n', 1],
  ])('names the cause first of %s, and few consequences', (_, text, line) => {
    const { problems } = validatePipelineText(text);
    expect(problems[0].line).toBe(line);
    expect(problems.length).toBeLessThanOrEqual(3);
  });

  it.each([
    ['nesting', '['.repeat(20_000)],
    [
      'a bomb of aliases',
      Array.from({ length: 30 }, (_, i) =>
        i === 0
          ? 'a0: &a0 [x, x, x, x]'
          : `a${i}: &a${i} [*a${i - 1}, *a${i - 1}, *a${i - 1}, *a${i - 1}]`,
      ).join('\n'),
    ],
    ['size', `# ${'x'.repeat(5_000_000)}`],
  ])('survives %s', (_, text) => {
    const started = cpuTime();
    const result = validatePipelineText(text);
    expect(result.ok).toBe(false);
    expect(result.problems[0].message).toMatch(
      /^(The file (cannot be read|has \d+ characters)|Not valid YAML)/,
    );
    expect(cpuTime() - started).toBeLessThan(5000);
  });

  it('never throws, and never both accepts and complains', () => {
    const lines = `${GOOD}---\n${BAD}`.split('\n');
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            { weight: 5, arbitrary: fc.constantFrom(...lines) },
            fc.string({ maxLength: 30 }),
          ),
          { maxLength: 25 },
        ),
        chosen => {
          const result = validatePipelineText(chosen.join('\n'));
          expect(result.ok).toBe(result.problems.length === 0);
          expect(result.ok ? result.definitions.length : 1).toBeGreaterThan(0);
        },
      ),
      { numRuns: 500 },
    );
  });
});
