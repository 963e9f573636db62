const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const two = (n: number) => String(n).padStart(2, '0');

/**
 * A duration in milliseconds for people: `350 ms`, `3.2 s`, `48 s`,
 * `2 m 05 s`, `1 h 48 m`, `2 d 3 h`. Two units at most; never rounded up into
 * a unit it did not reach. Negative durations (clocks that disagree) are `0 s`.
 *
 * @public
 */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms) || ms <= 0) {
    return '0 s';
  }
  if (ms < SECOND) {
    return `${Math.max(1, Math.floor(ms))} ms`;
  }
  if (ms < 10 * SECOND) {
    return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  }
  if (ms < MINUTE) {
    return `${Math.floor(ms / SECOND)} s`;
  }
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

/**
 * The distance between an instant and now with one unit: `in 14 m`, `2 d ago`,
 * `just now` within five seconds. Both epoch milliseconds.
 *
 * @public
 */
export function formatRelative(at: number, now: number): string {
  const distance = Math.abs(at - now);
  if (distance < 5 * SECOND) {
    return 'just now';
  }
  const [size, unit] = (
    [
      [DAY, 'd'],
      [HOUR, 'h'],
      [MINUTE, 'm'],
      [SECOND, 's'],
    ] as const
  ).find(([length]) => distance >= length)!;
  const text = `${Math.floor(distance / size)} ${unit}`;
  return at > now ? `in ${text}` : `${text} ago`;
}
