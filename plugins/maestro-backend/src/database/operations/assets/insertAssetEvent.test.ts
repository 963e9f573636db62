import type { Tx } from '../../MaestroDatabase';
import { eachDatabase } from '../../testing';
import { insertAssetEvent, insertAssetEvents } from './insertAssetEvent';

const KEYS = Array.from({ length: 1_000 }, (_, n) => `p${n}`);
const partition = (key: string, aliases?: string[]) => ({
  event: {
    source: 'task' as const,
    source_key: `attempt:a:sales#${key}`,
    partition_key: key,
  },
  aliases,
});
const whole = {
  asset: 'sales',
  source: 'manual' as const,
  source_key: 'manual:1',
};

eachDatabase((_name, databases) => {
  const open = async (consumers: Record<string, string>) => {
    const db = await databases.open();
    for (const [id, asset] of Object.entries(consumers)) {
      await db
        .knex('asset_consumers')
        .insert({ asset, pipeline_id: 1, schedule_id: id });
    }
    return db;
  };
  /** Statements of a transaction, as others may run beside it. */
  const statementsOf = (tx: Tx) => {
    const found: string[] = [];
    tx.on('query', ({ sql }: { sql: string }) => found.push(sql));
    return found;
  };

  it('tells a schedule of a thousand partitions of an asset in few statements', async () => {
    const db = await open({ daily: 'sales', other: 'else' });
    let statements: string[] = [];
    const made = await db.transaction(async tx => {
      statements = statementsOf(tx);
      return insertAssetEvents(
        db,
        tx,
        'sales',
        KEYS.map(key => partition(key)),
        1,
      );
    });
    expect(statements.length).toBeGreaterThan(3);
    expect(statements.length).toBeLessThan(30);
    expect(
      await db.knex('asset_events').orderBy('id').pluck('partition_key'),
    ).toEqual(KEYS);
    const ids = (await db.knex('asset_events').orderBy('id').pluck('id')).map(
      Number,
    );
    expect(made).toEqual(ids.map(id => ({ id, consumers: 1, waits: 0 })));
    expect(
      (await db.knex('timers').where({ kind: 'asset' }).pluck('ref')).sort(),
    ).toEqual(ids.map(id => `${id}/1/daily`).sort());
  });

  it('has no second event of a key, and tells nobody of it again', async () => {
    const db = await open({ daily: 'sales' });
    const insert = (...keys: string[]) =>
      db.transaction(tx =>
        insertAssetEvents(
          db,
          tx,
          'sales',
          keys.map(key => partition(key, ['found'])),
          1,
        ),
      );
    const [first] = await insert('us');
    await db.knex('timers').delete();
    const [us, eu, again] = await insert('us', 'eu', 'eu');
    expect([us, again]).toEqual([undefined, undefined]);
    expect(eu!.id).toBeGreaterThan(first!.id);
    expect(await db.knex('timers').pluck('ref')).toEqual([`${eu!.id}/1/daily`]);
    expect(await insert('us', 'eu')).toEqual([undefined, undefined]);
  });

  it('tells of an alias those who wait for it, of the events that came through it', async () => {
    const db = await open({ both: '@found', direct: 'sales' });
    await db
      .knex('asset_consumers')
      .insert({ asset: 'sales', pipeline_id: 1, schedule_id: 'both' });
    await db
      .knex('asset_consumers')
      .insert({ asset: '@found', pipeline_id: 2, schedule_id: 'through' });
    const [us, eu] = await db.transaction(tx =>
      insertAssetEvents(
        db,
        tx,
        'sales',
        [partition('us', ['found', 'more']), partition('eu')],
        1,
      ),
    );
    expect([us!.consumers, eu!.consumers]).toEqual([3, 2]);
    expect((await db.knex('timers').pluck('ref')).sort()).toEqual(
      [
        `${us!.id}/1/both`,
        `${us!.id}/1/direct`,
        `${us!.id}/2/through`,
        `${eu!.id}/1/both`,
        `${eu!.id}/1/direct`,
      ].sort(),
    );
    expect(
      await db.knex('asset_event_aliases').orderBy('alias').pluck('alias'),
    ).toEqual(['found', 'more']);
    expect(
      await db.knex('asset_aliases').orderBy('alias').select('alias', 'asset'),
    ).toEqual([
      { alias: 'found', asset: 'sales' },
      { alias: 'more', asset: 'sales' },
    ]);
  });

  it('lets tasks look again for an event of the whole asset, not of a partition', async () => {
    const db = await open({});
    await db.knex('waits').insert({
      run_id: 7,
      task_no: 0,
      map_index: -1,
      trigger: '{}',
      created_at: 1,
      awaited_asset: 'sales',
    });
    await db
      .knex('timers')
      .insert({ kind: 'wait', ref: '7/0/-1', due_at: 900 });
    const due = async () =>
      Number((await db.knex('timers').first('due_at'))!.due_at);
    const made = await db.transaction(tx =>
      insertAssetEvents(db, tx, 'sales', [partition('us')], 5),
    );
    expect(made).toEqual([expect.objectContaining({ waits: 0 })]);
    expect(await due()).toBe(900);
    const one = await db.transaction(tx => insertAssetEvent(db, tx, whole, 5));
    expect(one).toMatchObject({ consumers: 0, waits: 1 });
    expect(await due()).toBe(5);
  });
});
