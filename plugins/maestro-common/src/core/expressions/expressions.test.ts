import fc from 'fast-check';
import { cpuTime } from '../../__testUtils__/cpuTime';
import {
  compileCondition,
  evaluateCondition,
  expressionReferences,
  renderTemplate,
  templateExpressions,
  templateReferences,
  type ExpressionContext,
} from './expressions';
import { ExpressionError } from './expressionError';

const context: ExpressionContext = {
  params: { n: 200, x: 0.5, name: 'late', list: [1, 2, 3], deep: { a: [] } },
  vars: { model_accuracy_threshold: '0.85', days: '7' },
  run: { id: 'r1', key: 'scheduled__1', logical_date: undefined },
  tasks: {
    evaluate: { outputs: { accuracy: 0.9, n: 3 } },
    'data-check': { outputs: { return_value: true } },
  },
  connections: { mlflow_default: { host: 'mlflow', port: 80 } },
};

function errorOf(action: () => unknown): ExpressionError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(ExpressionError);
    return error as ExpressionError;
  }
  throw new Error('nothing was thrown');
}

describe('evaluateCondition', () => {
  it.each<[string, boolean]>([
    [
      'tasks.evaluate.outputs.accuracy > double(vars.model_accuracy_threshold)',
      true,
    ],
    ['tasks.evaluate.outputs.accuracy > 0.95', false],
    ['tasks["data-check"].outputs.return_value', true],
    ['params.n + 1 == 201', true],
    ['1 + params.x == 1.5', true],
    ['1 + params.x != 1.25 && 1.5 == 1 + params.x', true],
    ['1 + params.x > 1.25 && double(1 + params.x) == 1.5', true],
    ['string(1 + params.x) == "1.5" && int(2 * params.x) == 1', true],
    ['(1 + params.x) * 2 == 3 && -(1 + params.x) == -1.5', true],
    ['[1 + params.x][0] == 1.5 && (true ? 1 + params.x : 0.5) == 1.5', true],
    ['1.0 == 1 && params.n == 200', true],
    ['params.n % 3 == 2 && params.n / 8 == 25', true],
    ['params.n - 1 < 2 * params.n', true],
    ['int(vars.days) > 6', true],
    ['has(params.missing)', false],
    ['params.list.exists(v, v > 2)', true],
    ['params.list.all(v, params.list.exists(w, w >= v))', true],
    ['"la" in ["la", "lo"] && params.name.startsWith("la")', true],
    ['has(run.logical_date)', false],
    ['connections.mlflow_default.port == 80', true],
  ])('%s: %s', (source, expected) => {
    expect(evaluateCondition(source, context)).toBe(expected);
  });

  it('marks the place of what is missing', () => {
    expect(
      errorOf(() =>
        evaluateCondition('true && tasks.nope.outputs.x > 1', context),
      ),
    ).toMatchObject({
      name: 'InputError',
      start: 14,
      end: 18,
      message:
        'No such key: nope\n  true && tasks.nope.outputs.x > 1\n                ^^^^',
    });
  });

  it.each([
    ['params.n', 'The condition gave a double, expected a bool'],
    ['params.list', 'The condition gave a list, expected a bool'],
  ])('wants a bool: %s', (source, message) => {
    expect(errorOf(() => evaluateCondition(source, context)).summary).toBe(
      message,
    );
  });
});

describe('compileCondition', () => {
  it.each([
    ['', 'The expression is empty'],
    ['1 +', 'Unexpected token'],
    ['1 + 1', 'The condition gives an int, expected a bool'],
    ['"a" + 1 == "a1"', 'no such overload'],
    ['secrets.x == "y"', 'Unknown'],
    [
      'tasks.a.output > 1',
      '"output" is not available, expected tasks.a.outputs',
    ],
    [
      'connections.db.password == ""',
      '"password" is not available, expected one of host, port',
    ],
    ['connections.db["login"] == ""', '"login" is not available'],
    ['tasks[params.n].outputs.x == 1', 'Write the name of the task out'],
    ['size(vars) == 1', 'Write the name of the variable out'],
    ['run.start == ""', '"start" is not available'],
    ['params.name.matches("(a+)+$")', 'matches() is not available'],
    [`params.n == 1${' || params.n == 2'.repeat(200)}`, 'bytes long'],
    [
      '[1].all(a, [1].all(b, [1].all(c, true)))',
      'Macros are nested more than 2 deep',
    ],
    [`${'('.repeat(500)}true${')'.repeat(500)}`, 'maxDepth'],
    [`${'!'.repeat(1500)}true`, 'Exceeded max'],
    [
      Array(9)
        .fill('params.a.all(x, params.a.all(y, x + y + 1 + 2 + 3 > 0))')
        .join(' && '),
      'could take too long',
    ],
  ])('refuses %j', (source, message) => {
    expect(errorOf(() => compileCondition(source)).summary).toContain(message);
  });

  it('does not reach the machinery of JavaScript', () => {
    for (const source of [
      'params.constructor == null',
      'params.__proto__ == null',
      'params.toString == null',
      'params.name.length == 4',
      'params.list.constructor == null',
    ]) {
      expect(errorOf(() => evaluateCondition(source, context)).summary).toMatch(
        /No such key|no such overload/i,
      );
    }
  });
});

