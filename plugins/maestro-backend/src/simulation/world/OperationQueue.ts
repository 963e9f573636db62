import type { OperationKind } from '../history/History';
import { Blocked, type ModelTransaction } from '../store/ModelStore';
import { StillWaiting } from '../store/StillWaiting';
import type { Incarnation } from './Incarnation';

/** Something that a process wants from outside, or gets from there. */
export interface Operation {
  process: Incarnation;
  kind: OperationKind;
  label: string;
  action: () => unknown;
  /** Called when it fails without having been run. */
  onFault?: () => void;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  /** Waits for the end of this transaction. */
  blockedBy?: ModelTransaction;
  /** Waits for this instant. */
  notBefore?: number;
}

/**
 * What waits for its turn. One operation passes at a time, chosen at random,
 * and all that follows from it has happened before the next one is chosen: so
 * every interleaving of statements is possible, and each can be repeated.
 */
export class OperationQueue {
  private waiting: Operation[] = [];

  add(operation: Operation): void {
    this.waiting.push(operation);
  }

  /** Those that could pass now. */
  ready(now: number): Operation[] {
    return this.waiting.filter(
      ({ process, blockedBy, notBefore }) =>
        process.state === 'awake' &&
        (blockedBy === undefined || blockedBy.state === 'over') &&
        (notBefore === undefined || notBefore <= now),
    );
  }

  remove(operation: Operation): void {
    const place = this.waiting.indexOf(operation);
    if (place >= 0) this.waiting.splice(place, 1);
  }

  removeOf(process: Incarnation): Operation[] {
    const gone = this.waiting.filter(
      operation => operation.process === process,
    );
    this.waiting = this.waiting.filter(
      operation => operation.process !== process,
    );
    return gone;
  }

  get size(): number {
    return this.waiting.length;
  }

  /**
   * Lets it pass; where its answer takes a while, the result is to be awaited.
   * What has to wait for a lock comes back into the queue.
   */
  perform(operation: Operation): Promise<void> | undefined {
    operation.blockedBy = undefined;
    try {
      const answer = operation.action();
      if (answer instanceof Promise) {
        return answer.then(
          result => answered(operation, result),
          error => this.refused(operation, error),
        );
      }
      answered(operation, answer);
    } catch (error) {
      this.refused(operation, error);
    }
    return undefined;
  }

  private refused(operation: Operation, error: unknown): void {
    if (error instanceof Blocked) {
      operation.blockedBy = error.by;
      this.add(operation);
    } else {
      operation.reject(error);
    }
  }
}

function answered(operation: Operation, result: unknown): void {
  if (result instanceof StillWaiting) {
    result.work.then(operation.resolve, operation.reject);
  } else {
    operation.resolve(result);
  }
}
