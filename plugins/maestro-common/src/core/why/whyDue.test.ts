import { definitionOf } from '../../__testUtils__/definitions';
import { ask, NOW } from '../../__testUtils__/why';
import type { ScheduleDefinition } from '../pipeline/definition';
import type { SkippedDue, WhyFacts } from './whyCause';

const DAY = 86_400_000;
/** A Sunday, 12:00 UTC. */
const NOON = '2025-01-05T12:00:00.000Z';
const weekdays = [1, 2, 3, 4, 5];

/** Of these schedules, numbered from 0, and nobody has started a run. */
const of = (
  schedules: Partial<ScheduleDefinition>[],
  facts: Partial<WhyFacts> = {},
): Partial<WhyFacts> => ({
  run: undefined,
  definition: definitionOf([{ id: 'a' }], {
    schedules: schedules.map((schedule, i) => ({
      id: `s${i}`,
      timezone: 'UTC',
      catchup: false,
      ...schedule,
    })),
  }),
  nextDueAt: NOW + DAY,
  ...facts,
});
const skipped = (reason: string, scheduleId = 's0'): SkippedDue => ({
  scheduleId,
  dueAt: NOW,
  reason,
});
/** No schedule is due any more. */
const never = { nextDueAt: undefined };
const NEXT = 'It is due next at 2025-01-06T12:00:00.000Z.';
const hourly = { cron: '0 * * * *' };
const gated = { ...hourly, when: 'vars.go == "1"' };
const noon = { cron: '0 13 * * *' };

describe('why the schedules of a pipeline start no run now', () => {
  it.each<[string, Partial<WhyFacts>, string[]]>([
    // The newest due time.
    [
      'a run that was not over',
      of([hourly], { skippedDue: [skipped('overlap')] }),
      [
        `Schedule "s0" was due at ${NOON} and started no run: another was not over, and its overlap is "skip".`,
        NEXT,
      ],
    ],
    [
      'the condition of the schedule that was due, not of another',
      of([{ ...gated, when: 'false' }, gated], {
        skippedDue: [skipped('when', 's1')],
      }),
      [
        `Schedule "s1" was due at ${NOON} and started no run: its "when" (vars.go == "1") did not hold.`,
        NEXT,
      ],
    ],
    [
      'why a condition could not be told, in its lines',
      of([gated], { skippedDue: [skipped('when: no variable "go"\nin vars')] }),
      [
        `Schedule "s0" was due at ${NOON} and started no run: its "when" (vars.go == "1") could not be told: no variable "go"\nin vars.`,
        NEXT,
      ],
    ],
    [
      'nothing of a condition that the schedule has no more',
      of([hourly], { skippedDue: [skipped('when')] }),
      [NEXT],
    ],
    [
      'nothing of a schedule that is there no more',
      of([gated], { skippedDue: [skipped('when', 'gone')] }),
      [NEXT],
    ],
    [
      'nothing of what was skipped for another reason',
      of([gated], { skippedDue: [skipped('paused')] }),
      [NEXT],
    ],
    [
      'when a start is put off to',
      of([hourly], {
        jittered: { scheduleId: 's0', dueAt: NOW, startsAt: NOW + DAY },
      }),
      [
        `Schedule "s0" was due at ${NOON}, and its run starts at 2025-01-06T12:00:00.000Z: its jitter spreads starts.`,
        NEXT,
      ],
    ],

    // Days and exceptions.
    ['nothing of days without a calendar', of([noon]), [NEXT]],
    [
      'the days on which it is due',
      of([{ cron: '0 14 * * *', days: weekdays, timezone: 'Europe/Berlin' }]),
      [
        'Schedule "s0" leaves out 2025-01-05T13:00:00.000Z: it is due on Monday, Tuesday, Wednesday, Thursday, Friday (Europe/Berlin).',
        NEXT,
      ],
    ],
    [
      'three days that are left out',
      of([{ ...noon, except: ['2025-01-05', '2025-01-06', '2025-01-07'] }]),
      [
        'Schedule "s0" leaves out 2025-01-05T13:00:00.000Z: it is not due on 2025-01-05, 2025-01-06, 2025-01-07.',
        NEXT,
      ],
    ],
    [
      'three of more days that are left out, and its days',
      of([
        {
          ...noon,
          days: weekdays,
          except: [
            '2025-01-05',
            '2025-01-06',
            '2025-01-07',
            '2025-01-08',
            '2025-01-09',
          ],
        },
      ]),
      [
        'Schedule "s0" leaves out 2025-01-05T13:00:00.000Z: it is due on Monday, Tuesday, Wednesday, Thursday, Friday (UTC); it is not due on 2025-01-05, 2025-01-06, 2025-01-07 and 2 more days.',
        NEXT,
      ],
    ],
    [
      'nothing of a calendar that leaves out no day that is next',
      of([
        { ...noon, days: [0] },
        { ...noon, except: ['2025-01-06'] },
      ]),
      [NEXT],
    ],
    [
      'the last date, which its days leave out',
      of([{ dates: [NOW + 1], days: weekdays }], never),
      [
        'Schedule "s0" leaves out 2025-01-05T12:00:00.001Z: it is due on Monday, Tuesday, Wednesday, Thursday, Friday (UTC).',
        'Its schedule is not due any more.',
      ],
    ],
    [
      'nothing of the days of a schedule without a date to come',
      of([{ dates: [NOW - 1], days: weekdays }], never),
      ['Its schedule is not due any more.'],
    ],

    // It is due no more.
    [
      'that it has no schedule',
      of([], never),
      ['It has no schedule, it runs when somebody starts it.'],
    ],
    [
      'which of them have ended, and when',
      of(
        [
          { ...hourly, endAt: NOW - 1 },
          { dates: [NOW - 1] },
          { dates: [NOW - 1], endAt: NOW + 1 },
          { ...hourly, endAt: NOW },
        ],
        never,
      ),
      [
        `Its schedule is not due any more: endDate ended "s0" at 2025-01-05T11:59:59.999Z, "s3" at ${NOON}.`,
      ],
    ],
    [
      'nothing of times where it waits for assets only',
      of([{ assets: { mode: 'any', names: ['drift'] } }], {
        ...never,
        assetSchedules: [
          {
            scheduleId: 's0',
            mode: 'any',
            names: ['drift'],
            missing: ['drift'],
          },
        ],
      }),
      [expect.stringMatching(/^Schedule "s0" waits for an event of "drift"/)],
    ],
  ])('says %s', (_, facts, messages) => {
    expect(ask(undefined, {}, facts).map(cause => cause.message)).toStrictEqual(
      messages,
    );
  });

  it('says until when a calendar holds it, and of which schedule', () => {
    expect(
      ask(undefined, {}, of([{ ...noon, days: weekdays }]))[0],
    ).toStrictEqual(
      expect.objectContaining({
        code: 'calendar',
        until: Date.parse('2025-01-06T13:00:00Z'),
        names: ['s0'],
        action: {
          label: 'Start a run now',
          kind: 'trigger',
          target: 'example',
          command: 'maestro trigger example',
        },
      }),
    );
  });
});
