import { durationWords } from './durationWords';

it.each([
  [-5, '0 ms'],
  [0, '0 ms'],
  [400, '400 ms'],
  [1_000, '1 s'],
  [59_999, '59 s'],
  [200_000, '3 min 20 s'],
  [3_600_000, '1 h'],
  [5_400_000, '1 h 30 min'],
  [3_605_000, '1 h'],
  [90_061_000, '1 d 1 h'],
  [864_000_000, '10 d'],
])('%i ms are %s', (ms, words) => {
  expect(durationWords(ms)).toBe(words);
});
