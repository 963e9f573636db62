import {
  MAX_PIPELINE_TEXT,
  validatePipelineText,
} from './validatePipelineText';

const GOOD = `apiVersion: maestro.dev/v1alpha1
kind: Pipeline
metadata: {name: good}
spec:
  type: training
  owner: ml-team
  tasks:
    - id: train
      run: {command: [python, train.py]}
`;
const file = 'x.yaml';
const nothing = {
  path: 'kind',
  message: 'The file holds no pipeline',
  expected: 'a document with "kind: Pipeline"',
  file,
};

/** Where each problem is, and what it is about. */
const placesIn = (text: string) => {
  const { problems, warnings } = validatePipelineText(text, { file });
  return [...problems, ...warnings].map(
    found => `${found.line}:${found.column} ${found.path}`,
  );
};

it('has nothing to say of a good file', () => {
  expect(validatePipelineText(GOOD, { file })).toStrictEqual({
    ok: true,
    definitions: [expect.objectContaining({ name: 'good' })],
    problems: [],
    warnings: [],
  });
});

it.each([
  ['behind', `${GOOD}---\n`],
  ['before', `---\n---\n${GOOD}`],
  ['of another kind behind', `${GOOD}---\nkind: Component\n`],
])('leaves out an empty document %s', (_, text) => {
  const { ok, definitions } = validatePipelineText(text);
  expect([ok, definitions.length]).toStrictEqual([true, 1]);
});

it.each([
  ['', nothing],
  ['---\n', nothing],
  ['# only a comment\n', nothing],
  ['kind: Component\n', nothing],
  [
    'kind: *nowhere\n',
    {
      path: '',
      message: expect.stringMatching(/^The file cannot be read: Unresolved/),
      file,
    },
  ],
])('says of %j that there is no pipeline', (text, problem) => {
  expect(validatePipelineText(text, { file })).toStrictEqual({
    ok: false,
    definitions: [],
    problems: [problem],
    warnings: [],
  });
});

it('reads files up to a length', () => {
  const comment = '#'.repeat(MAX_PIPELINE_TEXT - GOOD.length);
  expect(validatePipelineText(GOOD + comment).ok).toBe(true);
  expect(validatePipelineText(`${GOOD}${comment}#`, { file })).toStrictEqual({
    ok: false,
    definitions: [],
    problems: [
      {
        path: '',
        message: 'The file has 2097153 characters',
        expected: 'at most 2097152',
        file,
      },
    ],
    warnings: [],
  });
});

describe('the place of', () => {
  const head = 'apiVersion: maestro.dev/v1alpha1\nkind: Pipeline\n';
  it.each<[string, string, string[]]>([
    // [what, text, line:column path]
    [
      'an object is its key, else its value, else what it would be in',
      `${head}metadata: {name: x}
spec:
  type: t
  schedule: {}
  tasks:
    - id: a
    - id: b
      run:
      retries: two
      map: {over: [], maxItems: 0}
`,
      [
        '5:3 spec.owner',
        '6:3 spec.schedule',
        '8:7 spec.tasks[0]',
        '10:11 spec.tasks[1].run',
        '11:16 spec.tasks[1].retries',
        '12:33 spec.tasks[1].map.maxItems',
      ],
    ],
    [
      'what is in a text is the text',
      `${head}metadata: text\nspec: {}\n`,
      [
        '3:11 metadata.name',
        '4:7 spec.type',
        '4:7 spec.owner',
        '4:7 spec.tasks',
      ],
    ],
    [
      'a file that is a list is its beginning',
      `# a list\n- ${GOOD.split('\n')[0]}\n`,
      ['2:1 '],
    ],
    [
      'a key that is none does not hide others',
      `? : 1\nkind: Pipeline\napiVersion: v1\nmetadata: {name: x}\nspec: {}\n`,
      ['3:13 apiVersion', '5:7 spec.type', '5:7 spec.owner', '5:7 spec.tasks'],
    ],
    [
      'warnings, in their order',
      `${head}metadata: {name: x}
spec:
  type: t
  owner: o
  sla: PT2H
  tasks:
    - id: a
      run: {command: [sh, -c, 'echo \${{ run.id }}']}
    - id: b
      dependsOn: [a, a]
      run: {command: ['true']}
`,
      [
        '7:8 spec.sla',
        '10:31 spec.tasks[0].run.command[2]',
        '12:22 spec.tasks[1].dependsOn[1]',
      ],
    ],
  ])('%s', (_, text, places) => {
    expect(placesIn(text)).toStrictEqual(places);
  });
});

describe('mistakes in YAML', () => {
  const yaml = (message: string, line: number, column: number) => ({
    path: '',
    message: `Not valid YAML: ${message}`,
    file,
    line,
    column,
  });

  it.each([
    [
      'a quote that is not closed comes first, then what comes first',
      'a: b: c\nd:\n\t- e\n\t- f\nx: {a\ny: "a\nz: b: c',
      [
        yaml('Missing closing "quote', 7, 8),
        yaml('Nested mappings are not allowed in compact mappings', 1, 4),
        yaml('Tabs are not allowed as indentation', 3, 1),
      ],
    ],
    [
      'a place far down and right is told once',
      `${'\n'.repeat(11)}abcdefghijklm: b: c\n`,
      [yaml('Nested mappings are not allowed in compact mappings', 12, 16)],
    ],
    [
      'a place in an empty line is told once',
      `a:\n  - "x\n${'\n'.repeat(9)}`,
      [yaml('Missing closing "quote', 12, 1)],
    ],
  ])('%s', (_, text, problems) => {
    expect(validatePipelineText(text, { file }).problems).toStrictEqual(
      problems,
    );
  });

  it('stay in their order behind the problems of another document', () => {
    const other = GOOD.replace('  owner: ml-team\n', '');
    expect(placesIn(`${other}---\na: b: c\nx: "y\n`)).toStrictEqual([
      '5:3 spec.owner',
      '12:1 ',
      '10:4 ',
    ]);
  });

  it('keep documents apart: the others are looked at', () => {
    const result = validatePipelineText(`a: b: c\n---\n${GOOD}`, { file });
    expect(result).toMatchObject({
      ok: false,
      definitions: [{ name: 'good' }],
      problems: [
        yaml('Nested mappings are not allowed in compact mappings', 1, 4),
      ],
    });
  });
});
