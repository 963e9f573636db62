import { eachDatabase } from '../database/testing';
import { definitionOf, StoreSeed } from '../views/testing/StoreSeed';
import { listRuns } from '../views/listRuns';
import { belongsToPipeline } from './rules/belongsToPipeline';

describe('BELONGS_TO_PIPELINE', () => {
  it('holds for runs of the named pipelines only', () => {
    const run = { runId: 'r', pipeline: 'a' };
    expect(belongsToPipeline.apply(run, { pipelines: ['b', 'a'] })).toBe(true);
    expect(belongsToPipeline.apply(run, { pipelines: ['A'] })).toBe(false);
    expect(belongsToPipeline.apply(run, { pipelines: [] })).toBe(false);
  });
});

eachDatabase((_name, databases) => {
  describe('whereRuns', () => {
    const a = { pipelines: ['a'] };
    const b = { pipelines: ['b'] };
    let seed: StoreSeed;

    beforeAll(async () => {
      seed = new StoreSeed(await databases.open());
      for (const name of ['a', 'b', 'c']) {
        const pipeline = await seed.pipeline(definitionOf(name, ['x']));
        await seed.run(pipeline, { run_id: name });
      }
    });

    it.each([
      ['one of several', { anyOf: [a, b] }, 'ba'],
      ['all of several', { allOf: [a, { pipelines: ['a', 'b'] }] }, 'a'],
      ['what cannot be', { allOf: [a, b] }, ''],
      ['the others', { not: { anyOf: [a, b] } }, 'c'],
      ['nested', { anyOf: [{ allOf: [a, { not: b }] }, b] }, 'ba'],
      ['no pipeline', { pipelines: [] }, ''],
      ['hostile names', { pipelines: ["a' or '1'='1"] }, ''],
    ] as const)('narrows a list to %s', async (_, visible, expected) => {
      const { items } = await listRuns(seed.views(), {
        limit: 10,
        visible: structuredClone(visible) as never,
      });
      expect(items.map(run => run.runId).join('')).toBe(expected);
    });

    it('keeps the filter of the reader beside that of the question', async () => {
      const { items } = await listRuns(seed.views(), {
        limit: 10,
        pipeline: 'c',
        visible: { anyOf: [a, b] },
      });
      expect(items).toEqual([]);
    });
  });
});
