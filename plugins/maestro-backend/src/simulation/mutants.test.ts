import { runCampaign, shrinkSeed, playHistory } from './campaign';
import { MUTANTS } from './mutants';
import { ModelStores } from './stores';

/** Histories after which the simulator would be no use. */
const HISTORIES = 400;
const limits = { maxHosts: 3 };

jest.setTimeout(600_000);

describe('what the simulator finds', () => {
  it.each(MUTANTS.map(mutant => [mutant.name, mutant] as const))(
    '%s',
    async (_, { stores, adjust, patch, breaks, histories = HISTORIES }) => {
      const restore = patch?.();
      try {
        const { failures } = await runCampaign({
          stores: stores?.() ?? new ModelStores(),
          adjust,
          limits,
          from: 1,
          histories,
          stopAtFirst: true,
        });
        expect(failures).toHaveLength(1);
        expect(failures[0].violation.rule).toMatch(breaks);
      } finally {
        restore?.();
      }
    },
  );

  it('cuts a history down to what matters, and plays it again', async () => {
    const { stores, adjust } = MUTANTS.find(({ name }) =>
      name.includes('without the run lock'),
    )!;
    const make = () => stores!();
    const { failures } = await runCampaign({
      stores: make(),
      adjust,
      limits,
      from: 1,
      histories: HISTORIES,
      stopAtFirst: true,
    });
    const { seed, violation } = failures[0];
    const found = await shrinkSeed({
      stores: make(),
      limits,
      seed,
      budget: 300,
    });
    expect(found!.violation.rule).toBe(violation.rule);
    expect(found!.history.pipelines).toHaveLength(1);
    expect(found!.history.faults.length).toBeLessThanOrEqual(2);
    const traces: string[][] = [[], []];
    for (const trace of traces) {
      const again = JSON.parse(JSON.stringify(found!.history));
      const report = await playHistory(again, make(), {
        trace: line => trace.push(line),
      });
      expect(report.violations[0]).toEqual(found!.violation);
    }
    expect(traces[0]).toEqual(traces[1]);
  });
});
