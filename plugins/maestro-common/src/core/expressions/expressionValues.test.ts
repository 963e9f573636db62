import {
  compileCondition,
  compileList,
  evaluateCondition,
  evaluateExpression,
  evaluateList,
  renderTemplate,
  renderValue,
  templateReferences,
  templatesIn,
  type ExpressionContext,
} from './expressions';

const context: ExpressionContext = {
  params: {
    trees: 200,
    rate: 0.5,
    name: 'late',
    list: ['a', 1, null],
    deep: { on: true },
  },
  run: { id: 'r1', logical_date: new Date('2025-01-02T03:04:05Z') },
};

describe('evaluateList', () => {
  it.each<[string, string[]]>([
    ['[1, 2]', ['1', '2']],
    ['["a", "b c"]', ['"a"', '"b c"']],
    ['[true, 0.5, null]', ['true', '0.5', 'null']],
    ['[[1], {"a": 1}]', ['[1]', '{"a":1}']],
    ['[run.logical_date]', ['"2025-01-02T03:04:05.000Z"']],
    ['params.list', ['"a"', '1', 'null']],
    ['[]', []],
  ])('%s: %j', (source, items) => {
    expect(evaluateList(source, context)).toStrictEqual(items);
  });

  it.each([
    ['params.trees', 'The expression gave a double, expected a list'],
    ['params.name', 'The expression gave a string, expected a list'],
    ['params.deep', 'The expression gave a map, expected a list'],
    ['1', 'The expression gives an int, expected a list'],
    ['"a"', 'The expression gives a string, expected a list'],
  ])('refuses %s', (source, message) => {
    expect(() => evaluateList(source, context)).toThrow(message);
  });

  it('marks the whole expression that gives no list', () => {
    expect(() => evaluateList('params.trees', context)).toThrow(
      expect.objectContaining({ start: 0, end: 12 }),
    );
    expect(() => compileList('1 + 1')).toThrow(
      expect.objectContaining({ start: 0, end: 5 }),
    );
  });

  it('tells what the expression of a list names', () => {
    expect(compileList('params.list').references.params).toStrictEqual([
      'list',
    ]);
  });
});

describe('a condition over an answer', () => {
  const answered = {
    ...context,
    response: { status: 200, headers: {}, body: { ok: true } },
  };

  it('sees the answer', () => {
    expect(evaluateCondition('response.status == 200', answered)).toBe(true);
    expect(evaluateCondition('response.body.ok', answered)).toBe(true);
  });

  it('is refused where nothing was asked', () => {
    const refused = expect.objectContaining({
      start: 0,
      end: 22,
      message: expect.stringContaining('There is no "response" here'),
    });
    expect(() => evaluateCondition('response.status == 200', context)).toThrow(
      refused,
    );
    expect(() => compileCondition('response.status == 200')).toThrow(refused);
    expect(() =>
      compileCondition('response.status == 200', { response: true }),
    ).not.toThrow();
    expect(() => templateReferences('${{ response.status }}')).toThrow(
      'There is no "response" here',
    );
  });

  it('marks the whole of what gives no bool', () => {
    const whole = expect.objectContaining({ start: 0, end: 12 });
    expect(() => evaluateCondition('params.trees', context)).toThrow(whole);
    expect(() => compileCondition('"a" + "bcde"')).toThrow(whole);
  });
});

describe('evaluateExpression', () => {
  it.each<[string, unknown]>([
    ['params.trees', 200],
    ['params.rate', 0.5],
    ['1 + 1', 2],
    ['"a" + "b"', 'ab'],
    ['true', true],
    ['null', null],
    ['[1, [2]]', [1, [2]]],
    ['{"a": {"b": 1}}', { a: { b: 1 } }],
    ['run.logical_date', '2025-01-02T03:04:05.000Z'],
  ])('%s', (source, value) => {
    expect(evaluateExpression(source, context)).toStrictEqual(value);
  });
});

describe('an item of a mapped task', () => {
  const mapped = { ...context, mapped: { item: { file: 'a.csv' }, index: 3 } };

  it('is there with its index', () => {
    expect(renderTemplate('${{ item.file }} ${{ index }}', mapped)).toBe(
      'a.csv 3',
    );
    expect(evaluateExpression('index + 1', mapped)).toBe(4);
  });

  it('is missing in a task that is not mapped', () => {
    expect(() => renderTemplate('${{ item.file }}', context)).toThrow('item');
  });
});

describe('renderValue', () => {
  it.each<[unknown, unknown]>([
    ['plain', 'plain'],
    [12, 12],
    [null, null],
    [true, true],
    ['${{ params.trees }}', 200],
    ['${{ params.deep }}', { on: true }],
    ['${{ params.trees }} trees', '200 trees'],
    ['${{ params.trees }}${{ params.name }}', '200late'],
    ['${{ "" }}', ''],
    [
      ['${{ params.rate }}', 'x', ['${{ 1 }}']],
      [0.5, 'x', [1]],
    ],
    [
      { a: '${{ params.name }}', b: { c: ['${{ true }}'] }, d: null },
      { a: 'late', b: { c: [true] }, d: null },
    ],
    [[], []],
    [{}, {}],
  ])('%j is %j', (value, expected) => {
    expect(renderValue(value, context)).toStrictEqual(expected);
  });
});

describe('renderTemplate', () => {
  it.each([
    ['${{ [1, 2] }}', '[1,2]'],
    ['${{ {"a": [1]} }}', '{"a":[1]}'],
    ['${{ null }}', 'null'],
    ['${{ true }} ${{ 1.5 }} ${{ 7 }}', 'true 1.5 7'],
    ['${{ run.logical_date }}', '2025-01-02T03:04:05.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(renderTemplate(text, context)).toBe(expected);
  });

  it('leaves out what a run does not have', () => {
    const run = { id: 'r1', logical_date: undefined };
    expect(evaluateCondition('has(run.id)', { run })).toBe(true);
    expect(() => renderTemplate('${{ run.logical_date }}', { run })).toThrow(
      'logical_date',
    );
  });
});

describe('templatesIn', () => {
  it.each<[unknown, string[]]>([
    ['plain', []],
    ['${{ a }}', ['${{ a }}']],
    [null, []],
    [1, []],
    [undefined, []],
    [
      ['${{ a }}', 'b', { c: '${{ d }}', e: 1 }],
      ['${{ a }}', '${{ d }}'],
    ],
    [{ a: { b: ['x ${{ c }}'] } }, ['x ${{ c }}']],
  ])('%j: %j', (value, templates) => {
    expect(templatesIn(value)).toStrictEqual(templates);
  });
});
