import { nameContainsFilter, nameEqualsFilter } from './nameFilter';

describe('filters by name', () => {
  it('never lets a quote end the quoted text', () => {
    for (const text of ['a', `it's`, `say "x"`, `it's "x"`, `" OR ""="`]) {
      for (const filter of [nameContainsFilter(text), nameEqualsFilter(text)]) {
        const quote = filter.match(/['"]/)![0];
        expect(filter.split(quote)).toHaveLength(3);
        expect(filter.endsWith(quote)).toBe(true);
      }
    }
  });

  it('asks exactly where MLflow can express it', () => {
    expect(nameEqualsFilter('late')).toBe(`name = 'late'`);
    expect(nameEqualsFilter(`it's`)).toBe(`name = "it's"`);
    expect(nameEqualsFilter(`it's "x"`)).toBe(`name LIKE "it's _x_"`);
  });
});
