import { playHistory, runCampaign } from './campaign';
import { uncovered } from './coverage';
import { generateHistory } from './history/generateHistory';
import { PostgresStores } from './store/PostgresStores';
import { SqliteStores } from './store/SqliteStores';
import { ModelStores, type StoreFactory } from './stores';

jest.setTimeout(600_000);

const limits = { maxHosts: 3 };

describe('histories of the engine', () => {
  it('break no rule, whatever goes wrong, and much of it does', async () => {
    const result = await runCampaign({
      stores: new ModelStores(),
      limits,
      from: 1_000_001,
      histories: 250,
    });
    expect(result.failures).toEqual([]);
    expect(uncovered(result, 'model')).toEqual([]);
    expect(result.runs).toBeGreaterThan(500);
  });

  it('are the same for the same seed', async () => {
    const play = async () => {
      const lines: string[] = [];
      await playHistory(generateHistory(7, limits), new ModelStores(), {
        trace: line => lines.push(line),
      });
      return lines;
    };
    expect(await play()).toEqual(await play());
  });

  it.each<[string, () => StoreFactory, number]>([
    ['SQLite', () => new SqliteStores(), 1],
    [
      'PostgreSQL',
      () => new PostgresStores(process.env.MAESTRO_TEST_POSTGRES_URL!),
      3,
    ],
  ])('break no rule on %s', async (_, create, maxHosts) => {
    const stores = create();
    try {
      const result = await runCampaign({
        stores,
        limits: { maxHosts, isSmall: true },
        from: 1_000_001,
        histories: 8,
      });
      expect(result.failures).toEqual([]);
      expect(result.runs).toBeGreaterThan(0);
    } finally {
      await stores.close();
    }
  });

  it('that meet too little say so', async () => {
    const result = await runCampaign({
      stores: new ModelStores(),
      limits,
      from: 1,
      histories: 1,
    });
    const missing = uncovered({ ...result, histories: 10_000 }, 'model');
    expect(missing).toContain('fault host_lost');
    expect(missing.length).toBeGreaterThan(20);
  });
});
