import { moreMemory, quantityBytes } from './moreMemory';

it.each([
  ['512', 512],
  ['1k', 1000],
  ['1.5Gi', 1.5 * 2 ** 30],
  ['1.25Gi', 1.25 * 2 ** 30],
  ['64Mi', 64 * 2 ** 20],
  ['', undefined],
  ['500m', undefined],
  ['-1Gi', undefined],
])('%s are %s bytes', (quantity, bytes) => {
  expect(quantityBytes(quantity)).toBe(bytes);
});

const rule = { factor: 2, max: '300Mi' };

it.each([
  ['the first try', 0, '100Mi'],
  ['after one', 1, String(200 * 2 ** 20)],
  ['after two: the maximum', 2, String(300 * 2 ** 20)],
  ['after a thousand', 1000, String(300 * 2 ** 20)],
])('%s', (_, ooms, memory) => {
  expect(
    moreMemory({ limits: { memory: '100Mi', cpu: '1' } }, rule, ooms),
  ).toStrictEqual({ limits: { memory, cpu: '1' } });
});

it('never gives less, and leaves alone what it does not know', () => {
  expect(moreMemory({ limits: { memory: '1Gi' } }, rule, 3)).toStrictEqual({
    limits: { memory: '1Gi' },
  });
  expect(moreMemory(undefined, rule, 3)).toBeUndefined();
  expect(moreMemory({ requests: { cpu: '1' } }, rule, 3)).toStrictEqual({
    requests: { cpu: '1' },
  });
});
