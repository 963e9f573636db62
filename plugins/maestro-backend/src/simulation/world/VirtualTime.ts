interface Event {
  at: number;
  order: number;
  fire: () => void;
}

/**
 * Time that passes only when nothing else is left to do. Events of one instant
 * are fired in the order in which they were set.
 */
export class VirtualTime {
  private readonly events: Event[] = [];
  private order = 0;
  private instant: number;

  /** @param start - epoch milliseconds */
  constructor(start: number) {
    this.instant = start;
  }

  get now(): number {
    return this.instant;
  }

  /** Instant of the next event. */
  get next(): number | undefined {
    return this.events[0]?.at;
  }

  /** Calls `fire` in `ms` milliseconds; returns how to take that back. */
  after(ms: number, fire: () => void): () => void {
    const event = {
      at: this.instant + Math.max(0, Math.ceil(ms)),
      order: this.order++,
      fire,
    };
    let low = 0;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.events[middle].at <= event.at) low = middle + 1;
      else high = middle;
    }
    this.events.splice(low, 0, event);
    return () => {
      const place = this.events.indexOf(event);
      if (place >= 0) this.events.splice(place, 1);
    };
  }

  /**
   * Goes to the next event and fires it.
   *
   * @returns false when there is none up to `until`; then it is `until`
   */
  advance(until: number): boolean {
    const event = this.events[0];
    if (!event || event.at > until) {
      this.instant = Math.max(this.instant, until);
      return false;
    }
    this.events.shift();
    this.instant = Math.max(this.instant, event.at);
    event.fire();
    return true;
  }
}
