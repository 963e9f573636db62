import type { V1Pod } from '@kubernetes/client-node';
import { resourcePodSelector } from '@maestro/plugin-maestro-common';
import type { ClusterApi } from '../cluster/ClusterApi';
import type { Ledger } from './ledger';
import type { Ledgers } from './Ledgers';
import { ResourceLog } from './ResourceLog';
import { WatchedPods } from './WatchedPods';

/** Between two looks at a resource that is over, milliseconds. */
const LOOK_MS = 1_500;

/** Between two looks at one of which all is told: its pods and its end. */
const IDLE_MS = 30_000;

/** Least time between two hints for one attempt, milliseconds. */
const HINT_MS = 200;

/** The logs of resources that this process copies, by attempt. */
export class ResourceLogs {
  readonly dir: string;
  readonly #logs = new Map<string, ResourceLog>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  /** Their pods, as far as it is known which those are. */
  readonly #pods = new Map<string, { selector: string; watch: WatchedPods }>();
  /** Looks in vain since something was last found, by attempt. */
  readonly #vain = new Map<string, number>();
  readonly #hinted = new Map<string, number>();
  /** Attempts that are over as far as was told. */
  readonly #over = new Set<string>();
  #isClosed = false;

  constructor(
    private readonly options: {
      api: ClusterApi;
      ledgers: Ledgers;
      dir: string;
      onGrowth(attemptId: string): void;
      onLimit(attemptId: string, bytes: number): void;
      failed(error: Error): void;
    },
  ) {
    this.dir = options.dir;
  }

  /** Begins to copy, unless that is under way; undefined without an object. */
  async follow(attemptId: string): Promise<ResourceLog | undefined> {
    const known = this.#logs.get(attemptId);
    if (known) return known;
    const ledger = await this.options.ledgers.find(attemptId);
    if (!ledger || this.#isClosed) return undefined;
    // Nothing was made that could say anything, as far as is known.
    if (!ledger.created && !ledger.settled) return undefined;
    const log = new ResourceLog({
      api: this.options.api,
      dir: this.dir,
      name: ledger.name,
      limitBytes: ledger.logLimitBytes,
      container: ledger.asked.logs?.container,
      onGrowth: () => this.#hint(attemptId),
      onLimit: bytes => this.options.onLimit(attemptId, bytes),
    });
    this.#logs.set(attemptId, log);
    await this.#look(attemptId, log);
    return log;
  }

  /** The attempt is over: its log is looked at now. */
  ended(attemptId: string): void {
    if (this.#logs.has(attemptId)) this.#over.add(attemptId);
    this.#lookNow(attemptId);
  }

  /** Its object changed: it may say by now which its pods are. */
  changed(attemptId: string): void {
    // Nobody asks for the pods of some.
    if (this.#vain.get(attemptId) === Infinity) return;
    if (!this.#pods.has(attemptId)) this.#lookNow(attemptId);
  }

  #lookNow(attemptId: string): void {
    const log = this.#logs.get(attemptId);
    const timer = this.#timers.get(attemptId);
    // Without a timer a look is under way, or nothing is left to look at.
    if (!log || timer === undefined) return;
    clearTimeout(timer);
    this.#timers.delete(attemptId);
    void this.#look(attemptId, log);
  }

  async remove(attemptId: string): Promise<void> {
    const log = this.#logs.get(attemptId);
    this.#logs.delete(attemptId);
    clearTimeout(this.#timers.get(attemptId));
    this.#timers.delete(attemptId);
    this.#pods.get(attemptId)?.watch.stop();
    this.#pods.delete(attemptId);
    this.#vain.delete(attemptId);
    this.#over.delete(attemptId);
    this.#hinted.delete(attemptId);
    await log?.remove();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    for (const { watch } of this.#pods.values()) watch.stop();
    await Promise.all([...this.#logs.values()].map(log => log.stop()));
  }

  async #look(attemptId: string, log: ResourceLog): Promise<void> {
    try {
      const ledger = await this.options.ledgers.find(attemptId);
      const isEnded = !ledger || ledger.settled !== undefined;
      log.saw(ledger ? await this.#podsOf(ledger, log) : [], isEnded);
      if (ledger && !ledger.asked.logs) this.#vain.set(attemptId, Infinity);
    } catch (error) {
      // The next look is soon.
      this.options.failed(error as Error);
    }
    if (log.isOver || this.#isClosed || this.#logs.get(attemptId) !== log) {
      return;
    }
    this.#timers.set(
      attemptId,
      setTimeout(() => {
        this.#timers.delete(attemptId);
        void this.#look(attemptId, log);
      }, this.#waitMs(attemptId)),
    );
  }

  /** Until the next look: longer each time while nothing is to be seen. */
  #waitMs(attemptId: string): number {
    if (this.#over.has(attemptId)) return LOOK_MS;
    if (this.#pods.get(attemptId)?.watch.all) return IDLE_MS;
    const vain = this.#vain.get(attemptId) ?? 0;
    this.#vain.set(attemptId, vain + 1);
    return Math.min(IDLE_MS, LOOK_MS * 2 ** vain);
  }

  async #podsOf(ledger: Ledger, log: ResourceLog): Promise<V1Pod[]> {
    const { attemptId, asked, namespace } = ledger;
    if (!asked.logs) return [];
    let pods = this.#pods.get(attemptId);
    if (!pods) {
      // It names the object, whose name does not change.
      const object = await this.options.ledgers.objectOf(ledger);
      if (!object) return [];
      let selector: string;
      try {
        selector = resourcePodSelector(asked.logs.pods, object);
      } catch {
        // Its controller has not written yet what the selector names.
        return [];
      }
      pods = { selector, watch: this.#watch(ledger, selector, log) };
      if (this.#isClosed || this.#logs.get(attemptId) !== log) return [];
      this.#pods.set(attemptId, pods);
      await pods.watch.start();
    }
    // The watch may be behind, and after the end nobody looks again.
    const told = ledger.settled ? undefined : pods.watch.all;
    if (told) return told;
    return (await this.options.api.listPods(namespace, pods.selector)).items;
  }

  #watch(
    { attemptId, namespace }: Ledger,
    selector: string,
    log: ResourceLog,
  ): WatchedPods {
    const watch = new WatchedPods({
      api: this.options.api,
      namespace,
      selector,
      // That the attempt is over is for a look to find.
      changed: () => {
        if (!log.isOver) log.saw(watch.all ?? [], false);
      },
      failed: error => {
        this.options.failed(error);
        this.#vain.delete(attemptId);
      },
    });
    return watch;
  }

  #hint(attemptId: string): void {
    const now = performance.now();
    if (now - (this.#hinted.get(attemptId) ?? -Infinity) < HINT_MS) return;
    this.#hinted.set(attemptId, now);
    this.options.onGrowth(attemptId);
  }
}
