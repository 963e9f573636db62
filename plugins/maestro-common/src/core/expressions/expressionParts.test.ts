import {
  compileCondition,
  evaluateCondition,
  evaluateList,
  expressionReferences,
  renderTemplate,
  renderValue,
  type ExpressionContext,
} from './expressions';

const context: ExpressionContext = {
  params: { n: 200, half: 0.5, nothing: null, flag: true, key: 'k', run: 'id' },
  vars: { many: 'a,'.repeat(5_000) },
  run: { id: 'r', asset_events: Array.from({ length: 2_000 }, () => 'e') },
};

describe('arithmetic and comparison across kinds of numbers', () => {
  it.each<[string, boolean]>([
    ['params.n - 1 == 199', true],
    ['1 - params.half == 0.5', true],
    ['params.n * 2 == 400 && params.n / 400 == 0.5', true],
    ['1.5 == 1', false],
    ['1.0 == 1', true],
  ])('%s: %s', (source, expected) => {
    expect(evaluateCondition(source, context)).toBe(expected);
  });
});

describe('what a macro may look at', () => {
  it('is bounded, and what has none is not', () => {
    const all = 'run.asset_events.size() == 2000';
    expect(evaluateCondition(all, context)).toBe(true);
    for (const source of [
      'vars.many.split(",").exists(v, v == "a")',
      'run[params.run].exists(v, v == "a")',
    ]) {
      expect(() => evaluateCondition(source, context)).toThrow(
        /uses a macro on/,
      );
    }
  });
});

it.each([
  ['  ', 'The expression is empty'],
  ['"a".matches("a")', 'matches() is not available'],
])('%j is refused: %s', (source, words) => {
  expect(() => compileCondition(source)).toThrow(words);
});

it.each<[string, string]>([
  ['params.nothing', 'The condition gave a null, expected a bool'],
  ['[1, "a"][0]', 'The condition gave an int, expected a bool'],
  ['[1, "a"][1]', 'The condition gave a string, expected a bool'],
])('%s: %s', (source, words) => {
  expect(() => evaluateCondition(source, context)).toThrow(words);
});

it('names what gives no list', () => {
  expect(() => evaluateList('params.flag', context)).toThrow(
    'The expression gave a bool, expected a list',
  );
});

it.each(['${{ type(1) }}', '${{ duration("1s") }}'])(
  '%s is nothing to write',
  text => {
    expect(() => renderTemplate(text, context)).toThrow(
      'expected a text, a number, a bool, a list or a map',
    );
  },
);

it('leaves the characters themselves as they are, wherever they stand', () => {
  expect(renderValue(['$${{ a }}'], context)).toStrictEqual(['${{ a }}']);
});

describe('what an expression names', () => {
  it('is each output once', () => {
    const { tasks } = expressionReferences(
      'tasks.a.outputs.k == tasks.a.outputs.l && tasks.b.outputs.k == tasks.a.outputs.k',
    );
    expect(tasks).toStrictEqual([
      { id: 'a', output: 'k' },
      { id: 'a', output: 'l' },
      { id: 'b', output: 'k' },
    ]);
  });

  it('is known only later where an index is no text', () => {
    expect(expressionReferences('params[0] == 1').params).toStrictEqual(['*']);
  });

  it('may be any field of an answer where it is known only later', () => {
    expect(
      compileCondition('response[params.key] == 1', { response: true })
        .references.response,
    ).toStrictEqual(['*']);
  });
});
