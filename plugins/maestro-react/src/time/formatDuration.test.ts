import { formatDuration, formatRelative } from './formatDuration';

const S = 1000;
const M = 60 * S;
const H = 60 * M;

describe('formatDuration', () => {
  it.each([
    [0, '0 s'],
    [-5, '0 s'],
    [NaN, '0 s'],
    [0.4, '1 ms'],
    [350, '350 ms'],
    [999.9, '999 ms'],
    [3_299, '3.2 s'],
    [9_999, '9.9 s'],
    [48 * S, '48 s'],
    [59_999, '59 s'],
    [2 * M + 5 * S, '2 m 05 s'],
    [59 * M + 59_999, '59 m 59 s'],
    [H + 48 * M, '1 h 48 m'],
    [51 * H, '2 d 3 h'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('formatRelative', () => {
  const now = 1_700_000_000_000;
  it.each([
    [0, 'just now'],
    [-4_999, 'just now'],
    [14 * M, 'in 14 m'],
    [-14 * M, '14 m ago'],
    [49 * H, 'in 2 d'],
    [-30 * S, '30 s ago'],
    [-59 * M - 59 * S, '59 m ago'],
  ])('%d ms away is %s', (ms, text) => {
    expect(formatRelative(now + ms, now)).toBe(text);
  });
});
