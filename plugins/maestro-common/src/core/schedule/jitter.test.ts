import fc from 'fast-check';
import type { ScheduleDefinition } from '../pipeline/definition';
import { jitterOf, launches, nextLaunch } from './jitter';
import { dueTimes } from './timetable';

const MINUTE = 60_000;
const DAY = 86_400_000;
const START = Date.UTC(2026, 2, 1);

const schedule = (
  rest: Partial<ScheduleDefinition> = {},
): ScheduleDefinition => ({
  id: 'default',
  cron: '0 0 * * *',
  timezone: 'UTC',
  catchup: false,
  jitterMs: 5 * MINUTE,
  ...rest,
});

describe('jitter', () => {
  it('is none where a schedule says nothing', () => {
    expect(jitterOf('p', schedule({ jitterMs: undefined }), START)).toBe(0);
    expect(
      launches(
        'p',
        schedule({ jitterMs: undefined }),
        START,
        START + 2 * DAY,
        9,
      ),
    ).toStrictEqual([
      { due: START + DAY, at: START + DAY },
      { due: START + 2 * DAY, at: START + 2 * DAY },
    ]);
  });

  it('is the same each time, and another one for each pipeline, schedule and day', () => {
    const of = (name: string, id: string, day: number) =>
      jitterOf(name, schedule({ id }), START + day * DAY);
    expect(of('p', 'a', 0)).toBe(of('p', 'a', 0));
    const all = [
      of('p', 'a', 0),
      of('q', 'a', 0),
      of('p', 'b', 0),
      of('p', 'a', 1),
    ];
    expect(new Set(all).size).toBe(4);
    // Of this one for ever: pages and replicas of another release agree.
    expect(of('p', 'a', 0)).toBe(50968);
  });

  it('spreads many pipelines of one instant evenly', () => {
    const tenths = Array(10).fill(0);
    for (let i = 0; i < 2_000; i++) {
      const ms = jitterOf(`pipeline_${i}`, schedule(), START);
      expect(ms).toBeGreaterThanOrEqual(0);
      expect(ms).toBeLessThan(5 * MINUTE);
      tenths[Math.floor(ms / (MINUTE / 2))] += 1;
    }
    tenths.forEach(count => {
      expect(count).toBeGreaterThan(140);
      expect(count).toBeLessThan(260);
    });
  });

  it('never lets one start before the one that was due before it', () => {
    const often = schedule({ cron: '* * * * *', jitterMs: 10 * MINUTE });
    const all = launches('p', often, START, START + DAY, 1_440);
    expect(all).toHaveLength(1_440);
    all.forEach(({ due, at }, i) => {
      expect(at).toBeGreaterThanOrEqual(Math.max(due, all[i - 1]?.at ?? 0));
      expect(at).toBeLessThan(due + 10 * MINUTE);
    });
  });

  it('finds the next start from any instant, as the list of all has it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0, MINUTE, 7 * MINUTE, 90 * MINUTE),
        fc.constantFrom('*/5 * * * *', '0 * * * *', '0 3 * * *'),
        fc.integer({ min: 0, max: DAY }),
        (jitterMs, cron, offset) => {
          const one = schedule({ cron, jitterMs });
          const all = launches('p', one, START - DAY, START + 3 * DAY, 9_999);
          const after = START + offset;
          expect(nextLaunch('p', one, after)).toStrictEqual(
            all.find(({ at }) => at > after),
          );
          // And from any due time in between the rest is the same.
          const [from] = dueTimes(one, after, START + 3 * DAY, 1);
          expect(
            launches('p', one, from, START + 3 * DAY, 9_999),
          ).toStrictEqual(all.filter(({ due }) => due > from));
        },
      ),
      { numRuns: 60 },
    );
  });
});
