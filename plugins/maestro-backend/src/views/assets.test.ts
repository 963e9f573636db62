import type { ScheduleDefinition } from '@maestro/plugin-maestro-common';
import { eachDatabase } from '../database/testing';
import { definitionOf, StoreSeed } from './testing/StoreSeed';
import { listAssetEvents } from './assetEvents';
import { getRun } from './getRun';
import { isKnownAsset, listAssets } from './listAssets';
import { previewSchedule } from './previewSchedule';
import { whyPipelineWaits } from './whyPipelineWaits';

const NOW = Date.UTC(2026, 10, 26, 12);
const HOUR = 3_600_000;
const engine = { status: async () => ({ ok: true, executors: [] }) };

eachDatabase((_name, databases) => {
  let seed: StoreSeed;
  let consumer: { id: number; versionId: number };
  let events = 0;

  const onAssets = (
    mode: 'any' | 'all',
    names: string[],
    more: Partial<ScheduleDefinition> = {},
  ): ScheduleDefinition => ({
    id: 'retrain',
    timezone: 'UTC',
    catchup: false,
    assets: { mode, names },
    ...more,
  });
  const event = async (asset: string, more: object = {}) => {
    const id = ++events;
    await seed.db.knex('asset_events').insert({
      id,
      asset,
      at: NOW - HOUR,
      source: 'manual',
      source_key: `key ${id}`,
      ...more,
    });
    return id;
  };
  const outcome = (eventId: number, asset: string, more: object) =>
    seed.db.knex('asset_outcomes').insert({
      pipeline_id: consumer.id,
      schedule_id: 'retrain',
      event_id: eventId,
      asset,
      decided_at: NOW - HOUR,
      ...more,
    });

  beforeEach(async () => {
    events = 0;
    seed = new StoreSeed(await databases.open({ clock: () => NOW }));
    const check = definitionOf('check', ['look', 'drift']);
    check.tasks[1].produces = [
      { asset: 'drift', on: { alert: 'drift' } },
      { asset: 'checked', on: 'success' },
    ];
    await seed.pipeline(check);
    consumer = await seed.pipeline(
      definitionOf('train', ['fit'], {
        schedules: [
          onAssets('all', ['drift', 'labels'], { cooldownMs: 24 * HOUR }),
        ],
      }),
    );
  });

  it('lists who produces and who awaits, by name', async () => {
    await seed.pipeline(
      definitionOf('gone', ['x'], { schedules: [onAssets('any', ['gone'])] }),
      { removed_at: 1 },
    );
    await event('old');
    const assets = await listAssets(seed.views());
    expect(assets.map(asset => asset.name)).toEqual([
      'checked',
      'drift',
      'labels',
      'old',
    ]);
    expect(assets[1]).toMatchObject({
      producers: [{ pipeline: 'check', taskId: 'drift', alert: 'drift' }],
      consumers: [
        {
          pipeline: 'train',
          scheduleId: 'retrain',
          paused: false,
          scheduleText:
            'On a new event of each of the assets drift and labels, by them at most one run a day',
        },
      ],
    });
    expect(assets[3].lastEvent).toMatchObject({ asset: 'old', id: 1 });
    expect(await isKnownAsset(seed.views(), 'labels')).toBe(true);
    expect(await isKnownAsset(seed.views(), 'checked')).toBe(true);
    expect(await isKnownAsset(seed.views(), 'old')).toBe(false);
  });

  it('tells what became of events, page by page, also of deleted runs', async () => {
    const run = await seed.run(consumer, { run_id: 'r1', trigger: 'asset' });
    const first = await event('drift', { run_id: run.id, extra: '{"D":0.4}' });
    await outcome(first, 'drift', { outcome: 'run', run_id: run.id });
    const second = await event('drift', { run_id: 999 });
    await outcome(second, 'drift', {
      outcome: 'skipped',
      reason: 'cooldown until 2026-11-27T11:00:00.000Z',
    });
    await event('labels');
    const all = await listAssetEvents(seed.views(), { limit: 10 });
    expect(all.map(({ id }) => id)).toEqual([3, 2, 1]);
    expect(all[2]).toMatchObject({
      pipeline: 'train',
      runId: 'r1',
      extra: { D: 0.4 },
      outcomes: [{ pipeline: 'train', outcome: 'run', runId: 'r1' }],
    });
    expect(all[1].runId).toBeUndefined();
    expect(all[1].outcomes[0].reason).toMatch(/^cooldown until/);
    const page = await listAssetEvents(seed.views(), {
      asset: 'drift',
      before: 2,
      limit: 1,
    });
    expect(page.map(({ id }) => id)).toEqual([1]);
  });

  it('shows an alias as a name of its own, with what it has stood for', async () => {
    const make = definitionOf('make', ['store']);
    make.tasks[0].produces = [{ asset: '@made', on: 'alias' }];
    await seed.pipeline(make);
    const waits = await seed.pipeline(
      definitionOf('use', ['x'], {
        schedules: [
          onAssets('all', ['@made', 'labels'], {
            assets: {
              mode: 'all',
              names: ['@made', 'labels'],
              aliases: ['@made'],
            },
          }),
        ],
      }),
    );
    const list = async () =>
      (await listAssets(seed.views())).find(({ name }) => name === '@made');
    const why = async () =>
      (await whyPipelineWaits(seed.views(), engine, 'use')).chain[0].message;
    expect(await list()).toMatchObject({
      standsFor: [],
      producers: [{ pipeline: 'make', taskId: 'store' }],
      consumers: [
        {
          pipeline: 'use',
          scheduleText:
            'On a new event of each of the assets alias made and labels',
        },
      ],
    });
    expect(await why()).toBe(
      'Schedule "retrain" waits for an event of each of "@made" and "labels"; there was none yet. No task has given an event through the alias "@made" yet.',
    );
    const id = await event('s3://a/1');
    await seed.db
      .knex('asset_event_aliases')
      .insert({ event_id: id, alias: 'made' });
    await seed.db
      .knex('asset_aliases')
      .insert({ alias: 'made', asset: 's3://a/1' });
    await seed.db.knex('asset_outcomes').insert({
      pipeline_id: waits.id,
      schedule_id: 'retrain',
      event_id: id,
      asset: 's3://a/1',
      outcome: 'waiting',
      decided_at: NOW - HOUR,
    });
    expect(await list()).toMatchObject({
      standsFor: ['s3://a/1'],
      lastEvent: { id, asset: 's3://a/1', aliases: ['made'] },
      consumers: [{ missing: ['labels'] }],
    });
    expect(await why()).toBe(
      'Schedule "retrain" waits for a new event of "labels"; "@made" had one.',
    );
    const views = seed.views();
    expect(
      await listAssetEvents(views, { asset: '@made', limit: 9 }),
    ).toMatchObject([{ id }]);
    expect(await listAssetEvents(views, { asset: '@none', limit: 9 })).toEqual(
      [],
    );
  });

  it('links a run both ways', async () => {
    const producer = await seed.run(consumer, { run_id: 'source' });
    const started = await seed.run(consumer, { run_id: 'started' });
    const id = await event('drift', { run_id: producer.id });
    await outcome(id, 'drift', { outcome: 'run', run_id: started.id });
    const source = await getRun(seed.views(), 'source');
    expect(source.startedBy).toEqual([]);
    expect(source.assetEvents![0].outcomes[0].runId).toBe('started');
    const run = await getRun(seed.views(), 'started');
    expect(run.assetEvents).toEqual([]);
    expect(run.startedBy![0]).toMatchObject({
      asset: 'drift',
      runId: 'source',
    });
  });

  it('says what cannot be forecast', async () => {
    const preview = await previewSchedule(seed.views(), { days: 7 });
    expect(preview.pipelines).toEqual([]);
    expect(preview.onAssets).toEqual([
      expect.objectContaining({ name: 'train' }),
    ]);
    const one = await previewSchedule(seed.views(), {
      days: 7,
      pipeline: 'check',
    });
    expect(one.onAssets).toBeUndefined();
  });

  describe('why a pipeline waits', () => {
    const why = async () =>
      (await whyPipelineWaits(seed.views(), engine, 'train')).chain.map(
        ({ code, message, since }) => ({ code, message, since }),
      );

    it('for a first event', async () => {
      expect(await why()).toEqual([
        {
          code: 'waiting_for_assets',
          message:
            'Schedule "retrain" waits for an event of each of "drift" and "labels"; there was none yet.',
        },
      ]);
    });

    it('for those that are missing, since when', async () => {
      await outcome(await event('labels'), 'labels', { outcome: 'waiting' });
      expect(await why()).toEqual([
        {
          code: 'waiting_for_assets',
          message:
            'Schedule "retrain" waits for a new event of "drift"; "labels" had one.',
          since: NOW - HOUR,
        },
      ]);
    });

    it('for the end of its cool-down', async () => {
      const run = await seed.run(consumer);
      await outcome(await event('labels'), 'labels', {
        outcome: 'run',
        run_id: run.id,
      });
      const chain = await why();
      expect(chain[0]).toEqual({
        code: 'asset_cooldown',
        message:
          'Schedule "retrain" cools down: asset events start no run until 2026-11-27T11:00:00.000Z.',
        since: NOW + 23 * HOUR,
      });
      expect(chain[1].message).toMatch(
        /the last one was at 2026-11-26T11:00:00.000Z/,
      );
    });

    it('because it is paused', async () => {
      await seed.db.knex('pipelines').update({ paused: true });
      expect((await why()).map(({ code }) => code)).toEqual([
        'pipeline_paused',
        'waiting_for_assets',
      ]);
    });

    it('of one that nobody knows: not found', async () => {
      await expect(
        whyPipelineWaits(seed.views(), engine, 'nobody'),
      ).rejects.toThrow('There is no pipeline "nobody"');
    });
  });
});
