import { ageText, ttlText } from './ageText';

describe('ageText', () => {
  it.each([
    [0, 'just now'],
    [59_999, 'just now'],
    [60_000, '1 min ago'],
    [7_199_999, '119 min ago'],
    [7_200_000, '2 h ago'],
    [2 * 86_400_000 - 1, '47 h ago'],
    [40 * 86_400_000, '40 d ago'],
  ])('writes %p as %p', (ms, text) => {
    expect(ageText(ms)).toBe(text);
  });
});

describe('ttlText', () => {
  it.each([
    [undefined, 'no limit'],
    [2 * 86_400_000, '2 d'],
    [36 * 3_600_000, '36 h'],
    [90 * 60_000, '90 min'],
    [1_500, '1.5 s'],
  ])('writes %p as %p', (ms, text) => {
    expect(ttlText(ms)).toBe(text);
  });
});
