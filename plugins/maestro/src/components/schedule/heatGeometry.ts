import { DateTime } from 'luxon';
import type { SchedulePreviewAnswer } from '@maestro/plugin-maestro-common';

/** A part of the picture's width, percent. */
export interface Span {
  left: number;
  width: number;
}

/** What the picture reaches over; whole steps, so that each is equally wide. */
export interface HeatRange {
  from: number;
  until: number;
  stepMs: number;
}

/** The range of a forecast, rounded to whole steps. */
export function heatRange({
  from,
  until,
  stepMs,
}: SchedulePreviewAnswer): HeatRange {
  return {
    from: Math.floor(from / stepMs) * stepMs,
    until: Math.ceil(until / stepMs) * stepMs,
    stepMs,
  };
}

/** Where a step stands. */
export function stepSpan(at: number, range: HeatRange): Span {
  const whole = range.until - range.from;
  return {
    left: ((at - range.from) / whole) * 100,
    width: (range.stepMs / whole) * 100,
  };
}

/** Where an instant stands, percent; undefined outside of the picture. */
export function instantAt(at: number, range: HeatRange): number | undefined {
  if (at < range.from || at > range.until) return undefined;
  return ((at - range.from) / (range.until - range.from)) * 100;
}

/**
 * How dark a step is, in (0, 1]: by the root, because many steps have one run
 * and few have hundreds.
 */
export function heat(runs: number, most: number): number {
  return most <= 1 ? 0.55 : 0.2 + 0.8 * Math.sqrt((runs - 1) / (most - 1));
}

/** A line with a word above the picture. */
export interface Mark {
  at: number;
  left: number;
  word: string;
}

/** Words that stand side by side without touching each other. */
const MOST_MARKS = 12;

/** Midnights in a zone, or hours where the picture is a day or two long. */
export function timeMarks(range: HeatRange, zone: string): Mark[] {
  const hours = (range.until - range.from) / 3_600_000;
  const isShort = hours <= 50;
  const unit = isShort ? { hours: 3 } : { days: 1 };
  let time = DateTime.fromMillis(range.from, { zone })
    .setLocale('en-GB')
    .startOf('day');
  const all: DateTime[] = [];
  for (; time.toMillis() < range.until; time = time.plus(unit)) {
    if (time.toMillis() >= range.from) all.push(time);
  }
  const every = isShort ? 1 : Math.ceil(all.length / MOST_MARKS);
  const wordOf = (each: DateTime) => {
    if (isShort && each.hour > 0) return each.toFormat('HH:mm');
    return each.toFormat(every > 1 ? 'd LLL' : 'ccc d LLL');
  };
  return all
    .filter((_, i) => i % every === 0)
    .map(each => ({
      at: each.toMillis(),
      left: instantAt(each.toMillis(), range)!,
      word: wordOf(each),
    }));
}
