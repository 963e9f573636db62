import type {
  FoundSources,
  PipelineSource,
  PipelineSourceFinder,
} from '@maestro/plugin-maestro-node';
import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { eachDatabase } from '../database/testing';
import { listProblems } from '../views/listProblems';
import { VersionFactsCache } from '../views/VersionFactsCache';
import { SourceFinders } from './SourceFinders';
import { SourceRegistry } from './SourceRegistry';

const MINUTE = 60_000;
const PLACE = 'airflow:catalog:';

/** A source of one pipeline, which is called as its place. */
class OneDag implements PipelineSource {
  readonly intervalMs = 20;
  reads = 0;
  isStopped = false;
  readonly place: string;

  constructor(readonly name: string) {
    this.place = `${PLACE}${name}/`;
  }

  async read() {
    this.reads += 1;
    return {
      pipelines: [
        {
          definition: {
            formatVersion: 1 as const,
            name: this.name,
            owner: 'group:default/ml',
            type: 'airflow',
            tags: [],
            schedules: [],
            maxActiveRuns: 1,
            tasks: [],
          },
          location: `${this.place}x.py`,
          signature: '1',
          files: async () => [],
        },
      ],
      problems: [],
    };
  }

  async stop() {
    this.isStopped = true;
  }
}

eachDatabase((_name, databases) => {
  async function setUp() {
    let now = 1_000_000;
    const db = await databases.open({ clock: () => now });
    const logger = mockLogger();
    const removed: number[] = [];
    const found: FoundSources = { sources: [], problems: [] };
    const finder = { isAway: false, isStopped: false };
    const asked: PipelineSourceFinder = {
      place: PLACE,
      intervalMs: 20,
      find: async () => {
        if (finder.isAway) throw new Error('the catalog is away');
        return { ...found, sources: [...found.sources] };
      },
      stop: async () => {
        finder.isStopped = true;
      },
    };
    const hooks = {
      onPipelineChanged: async () => {},
      onPipelineRemoved: async (_tx: unknown, id: number) => {
        removed.push(id);
      },
    };
    const shared = { db, logger, removeAfterMs: 15 * MINUTE, ...hooks };
    const make = () => {
      const registry = new SourceRegistry({ ...shared, sources: [] });
      const finders = new SourceFinders({
        ...shared,
        finders: [asked],
        registry,
      });
      return {
        registry,
        finders,
        refresh: async () => {
          await finders.refresh();
          await registry.refresh();
        },
        stop: async () => {
          await Promise.all([finders.stop(), registry.stop()]);
        },
      };
    };
    const row = async (name: string) =>
      db.knex('pipelines').where({ name }).first();
    const problems = async () =>
      (
        await listProblems({
          db,
          versions: new VersionFactsCache(db),
          ownerSlots: undefined as never,
        })
      ).map(({ name, problems: [{ message }] }) => `${name}: ${message}`);
    return {
      found,
      finder,
      logger,
      removed,
      make,
      row,
      problems,
      advance: (ms: number) => {
        now += ms;
      },
    };
  }

  it('looks at what is found as long as it is found, and removes its pipelines after a while', async () => {
    const { found, make, row, removed, advance } = await setUp();
    const [a, b] = [new OneDag('a'), new OneDag('b')];
    const one = make();
    found.sources = [a, b];
    await one.refresh();
    expect((await row('a')).removed_at).toBeNull();
    found.sources = [b];
    await one.refresh();
    expect([a.isStopped, b.isStopped]).toEqual([true, false]);
    const reads = a.reads;
    advance(14 * MINUTE);
    await one.refresh();
    expect((await row('a')).removed_at).toBeNull();
    advance(MINUTE);
    await one.refresh();
    expect((await row('a')).removed_at).not.toBeNull();
    expect((await row('b')).removed_at).toBeNull();
    expect(removed).toHaveLength(1);
    expect(a.reads).toBe(reads);
    // It is back.
    found.sources = [new OneDag('a'), b];
    await one.refresh();
    expect((await row('a')).removed_at).toBeNull();
    await one.stop();
  });

  it('removes what was found by a process before it', async () => {
    const { found, make, row, advance } = await setUp();
    found.sources = [new OneDag('a')];
    const before = make();
    await before.refresh();
    await before.stop();
    found.sources = [];
    const after = make();
    await after.refresh();
    advance(15 * MINUTE);
    await after.refresh();
    expect((await row('a')).removed_at).not.toBeNull();
    await after.stop();
  });

  it('takes nothing for gone while the finder is away', async () => {
    const { found, finder, logger, make, row, advance } = await setUp();
    const a = new OneDag('a');
    found.sources = [a];
    const one = make();
    await one.refresh();
    finder.isAway = true;
    for (let i = 0; i < 3; i += 1) {
      await expect(one.finders.refresh()).rejects.toThrow('away');
      advance(20 * MINUTE);
    }
    expect((await row('a')).missing_since).toBeNull();
    expect(a.isStopped).toBe(false);
    expect(logger.warn).toHaveBeenCalledTimes(1);
    await one.stop();
  });

  it('looks at the others while one cannot be stopped, and at one in its place when it is', async () => {
    const { found, logger, make, row } = await setUp();
    const [a, b, again] = [new OneDag('a'), new OneDag('b'), new OneDag('a')];
    const one = make();
    found.sources = [a];
    await one.refresh();
    const { stop } = a;
    a.stop = async () => {
      throw new Error('it does not stop');
    };
    found.sources = [again, b];
    await expect(one.finders.refresh()).rejects.toThrow('it does not stop');
    expect(logger.warn).toHaveBeenCalledTimes(1);
    await one.registry.refresh();
    expect((await row('b')).removed_at).toBeNull();
    expect([again.reads, a.isStopped]).toEqual([0, false]);
    a.stop = stop;
    await one.refresh();
    expect(a.isStopped).toBe(true);
    expect(again.reads).toBeGreaterThan(0);
    await one.stop();
  });

  it('tells what is no source until it is one', async () => {
    const { found, make, problems } = await setUp();
    const a = new OneDag('a');
    found.problems = [
      {
        location: a.place,
        problem: { path: '', message: 'nobody has allowed it' },
      },
    ];
    const one = make();
    await one.refresh();
    expect(await problems()).toEqual([`${a.place}: nobody has allowed it`]);
    found.problems = [];
    found.sources = [a];
    await one.refresh();
    expect(await problems()).toEqual([]);
    await one.stop();
  });

  it('looks by itself, and stops with all that it has begun', async () => {
    const { found, finder, make } = await setUp();
    const a = new OneDag('a');
    const one = make();
    one.registry.start();
    one.finders.start();
    found.sources = [a];
    while (a.reads < 3) await new Promise(done => setTimeout(done, 10));
    await one.stop();
    const { reads } = a;
    await new Promise(done => setTimeout(done, 100));
    expect(a.reads).toBe(reads);
    expect([a.isStopped, finder.isStopped]).toEqual([true, true]);
  });
});
