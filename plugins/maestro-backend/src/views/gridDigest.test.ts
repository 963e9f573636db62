import { TASK_STATES } from '@maestro/plugin-maestro-common';
import fc from 'fast-check';
import {
  aggregateCells,
  packDigest,
  unpackDigest,
  type DigestInput,
} from './gridDigest';

const task = (over: Partial<DigestInput>): DigestInput => ({
  no: 0,
  mapIndex: -1,
  state: 'success',
  tries: 1,
  ...over,
});

describe('the digest of a run', () => {
  const instance = fc.record({
    no: fc.integer({ min: 0, max: 30 }),
    mapIndex: fc.integer({ min: -1, max: 50 }),
    state: fc.constantFrom(...TASK_STATES),
    durationMs: fc.option(fc.nat({ max: 2 ** 31 }), { nil: undefined }),
    tries: fc.integer({ min: 0, max: 200 }),
  });

  it('gives back what went in, cell by cell', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(instance, { selector: i => `${i.no}.${i.mapIndex}` }),
        tasks => {
          expect(unpackDigest(packDigest(tasks))).toEqual(
            aggregateCells(tasks),
          );
        },
      ),
    );
  });

  it('needs few bytes: 100 tasks of some minutes fit in 800', () => {
    const tasks = Array.from({ length: 100 }, (_, no) =>
      task({ no, durationMs: 300_000 + no }),
    );
    expect(packDigest(tasks).length).toBeLessThan(800);
  });

  it('packs a map of 10,000 as one cell that shows the worst state', () => {
    const tasks = Array.from({ length: 10_000 }, (_, mapIndex) =>
      task({
        mapIndex,
        state: mapIndex === 77 ? 'failed' : 'success',
        durationMs: mapIndex,
        tries: mapIndex === 5 ? 3 : 1,
      }),
    );
    expect(unpackDigest(packDigest(tasks))).toEqual([
      {
        no: 0,
        state: 'failed',
        durationMs: 9_999,
        tries: 3,
        instances: 10_000,
        counts: { success: 9_999, failed: 1 },
      },
    ]);
  });

  it('has nothing to show for a run without tasks', () => {
    expect(unpackDigest(packDigest([]))).toEqual([]);
  });

  it.each(['', '2:S1', '1:?', '1:S1;garbage!'])(
    'does not pretend to understand %p',
    text => {
      expect(unpackDigest(text)).toBeUndefined();
    },
  );
});
