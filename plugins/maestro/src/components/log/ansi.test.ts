import { afterReturns, parseAnsi, plainText, styleAfter } from './ansi';

const ESC = '\x1b';

describe('parseAnsi', () => {
  it('leaves plain text alone', () => {
    expect(parseAnsi('a\tb <script>').spans).toEqual([
      { text: 'a\tb <script>', style: {} },
    ]);
    expect(parseAnsi('').spans).toEqual([]);
  });

  it('understands colours, weight and their ends', () => {
    expect(
      parseAnsi(`${ESC}[1;31mERROR${ESC}[0m ok ${ESC}[92mg${ESC}[39m!`).spans,
    ).toEqual([
      { text: 'ERROR', style: { bold: true, fg: 'red' } },
      { text: ' ok ', style: {} },
      { text: 'g', style: { fg: 'bright-green' } },
      { text: '!', style: {} },
    ]);
  });

  it.each([
    ['38;5;196', '#ff0000'],
    ['38;5;9', 'bright-red'],
    ['38;5;244', '#808080'],
    ['38;2;1;2;255', '#0102ff'],
    ['38:2:1:2:255', '#0102ff'],
  ])('understands %s', (codes, fg) => {
    expect(parseAnsi(`${ESC}[${codes}mx`).spans).toEqual([
      { text: 'x', style: { fg } },
    ]);
  });

  it.each(['38;5;999', '38;2;1;2', '38;5', '38', '38;2;300;0;0', '999'])(
    'ignores the broken colour %s',
    codes => {
      expect(parseAnsi(`${ESC}[${codes}mx`).spans).toEqual([
        { text: 'x', style: {} },
      ]);
    },
  );

  it('drops every sequence that does something else', () => {
    const hostile = [
      `${ESC}[2J`,
      `${ESC}[10;10H`,
      `${ESC}]0;title\x07`,
      `${ESC}]8;;http://evil.example${ESC}\\`,
      `${ESC}[?25l`,
      `${ESC}c`,
      `${ESC}(B`,
      '\x00\x07\x08\x9b',
    ].join('');
    expect(
      parseAnsi(`a${hostile}b`)
        .spans.map(s => s.text)
        .join(''),
    ).toBe('ab');
  });

  it.each(['', '[', '[1;3', ']0;half'])(
    'survives a sequence cut off after %j',
    rest => {
      expect(parseAnsi(`text${ESC}${rest}`).spans).toEqual([
        { text: 'text', style: {} },
      ]);
    },
  );

  it('carries a style into the next line', () => {
    const end = styleAfter(`${ESC}[31mTraceback`, {});
    expect(parseAnsi('  line', end)).toEqual({
      spans: [{ text: '  line', style: { fg: 'red' } }],
      end: { fg: 'red' },
    });
  });

  it('takes a megabyte of escapes in reasonable time', () => {
    const line = `${ESC}[`.repeat(500_000);
    const started = process.cpuUsage();
    parseAnsi(line);
    // Of the processor: the machine may be busy with something else.
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(2000);
  });
});

describe('afterReturns', () => {
  it.each([
    ['10 %\r20 %\r30 %', '30 %'],
    ['text\r', 'text'],
    ['10 %\r20 %\r', '20 %'],
    ['\r', ''],
    ['plain', 'plain'],
    ['', ''],
  ])('%j shows %j', (line, shown) => {
    expect(afterReturns(line)).toBe(shown);
  });
});

describe('plainText', () => {
  it('is what one sees', () => {
    expect(plainText(`${ESC}[31mred${ESC}[0m\x07 end`)).toBe('red end');
  });
});
