import {
  slaDeadline,
  slaVerdict,
  taskSlaDeadline,
  type SlaClock,
  type SlaFacts,
} from './sla';

const HOUR = 3_600_000;
const times = {
  slaMs: 2 * HOUR,
  dueAt: 10 * HOUR,
  createdAt: 11 * HOUR,
  eventAt: 9 * HOUR,
};

describe('slaDeadline', () => {
  it.each<[string, Partial<SlaClock>, number | undefined]>([
    ['a scheduled run, from its due time', { trigger: 'scheduled' }, 12],
    [
      'a scheduled run that was never created',
      { trigger: 'scheduled', createdAt: undefined },
      12,
    ],
    ['an asset run, from the event', { trigger: 'asset' }, 11],
    [
      'an asset run without a known event',
      { trigger: 'asset', eventAt: undefined },
      13,
    ],
    ['a manual run', { trigger: 'manual' }, undefined],
    ['a manual run that asked', { trigger: 'manual', optIn: true }, 13],
    ['an API run that asked', { trigger: 'api', optIn: true }, 13],
    ['a back-fill', { trigger: 'backfill', optIn: true }, undefined],
    ['a late catch-up', { trigger: 'scheduled', lateCatchup: true }, undefined],
    ['due while paused', { trigger: 'scheduled', paused: true }, undefined],
    [
      'a pipeline without SLA',
      { trigger: 'scheduled', slaMs: undefined },
      undefined,
    ],
  ])('%s', (_, clock, hours) => {
    expect(slaDeadline({ ...times, ...clock } as SlaClock)).toBe(
      hours && hours * HOUR,
    );
  });

  it('of a task counts from ready', () => {
    expect(taskSlaDeadline(HOUR, 5 * HOUR)).toBe(6 * HOUR);
    expect(taskSlaDeadline(HOUR, undefined)).toBeUndefined();
    expect(taskSlaDeadline(undefined, 5 * HOUR)).toBeUndefined();
  });
});

describe('slaVerdict', () => {
  it.each<[string, SlaFacts, string]>([
    ['no deadline', { now: 5 }, 'none'],
    ['in time', { now: 5, deadline: 10 }, 'pending'],
    ['the last millisecond', { now: 10, deadline: 10 }, 'pending'],
    ['past it', { now: 11, deadline: 10 }, 'missed'],
    [
      'ended in time, asked later',
      { now: 99, deadline: 10, succeededAt: 10 },
      'met',
    ],
    ['ended too late', { now: 99, deadline: 10, succeededAt: 11 }, 'missed'],
    [
      'a miss is not erased by a success',
      { now: 99, deadline: 10, succeededAt: 9, missedAt: 10 },
      'missed',
    ],
    [
      'a miss is not erased by removing the SLA',
      { now: 99, missedAt: 10 },
      'missed',
    ],
    [
      'expected to be late',
      { now: 5, deadline: 10, expectedEndAt: 11 },
      'at_risk',
    ],
    [
      'expected in time, whatever the share',
      { now: 9, deadline: 10, clockStart: 0, expectedEndAt: 10 },
      'pending',
    ],
    [
      'most of the time is gone',
      { now: 8, deadline: 10, clockStart: 0 },
      'at_risk',
    ],
    ['much is left', { now: 7, deadline: 10, clockStart: 0 }, 'pending'],
  ])('%s', (_, facts, verdict) => {
    expect(slaVerdict(facts)).toBe(verdict);
  });
});

it.each([
  [1_799, 'pending'],
  [1_800, 'at_risk'],
  [2_000, 'at_risk'],
  [2_001, 'missed'],
])('of what began at 1000 and must end by 2000, at %d: %s', (now, verdict) => {
  expect(slaVerdict({ deadline: 2_000, clockStart: 1_000, now })).toBe(verdict);
});
