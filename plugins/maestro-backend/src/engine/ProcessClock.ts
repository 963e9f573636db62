import { setImmediate } from 'node:timers/promises';

/** Takes a timer back; one that fired, or was taken back, is fine. */
export type CancelTimer = () => void;

/**
 * Time and timers of one process, as its loops use them. What is decided about
 * a run never looks here: that is the clock of the database. The simulator
 * gives each of its processes a clock that stands still, jumps and sleeps.
 */
export interface ProcessClock {
  /** Epoch milliseconds; may jump when somebody sets the clock. */
  now(): number;
  /** Milliseconds since some fixed point; never jumps. */
  elapsed(): number;
  /** Calls `fn` once, after at least `ms` milliseconds. */
  after(ms: number, fn: () => void): CancelTimer;
  /** Resolves when the others of this process had their turn. */
  turn(): Promise<void>;
}

/** The clock of this process. */
export const SYSTEM_CLOCK: ProcessClock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after: (ms, fn) => {
    const timer = setTimeout(fn, ms);
    return () => clearTimeout(timer);
  },
  turn: () => setImmediate(),
};
