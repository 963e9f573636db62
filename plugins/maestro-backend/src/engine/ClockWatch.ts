/** Less than this is what a busy machine makes of an even clock. */
const TOLERATED_MS = 1_000;

/**
 * Notices that the clock of the database was set, by comparing how fast it and
 * the steady clock of this process go. Right after a jump an old instant in the
 * database says nothing: ten seconds of lease may be one second of time, and
 * who takes the task over then starts it twice.
 */
export class ClockWatch {
  /** Database minus steady clock: it lies between these two. */
  private offset: { least: number; most: number } | undefined;
  /** By the steady clock. What was before the start nobody knows. */
  private evenSince: number;

  /** @param elapsed - steady clock of this process, milliseconds */
  constructor(private readonly elapsed: () => number) {
    this.evenSince = elapsed();
  }

  /** Reads the clock of the database, and what that says of it. */
  async read(now: () => Promise<number>): Promise<number> {
    const before = this.elapsed();
    const answer = await now();
    const after = this.elapsed();
    const { offset } = this;
    // The answer was given at some moment between the two.
    this.offset = { least: answer - after, most: answer - before };
    if (
      offset &&
      (this.offset.least > offset.most + TOLERATED_MS ||
        this.offset.most < offset.least - TOLERATED_MS)
    ) {
      this.evenSince = after;
    }
    return answer;
  }

  /** Whether it has gone evenly for so many milliseconds. */
  isEvenFor(ms: number): boolean {
    return this.elapsed() - this.evenSince >= ms;
  }
}
