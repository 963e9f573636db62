/**
 * Local clocks: what a clock on the wall of a time zone shows, and when. Wall
 * time is written as the epoch milliseconds at which a clock in UTC shows the
 * same date and time.
 *
 * @packageDocumentation
 */
import { InputError } from '@backstage/errors';
import { IANAZone } from 'luxon';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Whether the running JavaScript engine knows the time zone. @public */
export function isKnownTimezone(timezone: string): boolean {
  return IANAZone.isValidZone(timezone);
}

/**
 * The clock of one time zone.
 *
 * @internal
 */
export class WallClock {
  private static readonly known = new Map<string, WallClock>();

  /** @throws InputError when the time zone is not known */
  static of(timezone: string): WallClock {
    let clock = WallClock.known.get(timezone);
    if (!clock) {
      if (!isKnownTimezone(timezone)) {
        throw new InputError(
          `Unknown time zone "${timezone}", expected an IANA name such as Europe/Berlin`,
        );
      }
      clock = new WallClock(timezone);
      WallClock.known.set(timezone, clock);
    }
    return clock;
  }

  private readonly zone: IANAZone | undefined;

  private constructor(timezone: string) {
    // Asking Intl costs 9 µs a time, and UTC is what most schedules use.
    this.zone = timezone === 'UTC' ? undefined : IANAZone.create(timezone);
  }

  /** Milliseconds that the clock is ahead of UTC. */
  offset(instant: number): number {
    return this.zone ? this.zone.offset(instant) * MINUTE : 0;
  }

  /** What the clock shows. */
  wall(instant: number): number {
    return instant + this.offset(instant);
  }

  /**
   * The first instant at which the clock shows the wall time or, where the
   * clock jumps over it, a later one.
   */
  firstInstant(wall: number): number {
    if (!this.zone) {
      return wall;
    }
    // No zone changes its offset twice within 40 hours, and the instant lies
    // within 16 hours of the wall time: these two see both sides of a change.
    const before = this.offset(wall - 20 * HOUR);
    const after = this.offset(wall + 20 * HOUR);
    const earliest = wall - Math.max(before, after);
    if (this.wall(earliest) === wall) {
      return earliest;
    }
    const latest = wall - Math.min(before, after);
    if (this.wall(latest) === wall) {
      return latest;
    }
    return this.change(earliest, latest);
  }

  /**
   * The last instant at which the clock shows the wall time; one that it jumps
   * over is moved on by the jump, as Airflow does when it reads a date.
   */
  lastInstant(wall: number): number {
    const before = this.offset(wall - 20 * HOUR);
    const after = this.offset(wall + 20 * HOUR);
    const latest = wall - Math.min(before, after);
    const earliest = wall - Math.max(before, after);
    return this.wall(latest) !== wall && this.wall(earliest) === wall
      ? earliest
      : latest;
  }

  /**
   * The first instant in (from, to] that has the offset of `to`; the offsets
   * of the two must differ.
   */
  change(from: number, to: number): number {
    const offset = this.offset(to);
    let low = from;
    let high = to;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.offset(middle) === offset) {
        high = middle;
      } else {
        low = middle;
      }
    }
    return high;
  }
}
