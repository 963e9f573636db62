import { createContext, useContext, useSyncExternalStore } from 'react';
import { DateTime } from 'luxon';

/**
 * Whose clock times are shown by: this browser's, UTC, or the one of the
 * pipeline's schedule (UTC where a page is about no single pipeline).
 *
 * @public
 */
export type TimeZoneChoice = 'mine' | 'utc' | 'pipeline';

const KEY = 'maestro.timeZone';
const CHOICES: TimeZoneChoice[] = ['mine', 'utc', 'pipeline'];
const listeners = new Set<() => void>();

function read(): TimeZoneChoice {
  try {
    const stored = window.localStorage.getItem(KEY) as TimeZoneChoice | null;
    return stored && CHOICES.includes(stored) ? stored : 'mine';
  } catch {
    // Storage can be forbidden; then the choice lives as long as the page.
    return 'mine';
  }
}

let choice: TimeZoneChoice | undefined;

/** The choice of this browser. @public */
export function getTimeZoneChoice(): TimeZoneChoice {
  choice ??= read();
  return choice;
}

/** Changes the choice on every page of this browser. @public */
export function setTimeZoneChoice(next: TimeZoneChoice): void {
  choice = next;
  try {
    window.localStorage.setItem(KEY, next);
  } catch {
    // See read().
  }
  listeners.forEach(notify => notify());
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** Time zone of the pipeline that a part of a page is about. @public */
export const PipelineTimeZoneContext = createContext<string | undefined>(
  undefined,
);

/**
 * The zone to show times in, an IANA name or `local`, and the choice behind it.
 *
 * @public
 */
export function useTimeZone(): { zone: string; choice: TimeZoneChoice } {
  const current = useSyncExternalStore(
    subscribe,
    getTimeZoneChoice,
    getTimeZoneChoice,
  );
  const pipelineZone = useContext(PipelineTimeZoneContext);
  if (current === 'mine') {
    return { zone: 'local', choice: current };
  }
  return {
    zone: current === 'utc' ? 'UTC' : pipelineZone ?? 'UTC',
    choice: current,
  };
}

/**
 * An instant in full, such as `Sun 15 Nov 2026, 04:00:00 UTC`.
 *
 * @public
 */
export function formatExact(at: number, zone: string): string {
  const time = DateTime.fromMillis(at, { zone }).setLocale('en-GB');
  return time.toFormat('ccc d LLL yyyy, HH:mm:ss ZZZZ');
}

/**
 * An instant as the name of a run, such as `Sun 15 Nov 04:00`; with the year
 * where it is not that of `now`.
 *
 * @public
 */
export function formatRunDate(at: number, zone: string, now: number): string {
  const time = DateTime.fromMillis(at, { zone }).setLocale('en-GB');
  const sameYear = time.year === DateTime.fromMillis(now, { zone }).year;
  const seconds = time.second === 0 ? 'HH:mm' : 'HH:mm:ss';
  return time.toFormat(`ccc d LLL${sameYear ? '' : ' yyyy'} ${seconds}`);
}
