import {
  CONTINUOUS_LOOK_MS,
  type ContinuousFacts,
  continuousInterval,
  continuousStep,
  earliestContinuous,
} from './continuous';
import type { ScheduleDefinition } from '../pipeline/definition';

const NOW = 1_000_000;
const schedule = (more: Partial<ScheduleDefinition> = {}) => ({
  id: 'default',
  timezone: 'UTC',
  catchup: false,
  continuous: { pauseMs: 2_000 },
  ...more,
});
const free = { paused: false, isActive: false };
const ended = (ago: number, failed = false) => ({
  ...free,
  ended: { at: NOW - ago, failed },
});
const start = (due: number) => ({ kind: 'start', due });
const wait = (until: number) => ({ kind: 'wait', until });
const OVER = { kind: 'over' };
const LOOK = wait(NOW + CONTINUOUS_LOOK_MS);

describe('continuousStep', () => {
  // prettier-ignore
  it.each<[string, Partial<ScheduleDefinition>, ContinuousFacts, number, object]>([
    ['the first run, when it was asked for', {}, free, NOW - 5, start(NOW - 5)],
    ['behind a run that ended long ago', {}, ended(60_000), NOW - 5, start(NOW - 5)],
    ['in the pause after a run', {}, ended(500), NOW, wait(NOW + 1_500)],
    ['at the end of the pause', {}, ended(2_000), NOW, start(NOW)],
    ['asked for too early, and looked at late', {}, ended(5_000), NOW - 5_000, start(NOW - 3_000)],
    ['in the longer pause after a failed run', {}, ended(2_000, true), NOW, wait(NOW + 8_000)],
    ['after the longer pause', {}, ended(10_000, true), NOW, start(NOW)],
    ['a pause that is longer than that of a failed run', { continuous: { pauseMs: 60_000 } }, ended(10_000, true), NOW, wait(NOW + 50_000)],
    ['while a run goes on', {}, { ...free, isActive: true }, NOW, LOOK],
    ['while a run goes on behind one that ended', {}, { ...ended(9_000), isActive: true }, NOW, LOOK],
    ['paused', {}, { ...free, paused: true }, NOW, LOOK],
    ['before its start date', { startAt: NOW + 7 }, free, NOW, wait(NOW + 7)],
    ['before its start date, paused', { startAt: NOW + 7 }, { ...free, paused: true }, NOW, wait(NOW + 7)],
    ['at its start date', { startAt: NOW }, free, NOW, start(NOW)],
    ['at its end date', { endAt: NOW }, free, NOW, start(NOW)],
    ['after its end date', { endAt: NOW - 1 }, free, NOW, OVER],
    ['after its end date, while a run goes on', { endAt: NOW - 1 }, { ...free, isActive: true }, NOW, OVER],
    ['a pause beyond its end date', { endAt: NOW + 5 }, ended(0), NOW, OVER],
    ['a start date behind its end date', { startAt: NOW + 9, endAt: NOW + 8 }, free, NOW, OVER],
    ['a due time that was decided, after the clock went back', {}, { ...free, lastDue: NOW + 3 }, NOW, wait(NOW + 4)],
    ['asked for in a moment', {}, free, NOW + 3, wait(NOW + 3)],
  ])('%s', (_what, more, facts, asked, step) => {
    expect(continuousStep(schedule(more), facts, asked, NOW)).toEqual(step);
  });

  it('never starts a run before the earliest instant, nor one twice', () => {
    for (const pauseMs of [1_000, 10_000, 40_000]) {
      for (const failed of [true, false]) {
        for (const ago of [0, 1, 999, 1_000, 9_999, 10_000, 50_000]) {
          const facts = { ...ended(ago, failed), lastDue: NOW - ago - 1 };
          const of = schedule({ continuous: { pauseMs } });
          const step = continuousStep(of, facts, NOW, NOW);
          const earliest = earliestContinuous(of, facts);
          expect(step).toEqual(earliest <= NOW ? start(NOW) : wait(earliest));
        }
      }
    }
  });
});

describe('continuousInterval', () => {
  // prettier-ignore
  it.each<[string, Partial<ScheduleDefinition>, number | undefined, number]>([
    ['the first run without a start date', {}, undefined, NOW],
    ['the first run', { startAt: NOW - 9 }, undefined, NOW - 9],
    ['the next one', { startAt: NOW - 9 }, NOW - 4, NOW - 4],
  ])('of %s', (_what, more, lastDue, from) => {
    expect(continuousInterval(schedule(more), NOW, lastDue)).toEqual({
      start: from,
      end: NOW,
    });
  });
});
