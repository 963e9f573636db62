import { ExpressionError } from './expressionError';
import { MAX_TEMPLATE_CHARACTERS, parseTemplate } from './expressionTemplate';

/** Texts as they are, expressions as [source, offset]. */
const parts = (text: string) =>
  parseTemplate(text).map(part =>
    part.kind === 'text' ? part.text : [part.source, part.offset],
  );

describe('where an expression of a text begins and ends', () => {
  it.each<[string, unknown[]]>([
    ['', []],
    ['plain', ['plain']],
    ['${{ a }}', [['a', 4]]],
    [
      '${{a}}${{  b}}',
      [
        ['a', 3],
        ['b', 11],
      ],
    ],
    ['x ${{ a }} y', ['x ', ['a', 6], ' y']],
    // Quotes before it are none of its own.
    ['"x${{ a }}', ['"x', ['a', 6]]],
    // What ends it is outside of texts and maps.
    ['${{ "}}" }}', [['"}}"', 4]]],
    ["${{ '}}' }}", [["'}}'", 4]]],
    ['${{ "a}}b" + "c" }}d', [['"a}}b" + "c"', 4], 'd']],
    ['${{ {"a": {}} }}', [['{"a": {}}', 4]]],
    ['${{ "\\"}}" }}', [['"\\"}}"', 4]]],
    ['${{ """a"}}b""" }}', [['"""a"}}b"""', 4]]],
    ["${{ '''a'}}b''' }}", [["'''a'}}b'''", 4]]],
    ['${{ "" }}', [['""', 4]]],
    // In a raw text the backslash is a character as any other.
    ['${{ r"\\" }}}}', [['r"\\"', 4], '}}']],
    ['${{ R"\\" }}}}', [['R"\\"', 4], '}}']],
    ['${{ "r\\"}}" }}', [['"r\\"}}"', 4]]],
    // The characters themselves.
    ['$${{ a }}', ['${{ a }}']],
    ['x $${{ a }} ${{ b }}', ['x ${{ a }} ', ['b', 16]]],
    ['$$${{ a }}', ['$${{ a }}']],
    ['${{ a }}$${{ b }}', [['a', 4], '${{ b }}']],
    ['$${{$${{', ['${{${{']],
  ])('%j', (text, expected) => {
    expect(parts(text)).toStrictEqual(expected);
  });

  it.each<[string, number]>([
    ['a ${{ b', 2],
    ['${{ a }', 0],
    ['${{ "a }}', 0],
    ['${{ "a', 0],
    ["${{ '''a' }}", 0],
    ['${{ {"a": 1 }}', 0],
    ['${{ a }} ${{ "\\" }}', 9],
  ])('%j: it does not end', (text, start) => {
    let error: unknown;
    try {
      parseTemplate(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ExpressionError);
    expect(error).toMatchObject({
      summary:
        '"${{" is not closed by "}}", write "$${{" for the characters themselves',
      start,
      end: start + 3,
    });
  });

  it('takes as many as are allowed, and no more', () => {
    expect(parts('${{a}}'.repeat(100))).toHaveLength(100);
    expect(() => parseTemplate('${{a}}'.repeat(101))).toThrow(
      'may have 32768 characters and 100 expressions',
    );
    const rest = 'x'.repeat(MAX_TEMPLATE_CHARACTERS - 6);
    expect(parts(`\${{a}}${rest}`)).toHaveLength(2);
    let error: unknown;
    try {
      parseTemplate(`y\${{a}}${rest}`);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ start: 1, end: 4 });
    // Without an expression it is only a text.
    expect(parts(`${rest}${rest}`)).toHaveLength(1);
  });
});
