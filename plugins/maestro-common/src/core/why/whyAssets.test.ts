import { ask, NOW, onAssets, type Asked } from '../../__testUtils__/why';
import type { WhyCode } from './whyCause';

describe('why a schedule by assets starts no run', () => {
  it.each<[...Asked, WhyCode[]]>([
    [
      'a schedule that waits for an event',
      undefined,
      {},
      { run: undefined, assetSchedules: [onAssets()] },
      ['waiting_for_assets'],
    ],
    [
      'a schedule that cools down',
      undefined,
      {},
      {
        run: undefined,
        assetSchedules: [onAssets({ cooldownUntil: NOW + 1 })],
      },
      ['asset_cooldown', 'waiting_for_assets'],
    ],
    [
      'a schedule of partitions whose last event was for none',
      undefined,
      {},
      {
        run: undefined,
        assetSchedules: [
          onAssets({
            refused: { asset: 'drift', at: NOW, reason: 'unmapped: no date' },
          }),
        ],
      },
      ['asset_partition_refused', 'waiting_for_assets'],
    ],
    [
      'a cool-down that is just over',
      undefined,
      {},
      { run: undefined, assetSchedules: [onAssets({ cooldownUntil: NOW })] },
      ['waiting_for_assets'],
    ],
    [
      'paused, two schedules, one of them due too',
      undefined,
      {},
      {
        run: undefined,
        paused: true,
        nextDueAt: NOW,
        assetSchedules: [onAssets(), onAssets()],
      },
      [
        'pipeline_paused',
        'waiting_for_assets',
        'waiting_for_assets',
        'next_due',
      ],
    ],
  ])('%s', (...row) => {
    const [, task, states, rest, codes] = row;
    expect(ask(task, states, rest).map(cause => cause.code)).toStrictEqual(
      codes,
    );
  });

  it('names what is missing, what is there, and since when it waits', () => {
    const [cause] = ask(
      undefined,
      {},
      {
        run: undefined,
        assetSchedules: [
          onAssets({ missing: ['labels'], waitingSince: NOW - 60_000 }),
        ],
      },
    );
    expect(cause).toStrictEqual({
      code: 'waiting_for_assets',
      message:
        'Schedule "retrain" waits for a new event of "labels"; "drift" had one.',
      since: NOW - 60_000,
      names: ['labels'],
      action: { label: 'Open the asset', kind: 'open_asset', target: 'labels' },
    });
  });

  it('names what each partition waits for, and how many there are', () => {
    const causes = ask(
      undefined,
      {},
      {
        run: undefined,
        assetSchedules: [
          onAssets({
            partitions: {
              count: 7,
              oldest: [
                { key: 'us', missing: ['labels'], since: NOW - 60_000 },
                { key: 'eu', missing: ['drift', 'labels'], since: NOW },
              ],
            },
          }),
        ],
      },
    ).filter(({ code }) => code === 'waiting_for_assets');
    expect(causes).toMatchObject([
      {
        message:
          'Partition "us" of schedule "retrain" waits for an event of "labels"; "drift" had one.',
        since: NOW - 60_000,
        names: ['labels'],
      },
      {
        message:
          'Partition "eu" of schedule "retrain" waits for an event of "drift" and "labels". 5 more partitions wait.',
      },
    ]);
  });

  it('says that events start nobody who waits for partitions', () => {
    const [cause, ...others] = ask(
      undefined,
      {},
      {
        run: undefined,
        assetSchedules: [
          onAssets({
            partitions: { count: 0, oldest: [] },
            refused: { asset: 'drift', at: NOW, reason: 'no_partition' },
          }),
        ],
      },
    );
    expect(cause).toMatchObject({
      code: 'asset_partition_refused',
      message:
        'The event of "drift" at 2025-01-05T12:00:00.000Z started no run of schedule "retrain": it is about no partition, and its runs are about one each.',
    });
    expect(others[0].code).toBe('waiting_for_assets');
  });

  it('says of an alias that nothing came through it yet', () => {
    const [cause] = ask(
      undefined,
      {},
      {
        run: undefined,
        assetSchedules: [
          onAssets({ mode: 'any', names: ['@x'], unresolved: ['@x'] }),
        ],
      },
    );
    expect(cause.message).toBe(
      'Schedule "retrain" waits for an event of "@x"; there was none yet. No task has given an event through the alias "@x" yet.',
    );
  });

  it('says when the last event was', () => {
    const [cause] = ask(
      undefined,
      {},
      {
        run: undefined,
        assetSchedules: [onAssets({ mode: 'any', names: ['drift'] })],
        lastAssetEvents: { drift: NOW },
      },
    );
    expect(cause.message).toBe(
      'Schedule "retrain" waits for an event of "drift"; the last one was at 2025-01-05T12:00:00.000Z.',
    );
  });
});
