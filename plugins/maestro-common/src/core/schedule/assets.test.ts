import type { ScheduleDefinition } from '../pipeline/definition';
import { assetReason, decideAssetEvent, type AssetEventFacts } from './assets';
import { describeSchedule } from './scheduleText';
import { dataInterval, nextDue, previousDue } from './timetable';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 2, 1, 12);

function schedule(
  mode: 'any' | 'all',
  names: string[],
  more: Partial<ScheduleDefinition> = {},
): ScheduleDefinition {
  return {
    id: 'default',
    timezone: 'UTC',
    catchup: false,
    assets: { mode, names },
    ...more,
  };
}

const any = schedule('any', ['a', 'b']);
const all = schedule('all', ['a', 'b', 'c']);
const nested = schedule('any', ['a', 'b', 'c', 'd'], {
  assets: {
    mode: 'any',
    names: ['a', 'b', 'c', 'd'],
    parts: [
      'a',
      { mode: 'all', parts: ['b', { mode: 'any', parts: ['c', 'd'] }] },
    ],
  },
});
const aliased = schedule('all', ['@x', 'b'], {
  assets: { mode: 'all', names: ['@x', 'b'], aliases: ['@x'] },
});
const daily = schedule('any', ['a'], { cooldownMs: DAY });

function decide(facts: Partial<AssetEventFacts>): string {
  const decision = decideAssetEvent({
    schedule: any,
    asset: 'a',
    at: NOW,
    now: NOW,
    paused: false,
    waiting: new Set(),
    ...facts,
  });
  const reason = assetReason(decision);
  return decision.outcome + (reason ? `: ${reason}` : '');
}

describe('what becomes of an asset event', () => {
  it.each<[string, Partial<AssetEventFacts>, string]>([
    ['any of them', {}, 'run'],
    ['any, the other waits as well', { waiting: new Set(['b']) }, 'run'],
    ['one it does not await', { asset: 'x' }, 'skipped: not_awaited'],
    ['paused', { paused: true }, 'skipped: paused'],
    [
      'at its start date and its end date it counts',
      { schedule: { ...any, startAt: NOW, endAt: NOW } },
      'run',
    ],
    [
      'without a cool-down a clock that was set back holds nothing up',
      { lastRunAt: NOW + HOUR },
      'run',
    ],
    [
      'an alias, through it',
      { schedule: aliased, through: ['@x'] },
      'waiting: waits for b',
    ],
    [
      'an alias, of its asset but not through it',
      { schedule: aliased, aliases: ['@x'] },
      'skipped: not_awaited',
    ],
    [
      'an alias, through another one',
      { schedule: aliased, through: ['@y'], aliases: ['@x', '@y'] },
      'skipped: not_awaited',
    ],
    [
      'an alias that has one already',
      { schedule: aliased, asset: 'b', waiting: new Set(['@x']) },
      'run',
    ],
    [
      'an alias of an asset that is awaited by itself too',
      { schedule: aliased, asset: 'b', aliases: ['@x'] },
      'run',
    ],
    ['nested, the one that is enough', { schedule: nested }, 'run'],
    [
      'nested, a part of what is enough',
      { schedule: nested, asset: 'b' },
      'waiting: waits for a, c, d',
    ],
    [
      'nested, what completes it',
      { schedule: nested, asset: 'd', waiting: new Set(['b']) },
      'run',
    ],
    [
      'nested, another way to the same part',
      { schedule: nested, asset: 'd', waiting: new Set(['c']) },
      'waiting: waits for a, b',
    ],
    ['all, the first', { schedule: all }, 'waiting: waits for b, c'],
    [
      'all, the same again',
      { schedule: all, waiting: new Set(['a']) },
      'waiting: waits for b, c',
    ],
    [
      'all, one is missing',
      { schedule: all, waiting: new Set(['b']) },
      'waiting: waits for c',
    ],
    ['all, the last', { schedule: all, waiting: new Set(['b', 'c']) }, 'run'],
    [
      'all, and what waits is awaited no more',
      { schedule: all, waiting: new Set(['x', 'b']) },
      'waiting: waits for c',
    ],
    ['a cool-down before any run', { schedule: daily }, 'run'],
    [
      'within the cool-down',
      { schedule: daily, lastRunAt: NOW - HOUR },
      'skipped: cooldown until 2026-03-02T11:00:00.000Z',
    ],
    [
      'its last millisecond',
      { schedule: daily, lastRunAt: NOW - DAY + 1 },
      'skipped: cooldown until 2026-03-01T12:00:00.001Z',
    ],
    ['its end', { schedule: daily, lastRunAt: NOW - DAY }, 'run'],
    [
      'a clock that went back',
      { schedule: daily, lastRunAt: NOW + HOUR },
      'skipped: cooldown until 2026-03-02T13:00:00.000Z',
    ],
    ['no cool-down', { schedule: any, lastRunAt: NOW }, 'run'],
    [
      'before its start date',
      { schedule: schedule('any', ['a'], { startAt: NOW + 1 }) },
      'skipped: not_in_period',
    ],
    [
      'after its end date',
      { schedule: schedule('any', ['a'], { endAt: NOW - 1 }) },
      'skipped: not_in_period',
    ],
    [
      'a schedule that has no assets any more',
      { schedule: { ...any, assets: undefined, everyMs: HOUR } },
      'skipped: not_awaited',
    ],
  ])('%s', (_, facts, expected) => {
    expect(decide(facts)).toBe(expected);
  });

  it('names twenty that are missing, and of more only twenty', () => {
    const some = Array.from({ length: 21 }, (_, i) => `a${i}`);
    expect(decide({ schedule: schedule('all', some), asset: 'a0' })).toMatch(
      /, a19, a20$/,
    );
    const names = Array.from({ length: 30 }, (_, i) => `a${i}`);
    expect(decide({ schedule: schedule('all', names), asset: 'a0' })).toMatch(
      /a20 and 9 more$/,
    );
  });
});

describe('a schedule by asset events', () => {
  it('is never due', () => {
    expect(nextDue(any, NOW)).toBeUndefined();
    expect(previousDue(any, NOW)).toBeUndefined();
    expect(dataInterval(any, NOW)).toStrictEqual({ start: NOW, end: NOW });
  });

  it('is due at its times when it has both', () => {
    const both = schedule('any', ['a'], { cron: '0 4 * * *' });
    expect(nextDue(both, NOW)).toBe(NOW + 16 * HOUR);
  });

  it.each<[ScheduleDefinition, string]>([
    [schedule('any', ['a']), 'On asset a'],
    [any, 'On any of the assets a or b'],
    [schedule('any', ['@x']), 'On asset alias x'],
    [aliased, 'On a new event of each of the assets alias x and b'],
    [all, 'On a new event of each of the assets a, b and c'],
    [daily, 'On asset a, by them at most one run a day'],
    [
      schedule('any', ['a'], { cooldownMs: 6 * HOUR, when: 'params.x > 1.0' }),
      'On asset a, by them at most one run in 6 hours, when params.x > 1.0',
    ],
    [
      schedule('any', ['a'], { cron: '0 4 * * 0', cooldownMs: DAY }),
      'Sundays at 04:00 UTC, or on asset a, by them at most one run a day',
    ],
    [
      schedule('any', ['a', 'b', 'c', 'd']),
      'On any of the assets a, b, c or d',
    ],
    [
      schedule('all', ['a', 'b', 'c', 'd', 'e', 'f']),
      'On a new event of each of the assets a, b, c and 3 more',
    ],
  ])('says %#', (one, words) => {
    expect(describeSchedule(one)).toBe(words);
  });
});
