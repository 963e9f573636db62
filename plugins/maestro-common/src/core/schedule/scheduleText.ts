/**
 * Schedules in words.
 *
 * @packageDocumentation
 */
import cronstrue from 'cronstrue';
import { aliasName } from './assets';
import type { CalendarSpan } from '../time/calendarSpan';
import { CronPattern } from '../time/cronPattern';
import { DAY_NAMES } from '../time/dayNames';
import type {
  AssetCondition,
  AssetPart,
  ScheduleDefinition,
} from '../pipeline/definition';
import { hasDueTimes } from './timetable';

const UNITS: ReadonlyArray<[number, string]> = [
  [604_800_000, 'week'],
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1000, 'second'],
  [1, 'millisecond'],
];

/**
 * A schedule in words: "Sundays at 04:00 UTC", "Every 6 hours". The time zone
 * is named where it matters.
 *
 * @throws InputError when the cron expression is not valid
 * @public
 */
export function describeSchedule(schedule: ScheduleDefinition): string {
  if (schedule.continuous) {
    const pause = describeMs(schedule.continuous.pauseMs);
    return `As soon as the last run is over, ${pause} later`;
  }
  const { assets, cooldownMs, days, except, partition, when, jitterMs } =
    schedule;
  const isDue = hasDueTimes(schedule);
  const parts = isDue ? [timesInWords(schedule)] : [];
  if (days) parts.push(`only ${daysInWords(days)}`);
  if (except?.length) {
    parts.push(
      `except ${except.length} ${except.length === 1 ? 'day' : 'days'}`,
    );
  }
  if (assets) {
    parts.push(
      `${isDue ? 'or o' : 'O'}n ${
        assets.partitions ? 'partitions: ' : ''
      }${assetsInWords(assets)}`,
    );
    if (cooldownMs) {
      parts.push(
        `by them at most one run ${everyInWords(cooldownMs)
          .replace(/^Every (\d)/, 'in $1')
          .replace(/^Every /, 'a ')}`,
      );
    }
  }
  if (partition) parts.push('each a partition');
  if (when) parts.push(`when ${when}`);
  if (jitterMs) parts.push(`spread over ${describeMs(jitterMs)}`);
  return parts.join(', ');
}

/** What of assets starts a run. @internal */
export function assetsInWords({ mode, names, parts }: AssetCondition): string {
  if (parts) {
    return names.length > 8
      ? `a condition of ${names.length} assets`
      : `events of ${partInWords({ mode, parts })}`;
  }
  if (names.length === 1) {
    const alias = aliasName(names[0]);
    return alias === undefined ? `asset ${names[0]}` : `asset alias ${alias}`;
  }
  const shown = (names.length > 4 ? names.slice(0, 3) : names).map(inWords);
  const more = names.length - shown.length;
  const last = more > 0 ? `${more} more` : shown[shown.length - 1];
  const list = (more > 0 ? shown : shown.slice(0, -1)).join(', ');
  return mode === 'all'
    ? `a new event of each of the assets ${list} and ${last}`
    : `any of the assets ${list} or ${last}`;
}

function inWords(name: string): string {
  const alias = aliasName(name);
  return alias === undefined ? name : `alias ${alias}`;
}

function partInWords(part: Exclude<AssetPart, string>): string {
  return part.parts
    .map(inner =>
      typeof inner === 'string' ? inWords(inner) : `(${partInWords(inner)})`,
    )
    .join(part.mode === 'all' ? ' and ' : ' or ');
}

/** By the number of a day. */
const everyDay = (day: number) => `${DAY_NAMES[day]}s`;

function daysInWords(days: readonly number[]): string {
  if (days.join() === '1,2,3,4,5') return 'Mondays to Fridays';
  return days.map(everyDay).join(', ');
}

function timesInWords(schedule: ScheduleDefinition): string {
  if (schedule.dates) {
    const { length } = schedule.dates;
    return `On ${length} ${length === 1 ? 'date' : 'dates'}`;
  }
  const { everySpan } = schedule;
  if (everySpan) return spanInWords(everySpan);
  if (schedule.cron === undefined) {
    return everyInWords(schedule.everyMs ?? 0);
  }
  if (schedule.crons?.length) return cronsInWords(schedule);
  const [minute, hour, dayOfMonth, month, dayOfWeek] = CronPattern.of(
    schedule.cron,
  ).fields;
  const zone = schedule.timezone;
  const plainTime = /^\d+$/.test(minute) && /^\d+$/.test(hour);
  if (plainTime && dayOfMonth === '*' && month === '*') {
    const time = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
    if (dayOfWeek === '*') {
      return `Daily at ${time} ${zone}`;
    }
    if (/^[0-7](,[0-7])*$/.test(dayOfWeek)) {
      const days = dayOfWeek.split(',').map(day => everyDay(Number(day) % 7));
      const last = days.pop();
      const list = days.length > 0 ? `${days.join(', ')} and ${last}` : last;
      return `${list} at ${time} ${zone}`;
    }
  }
  const fields = [minute, hour, dayOfMonth, month, dayOfWeek];
  const words = cronstrue
    .toString(fields.join(' '), { use24HourTimeFormat: true })
    .replace(/^On the hour, every/, 'Every');
  // A day that matches either field is due; the library says "and", or nothing
  // between the two.
  const bothDays = dayOfMonth !== '*' && dayOfWeek !== '*';
  const text = bothDays
    ? words.replace(/ month, (and |only )?/, ' month or ')
    : words;
  // What repeats within every hour is the same in every time zone but the few
  // with odd minutes.
  const everywhere = hour === '*' && dayOfMonth === '*' && dayOfWeek === '*';
  return everywhere && month === '*' ? text : `${text} (${zone})`;
}

function cronsInWords(schedule: ScheduleDefinition): string {
  const all = [schedule.cron!, ...schedule.crons!];
  if (all.length > 4) {
    return `By ${all.length} cron expressions (${schedule.timezone})`;
  }
  return all
    .map(cron => timesInWords({ ...schedule, cron, crons: undefined }))
    .map((text, i) => (i === 0 ? text : text[0].toLowerCase() + text.slice(1)))
    .join(', or ');
}

function spanInWords({ months, ms }: CalendarSpan): string {
  const [count, unit] =
    months % 12 === 0 ? [months / 12, 'year'] : [months, 'month'];
  if (ms) {
    const whole = `${count} ${unit}${count === 1 ? '' : 's'}`;
    return `Every ${whole} and ${describeMs(ms)} from the start date on`;
  }
  return `Every ${
    count === 1 ? unit : `${count} ${unit}s`
  } from the start date on`;
}

function everyInWords(ms: number): string {
  const { count, unit } = inUnits(ms);
  return count === 1 ? `Every ${unit}` : `Every ${count} ${unit}s`;
}

/** A length of time: "90 seconds". @internal */
export function describeMs(ms: number): string {
  const { count, unit } = inUnits(ms);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** In the largest unit that it is a whole number of. */
function inUnits(ms: number): { count: number; unit: string } {
  const [size, unit] = UNITS.find(
    ([length]) => ms % length === 0 && ms > 0,
  ) ?? [1, 'millisecond'];
  return { count: ms / size, unit };
}
