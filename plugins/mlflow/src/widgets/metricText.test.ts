import { durationText, metricText } from './metricText';

describe('metricText', () => {
  it.each([
    [0.9644970414, '0.9645'],
    [0, '0'],
    [1, '1'],
    [1234.5678, '1234.6'],
    [336776, '336,776'],
    [-0.5, '-0.5000'],
    [0.00001234, '1.234e-5'],
    [12345678.9, '1.235e+7'],
    ['NaN', 'NaN'],
    ['-Infinity', '−∞'],
    [undefined, '—'],
  ] as const)('writes %p as %p', (value, text) => {
    expect(metricText(value)).toBe(text);
  });
});

describe('durationText', () => {
  it.each([
    [480, '480 ms'],
    [59_999, '59 s'],
    [125_000, '2 m 05 s'],
    [3_600_000, '1 h 00 m'],
    [undefined, '—'],
    [-5, '—'],
  ])('writes %p as %p', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });
});
