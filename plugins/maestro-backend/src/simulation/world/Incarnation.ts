import type { ObservedAttempt } from '@maestro/plugin-maestro-node';
import type { ProcessClock } from '../../engine/ProcessClock';
import type { OperationKind } from '../history/History';
import type { DoorKind, StoreDoor } from '../store/StoreDoor';
import type { Operation, OperationQueue } from './OperationQueue';
import type { Turns } from './Turns';
import type { VirtualTime } from './VirtualTime';

/** A process waits at least so long for a timer. */
const SHORTEST_TIMER_MS = 1;

/**
 * One life of a scheduler process: from its start to its end or crash. Its
 * doors (statements, requests to executors, observations, timers) are all that
 * connects it with anything, and they close when it dies.
 */
export class Incarnation implements StoreDoor {
  state: 'awake' | 'asleep' | 'dead' = 'awake';
  /** How far its clock is from the true time. */
  clockOffset = 0;
  private readonly whenAwake: Array<() => void> = [];

  constructor(
    /** Host and number of the life, such as `h0#2`. */
    readonly owner: string,
    private readonly time: VirtualTime,
    private readonly turns: Turns,
    private readonly operations: OperationQueue,
    /** Real databases must be told of a death by errors; see `die`. */
    private readonly unwinds: boolean,
  ) {}

  /** The clock and timers of this process. */
  readonly clock: ProcessClock = {
    now: () => this.time.now + this.clockOffset,
    elapsed: () => this.time.now,
    after: (ms, fn) => {
      let isCancelled = false;
      const cancel = this.time.after(Math.max(ms, SHORTEST_TIMER_MS), () =>
        this.whileAwake(() => {
          if (!isCancelled) fn();
        }),
      );
      return () => {
        isCancelled = true;
        cancel();
      };
    },
    turn: () => this.turns.next(),
  };

  isOpen(): boolean {
    return this.state !== 'dead';
  }

  pass<R>(
    kind: DoorKind | OperationKind,
    label: string,
    action: () => R | Promise<R>,
    onFault?: () => void,
  ): Promise<R> {
    if (this.state === 'dead') return this.refuse();
    return new Promise<R>((resolve, reject) => {
      this.operations.add({
        process: this,
        kind,
        label,
        action,
        onFault,
        resolve: resolve as (value: unknown) => void,
        reject,
      });
    });
  }

  /** Something an executor saw is on its way to this process. */
  observe(seen: ObservedAttempt, deliver: () => void): void {
    const { attemptId, phase } = seen;
    this.tell('observation', `observation ${attemptId} ${phase}`, deliver);
  }

  /** Something is on its way to this process, and nobody waits for its answer. */
  tell(kind: OperationKind, label: string, deliver: () => void): void {
    if (this.state === 'dead') return;
    this.operations.add({
      process: this,
      kind,
      label,
      action: deliver,
      resolve: () => {},
      reject: () => {},
    });
  }

  sleep(ms: number): void {
    if (this.state !== 'awake') return;
    this.state = 'asleep';
    this.time.after(ms, () => this.wake());
  }

  wake(): void {
    if (this.state !== 'asleep') return;
    this.state = 'awake';
    this.whenAwake.splice(0).forEach(fn => fn());
  }

  /**
   * The end of the process, wherever it was: its code never goes on behind
   * what it was waiting for. A real database driver must go on as far as
   * giving its connection back, so there everything it waits for fails.
   */
  die(): void {
    this.state = 'dead';
    const left = this.operations.removeOf(this);
    if (this.unwinds) left.forEach(operation => this.fail(operation));
  }

  private fail(operation: Operation): void {
    operation.onFault?.();
    operation.reject(new Error(`Process ${this.owner} is dead`));
  }

  private refuse<R>(): Promise<R> {
    return this.unwinds
      ? Promise.reject(new Error(`Process ${this.owner} is dead`))
      : new Promise<R>(() => {});
  }

  private whileAwake(fn: () => void): void {
    if (this.state === 'dead') return;
    if (this.state === 'asleep') this.whenAwake.push(fn);
    else fn();
  }
}
