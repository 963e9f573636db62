const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** How long ago, in the largest unit that fits at least twice or so. */
export function ageText(ms: number): string {
  if (ms < minute) {
    return 'just now';
  }
  if (ms < 2 * hour) {
    return `${Math.floor(ms / minute)} min ago`;
  }
  if (ms < 2 * day) {
    return `${Math.floor(ms / hour)} h ago`;
  }
  return `${Math.floor(ms / day)} d ago`;
}

/** A time to live in its natural unit: `2 d`, `36 h`, `90 min`, `45 s`. */
export function ttlText(ms: number | undefined): string {
  if (ms === undefined) {
    return 'no limit';
  }
  for (const [unit, name] of [
    [day, 'd'],
    [hour, 'h'],
    [minute, 'min'],
  ] as const) {
    if (ms >= unit && ms % unit === 0) {
      return `${ms / unit} ${name}`;
    }
  }
  return `${ms / 1_000} s`;
}
