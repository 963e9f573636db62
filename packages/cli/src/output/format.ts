/*
 * Durations and times as everywhere in Maestro. The portal's widgets have the
 * same rules; they live in a package that needs React.
 */
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const two = (value: number) => String(value).padStart(2, '0');

/** `350 ms`, `3.2 s`, `48 s`, `2 m 05 s`, `1 h 48 m`, `2 d 3 h`; empty for none. */
export function duration(ms: number | undefined): string {
  if (ms === undefined) return '';
  if (!Number.isFinite(ms) || ms <= 0) return '0 s';
  if (ms < SECOND) return `${Math.max(1, Math.floor(ms))} ms`;
  if (ms < 10 * SECOND) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) {
    return `${Math.floor(ms / MINUTE)} m ${two(
      Math.floor((ms % MINUTE) / SECOND),
    )} s`;
  }
  if (ms < DAY) {
    return `${Math.floor(ms / HOUR)} h ${two(
      Math.floor((ms % HOUR) / MINUTE),
    )} m`;
  }
  return `${Math.floor(ms / DAY)} d ${Math.floor((ms % DAY) / HOUR)} h`;
}

/** The distance to an instant: `in 14 m`, `2 d ago`, `just now`. */
export function relative(at: number, now: number): string {
  const distance = Math.abs(at - now);
  if (distance < 5 * SECOND) return 'just now';
  const [length, unit] = (
    [
      [DAY, 'd'],
      [HOUR, 'h'],
      [MINUTE, 'm'],
      [SECOND, 's'],
    ] as const
  ).find(([one]) => distance >= one)!;
  const text = `${Math.floor(distance / length)} ${unit}`;
  return at > now ? `in ${text}` : `${text} ago`;
}

/** `2026-11-22 21:47:03` in this machine's time zone; empty for none. */
export function localTime(at: number | undefined): string {
  if (at === undefined) return '';
  const date = new Date(at);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(
    date.getDate(),
  )} ${clock(at)}`;
}

/** `21:47:03` in this machine's time zone. */
export function clock(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map(two)
    .join(':');
}

/** Both: `2026-11-22 21:47:03 (2 m ago)`. */
export function time(at: number | undefined, now: number): string {
  return at === undefined ? '' : `${localTime(at)} (${relative(at, now)})`;
}

/** `512 B`, `1.5 KiB`, `20 MiB`. */
export function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.floor(value)} ${
    units[unit]
  }`;
}

/** The part of a run id that people copy: unique in practice, and accepted. */
export function shortId(runId: string): string {
  return runId.slice(-8);
}
