import type {
  TriggerHost,
  TriggerListener,
  TriggerOutcome,
  TriggerToRun,
} from '@maestro/plugin-maestro-node';
import type { DeferralPlan } from '../history/History';
import type { Incarnation } from './Incarnation';

/** Fewer than there may be, so that some wait for a place. */
const CAPACITY = 2;

/** Which process began the trigger of a wait last, whatever became of it. */
export type TriggerStarts = Map<string, string>;

/**
 * The triggers of one process, which go with it: each does what its history
 * says, and tells so over a door where that may come late, twice, or never.
 */
export class FakeTriggerHost implements TriggerHost {
  readonly capacity = CAPACITY;
  private listener: TriggerListener | undefined;
  private readonly running = new Map<string, () => void>();

  constructor(
    private readonly process: Incarnation,
    private readonly starts: TriggerStarts,
    private readonly took: (path: string) => void,
  ) {}

  connect(listener: TriggerListener): void {
    this.listener = listener;
  }

  has(): boolean {
    return true;
  }

  start({ id, kwargs }: TriggerToRun): void {
    if (this.running.has(id)) throw new TypeError(`${id} is started twice`);
    const { owner, clock } = this.process;
    const before = this.starts.get(id);
    if (before !== undefined && before !== owner) {
      this.took('trigger taken over by another process');
    }
    this.starts.set(id, owner);
    const plan = kwargs as unknown as DeferralPlan;
    const outcome = outcomeOf(plan);
    if (!outcome) {
      this.running.set(id, () => {});
      return;
    }
    const cancel = clock.after(plan.afterMs, () => {
      if (!this.running.delete(id))
        this.took('word of a trigger after its end');
      this.say(id, outcome);
      if (!plan.twice) return;
      this.took('word of a trigger said twice');
      this.say(id, outcome);
    });
    this.running.set(id, plan.isDeaf ? () => {} : cancel);
  }

  stop(id: string): void {
    this.running.get(id)?.();
    this.running.delete(id);
  }

  /** Over a door: the process may be asleep, or die with it on its way. */
  private say(id: string, outcome: TriggerOutcome): void {
    this.process.tell('trigger', `word of trigger ${id}`, () =>
      this.listener?.onOutcome(id, outcome),
    );
  }
}

function outcomeOf({ fires }: DeferralPlan): TriggerOutcome | undefined {
  switch (fires) {
    case 'event':
      return { is: 'event', payload: { found: 1 } };
    case 'failed':
      return { is: 'failed', traceback: ['ValueError: it cannot\n'] };
    case 'success':
    case 'skipped':
      return { is: 'ended', state: fires, xcoms: { return_value: 1 } };
    case 'gives_up':
      return { is: 'ended', state: 'failed', xcoms: {} };
    default:
      return undefined;
  }
}
