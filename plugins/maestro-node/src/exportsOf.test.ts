import { exportsOf } from './exportsOf';

describe('exportsOf', () => {
  const readOptions = () => 1;

  it('finds exports as a bundler or jest gives them', () => {
    expect(exportsOf({ readOptions }).readOptions).toBe(readOptions);
  });

  it("finds them where Node's import() of CommonJS puts them", () => {
    const loaded = { default: { readOptions } } as unknown as {
      readOptions: typeof readOptions;
    };
    expect(exportsOf(loaded).readOptions).toBe(readOptions);
  });
});
