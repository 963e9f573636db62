import { parseCsv, reportDocument, reportKind } from './reportDocument';

describe('reportDocument', () => {
  it('puts the policy before anything that a task wrote', () => {
    const document = reportDocument('<script>steal()</script>');
    expect(document.indexOf('Content-Security-Policy')).toBeLessThan(
      document.indexOf('<script>'),
    );
    expect(document).toMatch(/default-src 'none'/);
    expect(document).not.toMatch(/script-src/);
  });
});

describe('reportKind', () => {
  it.each([
    ['text/html; charset=utf-8', 'html'],
    ['TEXT/HTML', 'html'],
    ['application/vnd.vegalite.v5+json', 'vega-lite'],
    ['application/vnd.vegalite.v6+json; charset=utf-8', 'vega-lite'],
    ['application/vnd.vegalite-like+json', 'json'],
    ['image/png', 'image'],
    ['text/csv', 'csv'],
    ['text/plain', 'text'],
    ['application/octet-stream', undefined],
    ['image/x-unheard-of', undefined],
  ])('%s is shown as %s', (type, kind) => {
    expect(reportKind(type)).toBe(kind);
  });
});

describe('parseCsv', () => {
  it('reads quoted fields, both line ends and no last line feed', () => {
    expect(parseCsv('a,b\r\n"x,1","say ""hi"""\n"two\nlines",', 10)).toEqual([
      ['a', 'b'],
      ['x,1', 'say "hi"'],
      ['two\nlines', ''],
    ]);
  });

  it('ends after the limit and takes nothing', () => {
    expect(parseCsv('a\n'.repeat(1_000_000), 3)).toHaveLength(3);
    expect(parseCsv('', 3)).toEqual([]);
  });
});
