import { dateOfKey, instantOf } from './partitionDate';

const read = (format: string, key: string) => dateOfKey(format, key)!;

it.each([
  ['another format', '%Y-%m-%d', '2025-01'],
  ['a day that is not there', '%Y-%m-%d', '2025-02-30'],
  ['a format that Python cannot read', '%G-%V', '2025-01'],
  ['a format that has a part twice', '%Y/%Y', '2025/2025'],
])('is no date: %s', (_, format, key) => {
  expect(dateOfKey(format, key)).toBeUndefined();
});

it('a text with an offset is at one instant, whatever the time zone', () => {
  const date = read('%Y-%m-%dT%H%z', '2025-07-01T12+0530');
  for (const timezone of ['UTC', 'Europe/Berlin']) {
    expect(instantOf(date, timezone)).toBe(Date.UTC(2025, 6, 1, 6, 30));
  }
});

it.each([
  ['in winter', '2025-01-01T00:00', Date.UTC(2024, 11, 31, 23)],
  [
    'that it shows twice: the second',
    '2025-10-26T02:30',
    Date.UTC(2025, 9, 26, 1, 30),
  ],
  ['that it jumps over', '2025-03-30T02:30', Date.UTC(2025, 2, 30, 1, 30)],
])('a text without one is a time of the clock %s', (_, key, instant) => {
  expect(instantOf(read('%Y-%m-%dT%H:%M', key), 'Europe/Berlin')).toBe(instant);
});
