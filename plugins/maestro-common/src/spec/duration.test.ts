import { durationMs, looseDurationMs } from './duration';

it.each<[unknown, number | undefined]>([
  ['PT0S', 0],
  ['PT0.5S', 500],
  ['PT1.001S', 1_001],
  ['PT5M', 300_000],
  ['PT1H30M', 5_400_000],
  ['P1D', 86_400_000],
  ['P1DT12H', 129_600_000],
  ['P2W', 1_209_600_000],
  ['P1W1DT1H1M1S', 694_861_000],
  ['P', undefined],
  ['PT', undefined],
  ['P1DT', undefined],
  ['P1Y', undefined],
  ['P1M', undefined],
  ['PT1S ', undefined],
  [' PT1S', undefined],
  ['PT1.0001S', undefined],
  ['pt1s', undefined],
  ['-PT1S', undefined],
  ['', undefined],
  [5, undefined],
  [['PT1S'], undefined],
  [undefined, undefined],
])('%j is %j ms', (text, ms) => {
  expect(looseDurationMs(text)).toBe(ms);
});

it('says what is no duration, and how to write one', () => {
  expect(durationMs('PT1S')).toBe(1_000);
  expect(() => durationMs('2h')).toThrow(
    '"2h" is not a duration, expected ISO 8601 such as PT5M, PT1H30M or P1D',
  );
});
