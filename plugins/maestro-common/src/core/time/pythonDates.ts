/**
 * Texts of dates by Python's format strings (`%Y-%m-%dT%H`), written and read as
 * Python does in the locale C: keys of partitions are such texts. Wall time is
 * written as in `zones.ts`.
 *
 * @packageDocumentation
 */
import { DAY_NAMES } from './dayNames';

const MINUTE = 60_000;
const DAY = 86_400_000;

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const two = (n: number) => String(n).padStart(2, '0');
const short = (name: string) => name.slice(0, 3);
const hourOf12 = (date: Date) => date.getUTCHours() % 12 || 12;
const dayOfYear = (date: Date) =>
  Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY);
/** Weeks of a year whose first one begins with its first day `from`. */
const weekOfYear = (date: Date, from: 0 | 1) =>
  Math.floor((dayOfYear(date) + 7 - ((date.getUTCDay() - from + 7) % 7)) / 7);

/** The ISO week of a day: that of its Thursday. */
function isoWeek(date: Date): { year: number; week: number } {
  const thursday = new Date(
    date.getTime() + (3 - ((date.getUTCDay() + 6) % 7)) * DAY,
  );
  return {
    year: thursday.getUTCFullYear(),
    week: Math.floor(dayOfYear(thursday) / 7) + 1,
  };
}

/** What each directive writes. */
const WRITTEN: Readonly<
  Record<string, (date: Date, offsetMs: number) => string>
