import { planOf } from '../__testUtils__/planOf';
import { eachDatabase } from '../database/testing';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { expiredAssetEvents } from '../database/operations/assets/expiredAssetEvents';
import { expireAssetEvents } from './assetEvents';

const DAY = 86_400_000;

eachDatabase((_name, databases) => {
  let db: MaestroDatabase;
  let now: number;
  beforeEach(async () => {
    now = 1_000 * DAY;
    db = await databases.open({ clock: () => now });
  });

  const expire = (maxAgeMs?: number) =>
    expireAssetEvents(db, maxAgeMs, new AbortController().signal);
  /** Events of the days before, by id: `{ 1: ['x', 9] }` is nine days old. */
  const events = (rows: Record<number, [string, number]>) =>
    db.knex('asset_events').insert(
      Object.entries(rows).map(([id, [asset, days]]) => ({
        id,
        asset,
        at: now - days * DAY,
        source: 'manual',
        source_key: `k${id}`,
      })),
    );
  const outcome = (id: number, more: object) =>
    db.knex('asset_outcomes').insert({
      pipeline_id: 1,
      schedule_id: 's',
      event_id: id,
      asset: 'x',
      outcome: 'run',
      decided_at: id,
      ...more,
    });
  const left = async (table = 'asset_events', column = 'id') =>
    (await db.knex(table).orderBy(column).pluck(column)).map(Number);

  it('removes what is older, with its outcomes, and keeps the newest of each asset', async () => {
    await events({
      1: ['x', 9],
      2: ['x', 8],
      3: ['y', 99],
      4: ['x', 7],
      5: ['x', 1],
    });
    await outcome(1, { outcome: 'skipped', reason: 'paused' });
    await outcome(5, { outcome: 'skipped', reason: 'paused' });
    expect(await expire(7 * DAY)).toBe(2);
    // The fourth is exactly as old as it may be, the third the last of its asset.
    expect(await left()).toEqual([3, 4, 5]);
    expect(await left('asset_outcomes', 'event_id')).toEqual([5]);
    now += 1_000 * DAY;
    expect(await expire(7 * DAY)).toBe(1);
    expect(await left()).toEqual([3, 5]);
    expect(await expire(7 * DAY)).toBe(0);
  });

  it('keeps the last by time, not by number, which is the one that tasks wait for', async () => {
    await events({ 1: ['x', 8], 2: ['x', 9], 3: ['x', 9] });
    expect(await expire(DAY)).toBe(2);
    expect(await left()).toEqual([1]);
  });

  it('keeps the last of an asset as a whole, of which tasks are told, and the last of all', async () => {
    await events({ 1: ['x', 9], 2: ['x', 9], 3: ['x', 9], 4: ['x', 9] });
    await db
      .knex('asset_events')
      .whereIn('id', [3, 4])
      .update({ partition_key: 'us' });
    expect(await expire(DAY)).toBe(2);
    expect(await left()).toEqual([2, 4]);
  });

  it.each<[string, () => Promise<unknown>]>([
    [
      'waits at a schedule for another asset',
      () => outcome(1, { outcome: 'waiting', reason: 'waits for y' }),
    ],
    [
      'is not decided yet',
      () =>
        db.knex('timers').insert({ kind: 'asset', ref: '1/7/s', due_at: 1 }),
    ],
    [
      'started the last run of a schedule, from which a cool-down counts',
      () => outcome(1, {}),
    ],
  ])('keeps an event that %s', async (_, need) => {
    // The eleventh begins as the first does.
    await events({ 1: ['x', 9], 2: ['x', 9], 11: ['x', 9], 12: ['x', 0] });
    await need();
    expect(await expire(DAY)).toBe(2);
    expect(await left()).toEqual([1, 12]);
  });

  it('lets go what waits for a partition of which nothing came since', async () => {
    await events({ 1: ['x', 9], 2: ['x', 9], 3: ['x', 9], 4: ['x', 0] });
    const waits = (id: number, key: string, days: number, more: object = {}) =>
      outcome(id, {
        outcome: 'waiting',
        reason: `partition ${key} waits for y`,
        partition_key: key,
        decided_at: now - days * DAY,
        ...more,
      });
    await waits(1, 'never', 9);
    await waits(2, 'soon', 9);
    await waits(4, 'soon', 0);
    // The same key at another schedule.
    await waits(3, 'never', 9);
    await waits(4, 'never', 0, { schedule_id: 'other' });
    expect(await expire(DAY)).toBe(2);
    expect(await left()).toEqual([2, 4]);
    expect(await left('asset_outcomes', 'event_id')).toEqual([2, 4, 4]);
    now += 2 * DAY;
    expect(await expire(DAY)).toBe(1);
    // The newest of its asset.
    expect(await left()).toEqual([4]);
  });

  describe('keeps what waits for a partition of which something comes', () => {
    const waits = (id: number, days: number) =>
      outcome(id, {
        outcome: 'waiting',
        reason: 'r',
        partition_key: 'k',
        decided_at: now - days * DAY,
      });
    beforeEach(async () => {
      await events({ 1: ['x', 9], 4: ['x', 0] });
      await waits(1, 9);
    });

    it('between the look and the removal', async () => {
      const transaction = db.transaction.bind(db);
      jest.spyOn(db, 'transaction').mockImplementationOnce(async work => {
        await waits(4, 0);
        return transaction(work);
      });
      expect(await expire(DAY)).toBe(0);
      expect(await left('asset_outcomes', 'event_id')).toEqual([1, 4]);
    });

    it('and is not decided yet', async () => {
      const timer = (ref: string) =>
        db.knex('timers').insert({ kind: 'asset', ref, due_at: 1 });
      await timer('4/1/s');
      expect(await expire(DAY)).toBe(0);
      await db.knex('timers').delete();
      // Another pipeline, another schedule.
      await timer('4/11/s');
      await timer('4/1/other');
      expect(await expire(DAY)).toBe(1);
      expect(await left()).toEqual([4]);
    });
  });

  it('keeps the last that came through an alias, and forgets the others', async () => {
    await events({ 1: ['x', 9], 2: ['y', 8], 3: ['x', 0], 4: ['y', 0] });
    await db.knex('asset_event_aliases').insert([
      { event_id: 1, alias: 'a' },
      { event_id: 2, alias: 'a' },
    ]);
    expect(await expire(DAY)).toBe(1);
    expect(await left()).toEqual([2, 3, 4]);
    expect(await left('asset_event_aliases', 'event_id')).toEqual([2]);
  });

  it('keeps the event of an attempt that goes on, until it is over', async () => {
    await events({ 1: ['x', 9], 2: ['x', 9], 3: ['x', 0] });
    for (const [id, state] of [
      [1, 'running'],
      [2, 'ended'],
    ]) {
      await db.knex('attempts').insert({
        attempt_id: `a${id}`,
        run_id: 1,
        pipeline_id: 1,
        task_no: 0,
        map_index: id,
        seq: 1,
        try_number: 1,
        state,
        executor: 'local',
        executor_instance: 'i',
        claimed_at: 1,
      });
      await db
        .knex('asset_events')
        .where({ id })
        .update({ attempt_id: `a${id}` });
    }
    expect(await expire(DAY)).toBe(1);
    expect(await left()).toEqual([1, 3]);
    await db.knex('attempts').update({ state: 'ended' });
    expect(await expire(DAY)).toBe(1);
    expect(await left()).toEqual([3]);
  });

  it('lets go the event of a run when a later one has started', async () => {
    await events({ 1: ['x', 9], 2: ['x', 8], 3: ['x', 0] });
    await outcome(1, {});
    await outcome(2, { schedule_id: 'other' });
    expect(await expire(DAY)).toBe(0);
    await outcome(3, {});
    expect(await expire(DAY)).toBe(1);
    expect(await left()).toEqual([2, 3]);
  });

  it('reads no partitions to see that an event is the last of its asset as a whole', async () => {
    let asked: { sql: string; bindings: unknown[] } | undefined;
    db.knex.once('query', query => {
      asked = query;
    });
    await expiredAssetEvents(db.knex, { before: now });
    const plan = await planOf(db, asked!.sql, asked!.bindings);
    expect(plan.join('\n')).toMatch(/asset_events_whole_idx/);
    // Of a partition any later event will do.
    expect(plan.join('\n')).toMatch(/asset_events_newest_idx/);
  });

  it('takes more than one batch, and nothing without a limit', async () => {
    await events(
      Object.fromEntries(
        Array.from({ length: 450 }, (_, i) => [i + 1, ['x', 900 - i]]),
      ),
    );
    expect(await expire()).toBe(0);
    expect(await expire(DAY)).toBe(449);
    expect(await left()).toEqual([450]);
  });
});
