import fc from 'fast-check';
import { RankQueue } from './rankQueue';

function all(queue: RankQueue): number[] {
  const taken: number[] = [];
  for (let no = queue.take(); no !== undefined; no = queue.take()) {
    taken.push(no);
  }
  return taken;
}

it('gives by rank, whatever the order in which they came', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50), { maxLength: 60 }), nos => {
      const rank = Array.from({ length: 51 }, (_, no) => (no * 20) % 51);
      const queue = new RankQueue(rank);
      nos.forEach(no => queue.add(no));
      expect(all(queue)).toStrictEqual(
        [...new Set(nos)].sort((a, b) => rank[a] - rank[b]),
      );
    }),
  );
});

it('has each once, and again when it comes after it was taken', () => {
  const queue = new RankQueue([0, 1]);
  queue.add(1);
  queue.add(1);
  expect(all(queue)).toStrictEqual([1]);
  queue.add(1);
  queue.add(0);
  expect(all(queue)).toStrictEqual([0, 1]);
});
