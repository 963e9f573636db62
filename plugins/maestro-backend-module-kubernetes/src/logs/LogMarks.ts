import type { LogPlace } from '@maestro/plugin-maestro-node';
import type { StitchState } from './stitch';

/** Where a log stands at one of its bytes. */
export interface LogMark {
  /** Offset of that byte. */
  at: number;
  stitch: StitchState;
  /**
   * The last gap before it. Two processes of which only one has a gap count the
   * bytes behind it differently.
   */
  gap?: string;
}

/** Least distance of marks that nobody read up to, bytes. */
const APART = 64 * 1024;

/** As it is kept in the log store. */
function placeOf({ at, stitch, gap }: LogMark): LogPlace {
  return { at, token: JSON.stringify({ stitch, gap }) };
}

/** Undefined for what is no place of a pod's log. */
export function markOf(place: LogPlace | undefined): LogMark | undefined {
  if (!place) return undefined;
  try {
    const { stitch, gap } = JSON.parse(place.token);
    const { lastTime, sameTime, lineBytes, lineEnded } = stitch;
    const isWhole =
      typeof lastTime === 'string' &&
      Number.isInteger(sameTime) &&
      Number.isInteger(lineBytes) &&
      typeof lineEnded === 'boolean';
    return isWhole ? { at: place.at, stitch, gap } : undefined;
  } catch {
    return undefined;
  }
}

/** Where a log stood at the bytes that are read next. */
export class LogMarks {
  /** The last gap so far. */
  gap: string | undefined;
  /** Ascending. */
  readonly #marks: LogMark[] = [];

  /** @param firstGap - the last one before the first byte */
  constructor(readonly firstGap: string | undefined) {
    this.gap = firstGap;
  }

  add(at: number, stitch: StitchState): void {
    if (stitch.lastTime === undefined) return;
    const marks = this.#marks;
    // A reader that hangs must not make this grow with each line.
    const before = marks.at(-2);
    if (before && at - before.at < APART) marks.pop();
    marks.push({ at, stitch, gap: this.gap });
  }

  /** The last one up to the end of what is read; older ones go. */
  place(offset: number, length: number): LogPlace | undefined {
    const marks = this.#marks;
    const keep = marks.findLastIndex(({ at }) => at <= offset);
    if (keep > 0) marks.splice(0, keep);
    const found = marks.findLast(({ at }) => at <= offset + length);
    return found && placeOf(found);
  }
}
