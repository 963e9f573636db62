/** The event loop looks for news from outside once in so many turns. */
const AT_ONCE = 64;

/**
 * Turns, first come, first served. When one has come, everything has happened
 * that follows from what happened before by promises alone, as in a turn of the
 * event loop; but where nothing comes from outside of this process, the event
 * loop need not look there each time, which costs more than the turn.
 */
export class Turns {
  private readonly waiting: Array<() => void> = [];
  private readonly atOnce: number;
  /** Turns that will come, whether somebody waits for them or not. */
  private coming = 0;

  /** @param hasOutside - files or connections may have news in each turn */
  constructor(hasOutside: boolean) {
    this.atOnce = hasOutside ? 1 : AT_ONCE;
  }

  /** Waits for a turn. */
  next(): Promise<void> {
    return new Promise(resolve => {
      this.waiting.push(resolve);
      if (this.coming >= this.waiting.length) return;
      this.coming += this.atOnce;
      for (let no = 0; no < this.atOnce; no++) setImmediate(this.come);
    });
  }

  private readonly come = () => {
    this.coming -= 1;
    this.waiting.shift()?.();
  };
}
