import golden from '../partitions/partitionKeys.golden.json';
import { oddDirective, readDate, writeDate } from './pythonDates';

// The table is Python's own: test/airflow/partitionKeys.py.
describe('dates by formats of Python', () => {
  it.each(golden.written as Array<[string, number, string]>)(
    'writes %s of %d as Python does',
    (format, wall, text) => {
      expect(writeDate(format, wall)).toBe(text);
    },
  );

  const read = golden.read as Array<[string, string, [number, number?] | null]>;
  const cannotBeRead = (format: string) =>
    format === '%Y-%Y' || oddDirective(format, 'read') !== undefined;

  it.each(read.filter(([format]) => !cannotBeRead(format)))(
    'reads by %s from %s what Python does',
    (format, text, expected) => {
      const found = readDate(format, text);
      expect(found ? [found.wall, found.offsetMs ?? null] : null).toStrictEqual(
        expected,
      );
    },
  );

  it.each(read.filter(([format]) => cannotBeRead(format)))(
    'refuses the format %s, of which Python reads nothing either',
    (format, text, expected) => {
      expect(expected).toBeNull();
      expect(() => readDate(format, text)).toThrow(RangeError);
    },
  );

  it('writes how far the clock is ahead of UTC', () => {
    expect(writeDate('%z', 0, 19_800_000)).toBe('+0530');
    expect(writeDate('%z', 0, -12_600_000)).toBe('-0330');
  });

  it.each([
    ['%Y-%c', 'write', '%c'],
    ['50%', 'write', '%'],
    ['%V', 'write', undefined],
    ['%V', 'read', '%V'],
    ['%Y%%', 'read', undefined],
  ] as const)('says of %s, to %s: %s', (format, use, odd) => {
    expect(oddDirective(format, use)).toBe(odd);
  });

  it('writes none that it does not know', () => {
    expect(() => writeDate('%Y-%c', 0)).toThrow(RangeError);
    expect(() => writeDate('50%', 0)).toThrow(RangeError);
  });
});
