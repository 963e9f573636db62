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
  /** Stands at that gap: `stitch` is what was before it. */
  isGap?: boolean;
}

/** Tells a gap from those of other processes. */
export const gapId = (at: number, until: string) => `${at} ${until}`;

/**
 * Whether a gap up to a line of that time is the one at which the mark stands;
 * then the bytes behind the mark are those that were counted there.
 */
export const isGapOf = (mark: LogMark | undefined, until: string) =>
  mark?.gap !== undefined && mark.gap === gapId(mark.at, until);

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
    // Of a log whose beginning was never read there is a gap and no line.
    const isWhole =
      (typeof lastTime === 'string' || gap !== undefined) &&
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
  /** Ascending. */
  readonly #marks: LogMark[] = [];

  #gap: string | undefined;

  /** @param firstGap - the last one before the first byte */
  constructor(readonly firstGap: string | undefined) {
    this.#gap = firstGap;
  }

  add(at: number, stitch: StitchState): void {
    if (stitch.lastTime === undefined) return;
    const marks = this.#marks;
    // A reader that hangs must not make this grow with each line.
    const before = marks.at(-2);
    if (before && !marks.at(-1)!.isGap && at - before.at < APART) marks.pop();
    marks.push({ at, stitch, gap: this.#gap });
  }

  /**
   * @param stitch - before it
   * @param id - see {@link gapId}
   */
  addGap(at: number, stitch: StitchState, id: string): void {
    this.#gap = id;
    this.#marks.push({ at, stitch, gap: id, isGap: true });
  }

  /**
   * Bytes of a piece that ends at a mark, where there is one: behind a mark that
   * lags, what the node rotated away in between could not be told.
   */
  lengthTo(offset: number, length: number): number {
    const last = this.#marks.findLast(({ at }) => at <= offset + length);
    return last && last.at > offset ? last.at - offset : length;
  }

  /** The last one up to the end of what is read; older ones go. */
  place(offset: number, length: number): LogPlace | undefined {
    const marks = this.#marks;
    const end = offset + length;
    const keep = marks.findLastIndex(({ at }) => at <= offset);
    if (keep > 0) marks.splice(0, keep);
    // A gap is told with the bytes behind it.
    const found = marks.findLast(
      ({ at, isGap }) => at < end || (at === end && !isGap),
    );
    return found && placeOf(found);
  }
}
