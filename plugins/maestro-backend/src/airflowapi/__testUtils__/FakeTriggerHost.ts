import type {
  TriggerHost,
  TriggerListener,
  TriggerOutcome,
  TriggerToRun,
} from '@maestro/plugin-maestro-node';

/** Triggers that fire when the test says so. */
export class FakeTriggerHost implements TriggerHost {
  capacity = 100;
  readonly started: TriggerToRun[] = [];
  readonly running = new Map<string, TriggerToRun>();
  readonly stopped: Array<{ id: string; killed: boolean }> = [];
  listener: TriggerListener | undefined;

  connect(listener: TriggerListener): void {
    this.listener = listener;
  }

  has(environment: string): boolean {
    return environment === 'default';
  }

  /** @throws for one that runs: its token would be another one's */
  start(trigger: TriggerToRun): void {
    if (this.running.has(trigger.id)) {
      throw new Error(`The trigger ${trigger.id} is started twice`);
    }
    this.started.push(trigger);
    this.running.set(trigger.id, trigger);
  }

  stop(id: string, { killed }: { killed: boolean }): void {
    if (this.running.delete(id)) this.stopped.push({ id, killed });
  }

  fire({ id }: TriggerToRun, outcome: TriggerOutcome): void {
    this.running.delete(id);
    this.listener!.onOutcome(id, outcome);
  }
}
