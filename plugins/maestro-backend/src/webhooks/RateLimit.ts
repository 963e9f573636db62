/** Keys of which a count is kept; more begin anew, all of them. */
const MAX_KEYS = 10_000;

/**
 * How often something may happen in a minute, by key, in this process. What it
 * remembers is bounded.
 */
export class RateLimit {
  private readonly counts = new Map<string, number>();
  private windowEnds = 0;

  constructor(
    private readonly perMinute: number,
    private readonly now: () => number = Date.now,
  ) {}

  /** Whether the key has had its share of this minute. */
  isSpent(key: string): boolean {
    this.turn();
    return (this.counts.get(key) ?? 0) >= this.perMinute;
  }

  /** It happened once more. */
  count(key: string): void {
    this.turn();
    if (this.counts.size >= MAX_KEYS && !this.counts.has(key)) {
      this.counts.clear();
    }
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  private turn(): void {
    if (this.now() < this.windowEnds) return;
    this.counts.clear();
    this.windowEnds = this.now() + 60_000;
  }
}
