import { closestName, didYouMean } from './suggest';

it.each<[string, string[], string | undefined]>([
  // [written, names, meant]
  ['trian', ['evaluate', 'train'], 'train'],
  ['TRAIN', ['train'], 'train'],
  ['retires', ['retries', 'retryOn'], 'retries'],
  ['tran', ['train'], 'train'],
  ['trrain', ['train'], 'train'],
  ['trein', ['train'], 'train'],
  ['', ['a'], undefined],
  ['ab', ['AB'], 'AB'],
  ['ab', ['ac'], undefined],
  ['cat', ['dog'], undefined],
  ['abcd', [], undefined],
  // Two neighbours that are swapped are one slip, …
  ['abc', ['acb'], 'acb'],
  ['abc', ['bac'], 'bac'],
  // … and of three letters only one may differ.
  ['abcd', ['badc'], undefined],
  ['abc', ['bca'], undefined],
  ['pqs', ['rps'], undefined],
  ['pqs', ['qrs'], undefined],
  // The closest, and of several that are as close the first.
  ['abcdef', ['abcdxy', 'abcdex', 'abcdey'], 'abcdex'],
])('%j among %j means %j', (name, names, meant) => {
  expect(closestName(name, names)).toBe(meant);
  expect(didYouMean(name, names)).toBe(
    meant === undefined ? '' : `; did you mean "${meant}"?`,
  );
});

it('compares with the first 2,000 names', () => {
  const others = (count: number) => Array.from({ length: count }, () => 'x');
  expect(closestName('trian', [...others(1999), 'train'])).toBe('train');
  expect(closestName('trian', [...others(2000), 'train'])).toBeUndefined();
});
