/**
 * A binary heap of numbers by rank. With the topological rank of tasks a task
 * comes out after everything above it, so a cascade looks at each task once and
 * its outcome does not depend on the order in which the changes were named.
 *
 * @internal
 */
export class RankQueue {
  private readonly heap: number[] = [];
  private readonly queued = new Set<number>();

  constructor(private readonly rank: readonly number[]) {}

  /** Adds a number; one that is in it is ignored. */
  add(no: number): void {
    if (this.queued.has(no)) {
      return;
    }
    this.queued.add(no);
    const { heap } = this;
    let i = heap.push(no) - 1;
    while (i > 0) {
      const parent = Math.floor((i - 1) / 2);
      if (this.rank[heap[parent]] <= this.rank[heap[i]]) {
        break;
      }
      [heap[parent], heap[i]] = [heap[i], heap[parent]];
      i = parent;
    }
  }

  /** Removes the number with the lowest rank. */
  take(): number | undefined {
    const { heap, rank } = this;
    const first = heap[0];
    const last = heap.pop();
    this.queued.delete(first);
    if (heap.length > 0 && last !== undefined) {
      heap[0] = last;
      for (let i = 0; ; ) {
        const left = 2 * i + 1;
        const right = left + 1;
        let least = i;
        if (left < heap.length && rank[heap[left]] < rank[heap[least]]) {
          least = left;
        }
        if (right < heap.length && rank[heap[right]] < rank[heap[least]]) {
          least = right;
        }
        if (least === i) {
          break;
        }
        [heap[least], heap[i]] = [heap[i], heap[least]];
        i = least;
      }
    }
    return first;
  }
}