> = {
  Y: date => String(date.getUTCFullYear()),
  y: date => two(date.getUTCFullYear() % 100),
  m: date => two(date.getUTCMonth() + 1),
  d: date => two(date.getUTCDate()),
  e: date => String(date.getUTCDate()).padStart(2, ' '),
  H: date => two(date.getUTCHours()),
  I: date => two(hourOf12(date)),
  M: date => two(date.getUTCMinutes()),
  S: date => two(date.getUTCSeconds()),
  f: date => `${String(date.getUTCMilliseconds()).padStart(3, '0')}000`,
  p: date => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  j: date => String(dayOfYear(date) + 1).padStart(3, '0'),
  B: date => MONTHS[date.getUTCMonth()],
  b: date => short(MONTHS[date.getUTCMonth()]),
  A: date => DAY_NAMES[date.getUTCDay()],
  a: date => short(DAY_NAMES[date.getUTCDay()]),
  w: date => String(date.getUTCDay()),
  u: date => String(date.getUTCDay() || 7),
  U: date => two(weekOfYear(date, 0)),
  W: date => two(weekOfYear(date, 1)),
  V: date => two(isoWeek(date).week),
  G: date => String(isoWeek(date).year),
  z: (_, offset) => {
    const minutes = Math.round(Math.abs(offset) / MINUTE);
    return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${two(
      minutes % 60,
    )}`;
  },
  '%': () => '%',
};

const oneOf = (names: readonly string[]) => names.join('|');

/** What each directive reads, as in Python's `_strptime`. */
const READ: Readonly<Record<string, string>> = {
  Y: '\\d{4}',
  y: '\\d{2}',
  m: '1[0-2]|0[1-9]|[1-9]',
  d: '3[0-1]|[1-2]\\d|0[1-9]|[1-9]| [1-9]',
  H: '2[0-3]|[0-1]\\d|\\d',
  I: '1[0-2]|0[1-9]|[1-9]',
  M: '[0-5]\\d|\\d',
  S: '6[0-1]|[0-5]\\d|\\d',
  f: '[0-9]{1,6}',
  j: '36[0-6]|3[0-5]\\d|[1-2]\\d\\d|0[1-9]\\d|00[1-9]|[1-9]\\d|0[1-9]|[1-9]',
  p: 'am|pm',
  B: oneOf(MONTHS),
  b: oneOf(MONTHS.map(short)),
  A: oneOf(DAY_NAMES),
  a: oneOf(DAY_NAMES.map(short)),
  z: '[+-]\\d\\d:?[0-5]\\d|Z',
};

/**
 * The first directive of a format that cannot be written (or, for `read`, be
 * read), such as `%c`; undefined when there is none.
 *
 * @public
 */
export function oddDirective(
  format: string,
  use: 'write' | 'read' = 'write',
): string | undefined {
  const known = use === 'write' ? WRITTEN : { ...READ, '%': '' };
  return (format.match(/%[^]?/g) ?? []).find(
    directive => !Object.hasOwn(known, directive.slice(1)),
  );
}

/**
 * A wall time as Python's `strftime` writes it.
 *
 * @param offsetMs - how far the clock is ahead of UTC
 * @throws RangeError for a directive that is not known, see `oddDirective`
 * @public
 */
export function writeDate(format: string, wall: number, offsetMs = 0): string {
  const date = new Date(wall);
  return format.replace(/%([^]?)/g, (directive, letter: string) => {
    if (!Object.hasOwn(WRITTEN, letter)) {
      throw new RangeError(`"${directive}" in "${format}" is not known`);
    }
    return WRITTEN[letter](date, offsetMs);
  });
}

/** A text of a date that was read. @public */
export interface ReadDate {
  wall: number;
  /** Where the text has an offset. */
  offsetMs?: number;
}

/**
 * Reads a text as Python's `strptime` does: all of it, and what the format does
 * not name is that of 1900-01-01T00:00:00.
 *
 * @returns undefined for a text that is no date in that format
 * @throws RangeError for a directive that is not known, or that is there twice
 * @public
 */
export function readDate(format: string, text: string): ReadDate | undefined {
  const seen: string[] = [];
  const pattern = format.replace(
    /%([^]?)|(\s+)|([^])/g,
    (_, letter: string | undefined, space?: string, other?: string) => {
      if (space) return '\\s+';
      if (other !== undefined)
        return other.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&');
      if (letter === '%') return '%';
      if (letter === undefined || !Object.hasOwn(READ, letter)) {
        throw new RangeError(`"%${letter}" in "${format}" cannot be read`);
      }
      if (seen.includes(letter)) {
        throw new RangeError(`"%${letter}" is in "${format}" twice`);
      }
      seen.push(letter);
      return `(${READ[letter]})`;
    },
  );
  // As far as it goes, as Python does: a tail is no date, and no other way to
  // read what is before it is tried.
  const match = new RegExp(`^(?:${pattern})`, 'i').exec(text);
  if (!match || match[0].length !== text.length) return undefined;
  const parts = new Map(seen.map((letter, i) => [letter, match[i + 1]]));
  return dateOf(parts);
}

function dateOf(parts: ReadonlyMap<string, string>): ReadDate | undefined {
  const number = (letter: string) =>
    parts.has(letter) ? Number(parts.get(letter)) : undefined;
  const named = (letter: string, names: readonly string[]) => {
    const found = parts.get(letter)?.toLowerCase();
    return found === undefined
      ? undefined
      : names.findIndex(name => name.toLowerCase() === found) + 1;
  };
  const century = number('y');
  const year =
    number('Y') ??
    (century === undefined ? 1900 : century + (century < 69 ? 2000 : 1900));
  const month =
    number('m') ?? named('B', MONTHS) ?? named('b', MONTHS.map(short)) ?? 1;
  const day = number('d') ?? 1;
  const half = parts.get('p')?.toLowerCase();
  const twelve = number('I');
  const hour =
    number('H') ??
    (twelve === undefined ? 0 : (twelve % 12) + (half === 'pm' ? 12 : 0));
  const second = number('S') ?? 0;
  const yearDay = number('j');
  const date = new Date(0);
  if (yearDay === undefined) date.setUTCFullYear(year, month - 1, day);
  else date.setUTCFullYear(year, 0, yearDay);
  const isThere =
    // Python writes earlier ones with fewer digits, and cannot read them again.
    year >= 1000 &&
    second < 60 &&
    (yearDay !== undefined || date.getUTCDate() === day);
  if (!isThere) return undefined;
  date.setUTCHours(
    hour,
    number('M') ?? 0,
    second,
    Math.floor(Number((parts.get('f') ?? '0').padEnd(6, '0')) / 1000),
  );
  const zone = parts.get('z');
  return {
    wall: date.getTime(),
    ...(zone === undefined ? {} : { offsetMs: offsetOf(zone) }),
  };
}

function offsetOf(zone: string): number {
  if (/^z$/i.test(zone)) return 0;
  const [hours, minutes] = [zone.slice(1, 3), zone.slice(-2)].map(Number);
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * MINUTE;
}
