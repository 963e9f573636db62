import { pauseAfterRun } from '../schedule/continuous';
import { DAY_NAMES } from '../time/dayNames';
import { describeMs } from '../schedule/scheduleText';
import { nextDue } from '../schedule/timetable';
import type { ScheduleDefinition } from '../pipeline/definition';
import type { WhyAction, WhyCause, WhyFacts } from './whyCause';

const iso = (at: number) => new Date(at).toISOString();

/**
 * Why the schedules of a pipeline start no run now: the newest due time was
 * refused, its start is put off, its day is left out, or it comes later.
 *
 * @internal
 */
export function dueCauses(facts: WhyFacts): WhyCause[] {
  return [
    ...skippedCauses(facts),
    ...jitterCause(facts),
    ...calendarCauses(facts),
    ...(facts.continuous ? continuousCause(facts) : nextCause(facts)),
  ];
}

/** Nobody has to wait for a schedule. */
function trigger({ definition: { name } }: WhyFacts): WhyAction {
  return {
    label: 'Start a run now',
    kind: 'trigger',
    target: name,
    command: `maestro trigger ${name}`,
  };
}

function skippedCauses(facts: WhyFacts): WhyCause[] {
  const { definition, skippedDue = [] } = facts;
  return skippedDue.flatMap(({ scheduleId, dueAt, reason }): WhyCause[] => {
    const schedule = definition.schedules.find(({ id }) => id === scheduleId);
    const start = `Schedule "${scheduleId}" was due at ${iso(
      dueAt,
    )} and started no run:`;
    if (reason === 'overlap') {
      return [
        {
          code: 'overlap_skipped',
          message: `${start} another was not over, and its overlap is "skip".`,
          names: [scheduleId],
          action: trigger(facts),
        },
      ];
    }
    if (schedule?.when === undefined || !reason.startsWith('when')) return [];
    const [, problem] = /^when: (.*)$/s.exec(reason) ?? [];
    return [
      {
        code: 'gate_closed',
        message: `${start} its "when" (${schedule.when}) ${
          problem === undefined
            ? 'did not hold'
            : `could not be told: ${problem}`
        }.`,
        names: [scheduleId],
        action: trigger(facts),
      },
    ];
  });
}

function jitterCause(facts: WhyFacts): WhyCause[] {
  const { jittered } = facts;
  if (!jittered) return [];
  const { scheduleId, dueAt, startsAt } = jittered;
  return [
    {
      code: 'jitter',
      message: `Schedule "${scheduleId}" was due at ${iso(
        dueAt,
      )}, and its run starts at ${iso(startsAt)}: its jitter spreads starts.`,
      until: startsAt,
      names: [scheduleId],
      action: trigger(facts),
    },
  ];
}

/** A schedule that would be due earlier, were it not for its calendar. */
function calendarCauses(facts: WhyFacts): WhyCause[] {
  const { definition, now } = facts;
  return definition.schedules.flatMap((schedule): WhyCause[] => {
    const { id, days, except } = schedule;
    if (!days && !except) return [];
    const plain = { ...schedule, days: undefined, except: undefined };
    const without = nextDue(plain, now);
    const due = nextDue(schedule, now);
    if (without === undefined || (due !== undefined && due <= without)) {
      return [];
    }
    return [
      {
        code: 'calendar',
        message: `Schedule "${id}" leaves out ${iso(without)}: ${calendarWords(
          schedule,
        )}.`,
        until: due,
        names: [id],
        action: trigger(facts),
      },
    ];
  });
}

function calendarWords({
  days,
  except = [],
  timezone,
}: ScheduleDefinition): string {
  const some = except.slice(0, 3).join(', ');
  const more = except.length > 3 ? ` and ${except.length - 3} more days` : '';
  return [
    ...(days
      ? [
          `it is due on ${days
            .map(day => DAY_NAMES[day])
            .join(', ')} (${timezone})`,
        ]
      : []),
    ...(except.length > 0 ? [`it is not due on ${some}${more}`] : []),
  ].join('; ');
}

/** Which of them ended by its `endDate`, and when. */
function overWords({ definition: { schedules }, now }: WhyFacts): string {
  const ended = schedules.flatMap(({ id, endAt }) =>
    endAt !== undefined && endAt <= now ? [`"${id}" at ${iso(endAt)}`] : [],
  );
  return ended.length === 0
    ? 'Its schedule is not due any more.'
    : `Its schedule is not due any more: endDate ended ${ended.join(', ')}.`;
}

/** Of a schedule whose runs follow each other. */
function continuousCause(facts: WhyFacts): WhyCause[] {
  const { definition, continuous, now } = facts;
  const { scheduleId, active, ended, nextAt } = continuous!;
  const schedule = definition.schedules.find(({ id }) => id === scheduleId)!;
  if (nextAt === undefined)
    return nextCause({ ...facts, nextDueAt: undefined });
  if (active) {
    return [
      {
        code: 'run_goes_on',
        message: `Its runs follow each other, and "${
          active.runId
        }" is not over: the next one starts ${describeMs(
          pauseAfterRun(schedule, false),
        )} after its end.`,
        since: active.since,
        names: [active.runId],
        action: {
          label: 'Open the run',
          kind: 'open_run',
          target: active.runId,
        },
      },
    ];
  }
  if (!ended || nextAt <= now || nextAt <= (schedule.startAt ?? -Infinity)) {
    return nextCause({ ...facts, nextDueAt: Math.max(nextAt, now) });
  }
  return [
    {
      code: 'pause_between_runs',
      message: `Its last run ${ended.failed ? 'failed' : 'ended'} at ${iso(
        ended.at,
      )}, and the next one starts ${describeMs(
        pauseAfterRun(schedule, ended.failed),
      )} later, at ${iso(nextAt)}.`,
      since: ended.at,
      until: nextAt,
      names: [definition.name],
      action: trigger(facts),
    },
  ];
}

function nextCause(facts: WhyFacts): WhyCause[] {
  const { nextDueAt, definition, assetSchedules = [] } = facts;
  if (nextDueAt !== undefined) {
    return [
      {
        code: 'next_due',
        message: `It is due next at ${iso(nextDueAt)}.`,
        until: nextDueAt,
        names: [definition.name],
        action: trigger(facts),
      },
    ];
  }
  if (assetSchedules.length > 0) return [];
  return [
    {
      code: 'not_scheduled',
      message:
        definition.schedules.length === 0
          ? 'It has no schedule, it runs when somebody starts it.'
          : overWords(facts),
      names: [definition.name],
      action: trigger(facts),
    },
  ];
}
