import { evaluateCondition, type ExpressionContext } from './expressions';

/** A macro looks at every element: what it names must not be too large. */
const long = Array.from({ length: 20_000 }, (_, no) => no);
const text = 'x'.repeat(200_000);

const use = (source: string, context: ExpressionContext) => () =>
  evaluateCondition(source, context);

describe('what an expression with a macro may look at', () => {
  it.each<[string, string, ExpressionContext]>([
    ['params', 'params.a.exists(v, v == 1)', { params: { a: long } }],
    [
      'an output',
      'tasks.t.outputs.a.exists(v, v == 1)',
      { tasks: { t: { outputs: { a: long } } } },
    ],
    [
      'all outputs of a task',
      'tasks.t.outputs.exists(k, k == "a")',
      { tasks: { t: { outputs: { a: long } } } },
    ],
    [
      'an answer',
      'response.body.exists(v, v == 1)',
      { response: { status: 200, headers: {}, body: long } },
    ],
    [
      'events of assets',
      'run.asset_events.exists(v, v == 1)',
      { run: { asset_events: long } },
    ],
    [
      'the item of a mapped task',
      'item.exists(v, v == 1)',
      { mapped: { item: long, index: 0 } },
    ],
    [
      'something far inside',
      'params.a.exists(v, v == 1)',
      { params: { a: [{ deep: { list: long } }] } },
    ],
  ])('refuses a long list in %s', (_what, source, context) => {
    expect(use(source, context)).toThrow(
      /uses a macro on .* elements, at most/,
    );
  });

  it('names a list, a map and a text as what they are', () => {
    const map = Object.fromEntries(long.map(no => [`k${no}`, no]));
    const source = 'params.a.exists(v, v == "1")';
    expect(use(source, { params: { a: long } })).toThrow('a list of 20000');
    expect(use(source, { params: { a: map } })).toThrow('a map of 20000');
    expect(use(source, { params: { a: [text] } })).toThrow(
      'a string of 200000',
    );
  });

  it('refuses many lists that are small one by one', () => {
    const many = Array.from({ length: 500 }, () => long.slice(0, 900));
    expect(use('params.a.exists(v, v == [])', { params: { a: many } })).toThrow(
      /uses a macro on data of \d+ elements/,
    );
  });

  it('looks only at what the expression names', () => {
    const context: ExpressionContext = {
      params: { a: [1, null], b: long },
      vars: { v: text },
      run: { asset_events: long, id: 'r' },
      tasks: { t: { outputs: { a: long, b: [1] } } },
      response: { status: 200, headers: {}, body: long },
    };
    expect(use('params.a.exists(v, v == 1)', context)()).toBe(true);
    expect(
      use('tasks.t.outputs.b.exists(v, v == 1) && run.id == "r"', context)(),
    ).toBe(true);
  });
});

describe('functions in conditions', () => {
  it.each<[string, boolean]>([
    ['"a,b".split(",") == ["a", "b"]', true],
    ['"a,b".split(",", 1).size() == 1', true],
    ['"Ab".lowerAscii() == "ab"', true],
  ])('%s', (source, expected) => {
    expect(evaluateCondition(source, {})).toBe(expected);
  });
});