describe('hostile expressions end soon', () => {
  const big = Array.from({ length: 10_000 }, (_, i) => i);
  const full = big.slice(0, 1000);
  const hostile: ExpressionContext = {
    ...context,
    params: {
      big,
      full,
      rows: full.map(() => full),
      text: 'a'.repeat(8_192),
      long: 'a'.repeat(1_000_000),
    },
  };
  it.each([
    ['a macro on a long list', 'params.big.all(x, x >= 0)', /list of 10000/],
    [
      'a macro on a long text',
      'params.long.split("").all(x, true)',
      /a string of 1000000/,
    ],
    [
      'the largest nested macro',
      'params.full.all(x, params.full.all(y, x + y >= 0))',
      undefined,
    ],
    ['too much data', 'params.rows.all(x, x.size() > 0)', /data of/],
    ['characters', 'params.text.split("").all(x, x == "a")', undefined],
    [
      'many joins',
      'params.full.map(x, params.text).join("").size() > 0',
      undefined,
    ],
    [
      'doubling by bind',
      'cel.bind(a, params.full + params.full, cel.bind(b, a + a + a + a, b.all(x, true)))',
      /nested/,
    ],
    [
      'adding lists up',
      `(${Array(80)
        .fill('params.full')
        .join(' + ')}).all(x, params.full.exists(y, y == 0))`,
      /too long/,
    ],
  ])('%s', (_, source, refused) => {
    const started = cpuTime();
    let message = '';
    try {
      evaluateCondition(source, hostile);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatch(refused ?? /^$/);
    expect(cpuTime() - started).toBeLessThan(1500);
  });

  it('throws nothing but ExpressionError, whatever the text', () => {
    const word = fc.constantFrom(
      ...'params vars run tasks . .n [ ] ( ) { } + - * / % && || ! ? : 1 2.5 "a" \'b\' in has( all( map(x, x) true null , == <'.split(
        ' ',
      ),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ maxLength: 60 }),
          fc.array(word, { maxLength: 20 }).map(words => words.join(' ')),
        ),
        text => {
          for (const action of [
            () => evaluateCondition(text, context),
            () => renderTemplate(`\${{ ${text} }}`, context),
          ]) {
            let error: unknown;
            try {
              action();
            } catch (caught) {
              error = caught;
            }
            expect(error ?? new ExpressionError('', '')).toBeInstanceOf(
              ExpressionError,
            );
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('renderTemplate', () => {
  it.each([
    ['plain', 'plain'],
    ['${{ params.n }}', '200'],
    ['${{params.n+1}}', '201'],
    ['--trees=${{ params.n }}/${{ params.name }}', '--trees=200/late'],
    ['${{ 7 }} ${{ params.x }} ${{ true }}', '7 0.5 true'],
    ['${{ vars.days }}', '7'],
    ['${{ params.list }}', '[1,2,3]'],
    ['${{ {"a": {"b": 1}} }}', '{"a":{"b":1}}'],
    ['${{ "}}" }}', '}}'],
    ["${{ '\\'}}' }}!", "'}}!"],
    ['$${{ params.n }}', '${{ params.n }}'],
    ['a $${{ b ${{ params.n }}', 'a ${{ b 200'],
    ['$$ ${ {x} } $', '$$ ${ {x} } $'],
    ['${{ null }}', 'null'],
    ['${{ timestamp("2025-01-01T00:00:00Z") }}', '2025-01-01T00:00:00.000Z'],
    [
      '${{ timestamp("2025-03-01T04:00:00Z") - duration("24h") }}',
      '2025-02-28T04:00:00.000Z',
    ],
    [
      '${{ string(timestamp("2025-03-01T04:00:00Z")).substring(0, 10) }}',
      '2025-03-01',
    ],
    ['http://${{ connections.mlflow_default.host }}:80', 'http://mlflow:80'],
  ])('%s gives %s', (text, expected) => {
    expect(renderTemplate(text, context)).toBe(expected);
  });

  it('never evaluates what came out of an expression', () => {
    const nested = { ...context, params: { n: '${{ vars.days }}' } };
    expect(renderTemplate('${{ params.n }}', nested)).toBe('${{ vars.days }}');
  });

  it.each([
    ['a ${{ params.n', 2, 'is not closed'],
    ['a ${{ params. }}', 13, 'Expected'],
    ['ab ${{ params.x + "a" + wrong.y }}', 24, 'Unknown'],
  ])('names the place in %j', (text, start, message) => {
    const error = errorOf(() => templateReferences(text));
    expect(error.message).toContain(message);
    expect(error.start).toBe(start);
  });

  it('gives any text back when it is escaped', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        const escaped = text.split('${{').join('$${{');
        // A "$" before the mark would be read as the escape itself.
        fc.pre(!text.includes('$${{'));
        expect(renderTemplate(escaped, context)).toBe(text);
      }),
    );
  });
});

describe('references', () => {
  it('names what an expression uses, each once', () => {
    expect(
      expressionReferences(
        'params.n > 1 && params.n < 5 && vars["a-b"] == "x" && tasks.a.outputs.k == tasks["b"].outputs["l"] && connections.c.host == run.id && params.list.all(params_of, params_of > params.m)',
      ),
    ).toStrictEqual({
      params: ['n', 'list', 'm'],
      vars: ['a-b'],
      run: ['id'],
      tasks: [
        { id: 'a', output: 'k' },
        { id: 'b', output: 'l' },
      ],
      connections: ['c'],
      map: [],
      response: [],
    });
  });

  it('says * for what is known only later', () => {
    expect(
      expressionReferences('params[vars.which] == tasks.a.outputs[params.k]'),
    ).toMatchObject({
      params: ['*', 'k'],
      vars: ['which'],
      tasks: [{ id: 'a', output: '*' }],
    });
  });

  it('knows the variable of a macro from a name of the context', () => {
    expect(
      expressionReferences('[{"n": 1}].all(params, params.n > 0)').params,
    ).toStrictEqual([]);
  });

  it('collects over a text', () => {
    const text = '${{ params.a }}-${{ params.b }} $${{ no }}';
    expect(templateReferences(text).params).toStrictEqual(['a', 'b']);
    expect(templateExpressions(text)).toStrictEqual(['params.a', 'params.b']);
  });
});
