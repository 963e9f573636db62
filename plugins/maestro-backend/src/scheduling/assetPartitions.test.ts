import {
  compilePipeline,
  type AssetPartitions,
} from '@maestro/plugin-maestro-common';
import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { AssetCommands } from '../assets/AssetCommands';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { gatheredKeys } from '../database/operations/assets/gatheredKeys';
import { storePipeline } from '../database/operations/pipelines/storePipeline';
import { eachDatabase } from '../database/testing';
import { type TestEngine, createTestEngine } from '../engine/testing';
import { VersionFactsCache } from '../views/VersionFactsCache';
import { whyPipelineWaits } from '../views/whyPipelineWaits';
import { armSchedules } from './ticks';

const IDENTITY: AssetPartitions = { mapper: { map: 'identity' } };
const ALLOWED: AssetPartitions = {
  mapper: { map: 'identity' },
  mappers: { b: { map: 'allowed', keys: ['us', 'eu'] } },
};

eachDatabase((_name, databases) => {
  let db: MaestroDatabase;
  let test: TestEngine;
  beforeEach(async () => {
    db = await databases.open();
    test = await createTestEngine(db, {
      logger: mockLogger(),
      settings: { pollMs: 20, reconcileMs: 200 },
    });
  });
  afterEach(() => test.stop());

  /** Makes it the version of `parts`, which waits for partitions of assets. */
  const awaits = async (
    partitions: AssetPartitions | undefined,
    assets: object = { all: ['a', 'b'] },
  ) => {
    const definition = compilePipeline({
      metadata: { name: 'parts' },
      spec: {
        type: 'x',
        owner: 'group:default/team',
        schedule: { assets },
        tasks: [{ id: 't', run: { command: ['true'] } }],
      },
    } as never);
    if (partitions) {
      definition.partitioned = true;
      definition.schedules[0].assets!.partitions = partitions;
    }
    await db.transaction(async tx => {
      const { pipelineId } = await storePipeline(
        db,
        tx,
        {
          definition,
          entityRef: 'pipeline:default/parts',
          ownerRef: definition.owner,
          hash: JSON.stringify(definition),
          files: [],
        },
        await db.now(tx),
      );
      await armSchedules({ db }, tx, pipelineId, definition);
    });
  };
  /** Tells events, `asset key`, and waits until they are decided. */
  const tell = async (...events: string[]) => {
    const commands = new AssetCommands({
      db,
      isKnown: async () => true,
      onEvent: () => test.engine.pokeTimers(),
    });
    for (const one of events) {
      const [asset, partitionKey] = one.split(' ');
      await commands.emit({ asset, partitionKey, actor: 'user:default/me' });
    }
    const end = Date.now() + 60_000;
    while ((await db.knex('timers').where({ kind: 'asset' })).length > 0) {
      if (Date.now() > end) throw new Error('it was not decided in time');
      await new Promise(resolve => setTimeout(resolve, 10));
    }
  };
  const outcomes = async () =>
    (await db.table(db.knex, 'asset_outcomes').orderBy('event_id')).map(
      row => `${row.asset} ${row.partition_key}: ${row.reason ?? row.outcome}`,
    );
  const why = async () =>
    (
      await whyPipelineWaits(
        { db, versions: new VersionFactsCache(db) } as never,
        { status: async () => ({ ok: true, executors: [] }) } as never,
        'parts',
      )
    ).chain;
  /** Of each run its key, and the keys of the events that it saw. */
  const runs = async () => {
    const rows = await db.table(db.knex, 'runs').orderBy('id');
    const seen = await db
      .table(db.knex, 'run_asset_events')
      .orderBy('event_id');
    return rows.map(run => [
      run.partition_key,
      ...seen
        .filter(event => Number(event.run_id) === Number(run.id))
        .map(({ body }) => JSON.parse(body))
        .map(({ asset, partition }) => `${asset} ${partition}`),
    ]);
  };

  it('a run for each key of which every asset had an event, and for it alone', async () => {
    await awaits(IDENTITY);
    await tell('a us', 'a eu', 'a us', 'b us');
    expect(await outcomes()).toEqual([
      'a us: run',
      'a eu: partition eu waits for b',
      'a us: run',
      'b us: run',
    ]);
    await tell('b eu', 'b us', 'b us');
    expect(await runs()).toEqual([
      ['us', 'a us', 'a us', 'b us'],
      ['eu', 'a eu', 'b eu'],
    ]);
    await tell('a us');
    expect((await runs())[2]).toEqual(['us', 'b us', 'b us', 'a us']);
  });

  it('keys that are mapped to one meet, and say when their partition begins', async () => {
    const day = (input: string) => ({
      map: 'time' as const,
      start: 'day' as const,
      timezone: 'Europe/Berlin',
      input,
      output: '%Y-%m-%d',
    });
    await awaits({
      mapper: day('%Y-%m-%dT%H'),
      mappers: { b: day('%Y-%m-%d') },
    });
    await tell('a 2025-07-01T09', 'a 2025-07-01T23', 'b 2025-07-01');
    expect(await runs()).toEqual([
      ['2025-07-01', 'a 2025-07-01T09', 'a 2025-07-01T23', 'b 2025-07-01'],
    ]);
    const [run] = await db.table(db.knex, 'runs');
    expect(Number(run.partition_date)).toBe(Date.UTC(2025, 5, 30, 22));
  });

  it('a key that cannot be read back starts a run without a date', async () => {
    const mapper = {
      map: 'time' as const,
      start: 'day' as const,
      timezone: 'UTC',
      input: '%Y-%m-%dT%H',
      output: '%Y/%Y-%m-%d',
    };
    await awaits({ mapper }, { any: ['a'] });
    await tell('a 2026-11-01T09');
    expect(await runs()).toEqual([['2026/2026-11-01', 'a 2026-11-01T09']]);
    expect((await db.table(db.knex, 'runs').first())!.partition_date).toBe(
      null,
    );
    // Of many it has no window: that is said, and thrown for nobody who looks.
    const window = { unit: 'day' as const };
    await awaits({ mapper: { map: 'rollup', of: mapper, window } });
    await tell('a 2026-11-02T09');
    expect((await why())[0].message).toContain('is no date in the format');
  });

  it('a run of many partitions waits until they are there, each once', async () => {
    await awaits({
      mapper: {
        map: 'rollup',
        of: { map: 'fixed', key: 'all' },
        window: { keys: ['us', 'eu', 'apac'] },
      },
      mappers: { b: { map: 'fixed', key: 'all' } },
    });
    await tell('a us', 'b x', 'a eu', 'a us');
    expect(await runs()).toEqual([]);
    expect((await why())[0].message).toBe(
      'Partition "all" of schedule "default" waits for an event of "a"; "b" had one. Of "a" 2 of 3 partitions are there; missing: "apac".',
    );
    await tell('a apac', 'a us');
    expect(await runs()).toEqual([
      ['all', 'a us', 'b x', 'a eu', 'a us', 'a apac'],
    ]);
  });

  it('events of a partition that gather are not read again for each one of them', async () => {
    const partitions: AssetPartitions = {
      mapper: {
        map: 'rollup',
        of: { map: 'fixed', key: 'all' },
        window: { keys: ['us', 'eu'] },
      },
    };
    await awaits(partitions, { all: ['a'] });
    await tell(...Array<string>(8).fill('a us'));
    const place = {
      pipelineId: Number((await db.knex('pipelines').first()).id),
      scheduleId: 'default',
      partitionKey: 'all',
    };
    let read = 0;
    const count = (
      answer: unknown[] | { rows: unknown[] },
      { sql }: { sql: string },
    ) => {
      // The engine asks for other things meanwhile.
      if (!/asset_(events|outcomes)/.test(sql)) return;
      read += Array.isArray(answer) ? answer.length : answer.rows.length;
    };
    db.knex.on('query-response', count);
    const gathered = await gatheredKeys(db, db.knex, place, {
      names: ['a'],
      partitions,
    });
    db.knex.off('query-response', count);
    expect(gathered.get('a')).toEqual({
      isThere: false,
      wanted: 2,
      missing: ['eu'],
    });
    expect(read).toBe(1);
  });

  it('what has no partition of a run says why, and so does "why"', async () => {
    await awaits(ALLOWED, { any: ['a', 'b'] });
    await tell('b apac');
    const said = async () =>
      (await why()).map(({ code, message }) => `${code}: ${message}`);
    expect(await outcomes()).toEqual([
      'b null: unmapped: the key "apac" is none of "us", "eu"',
    ]);
    expect(await said()).toContainEqual(
      expect.stringMatching(
        /^asset_partition_refused: The event of "b" at .*: the key "apac" is none of "us", "eu"\.$/,
      ),
    );
    await tell('a');
    expect((await outcomes())[1]).toBe('a null: no_partition');
    expect(await said()).toContainEqual(
      expect.stringMatching(/it is about no partition/),
    );
    await tell('b us');
    expect(await runs()).toEqual([['us', 'b us']]);
    expect((await said()).join()).not.toContain('refused');
  });

  it('"why" names what each partition waits for', async () => {
    await awaits(IDENTITY);
    await tell(...['1', '2', '3', '4', '5', '6'].map(key => `a ${key}`));
    const waits = (await why()).filter(
      ({ code }) => code === 'waiting_for_assets',
    );
    expect(waits).toHaveLength(5);
    expect(waits[0]).toMatchObject({
      message:
        'Partition "1" of schedule "default" waits for an event of "b"; "a" had one.',
      names: ['b'],
      since: expect.any(Number),
    });
    expect(waits[4].message).toMatch(
      /^Partition "5" .* 1 more partition waits\.$/,
    );
  });

  it.each<[string, AssetPartitions | undefined]>([
    ['other mappers', { mapper: { map: 'fixed', key: 'all' } }],
    ['no partitions any more', undefined],
  ])('lets go what waits when a version has %s', async (_what, then) => {
    await awaits(IDENTITY);
    await tell('a us');
    // Another version with the same mappers leaves it.
    await awaits(IDENTITY, { all: ['a', 'b', 'c'] });
    expect(await outcomes()).toEqual(['a us: partition us waits for b']);
    await awaits(then);
    expect(await outcomes()).toEqual(['a us: not_awaited']);
  });
});
