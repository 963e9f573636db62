import type { V1Pod } from '@kubernetes/client-node';
import { resourcePodSelector } from '@maestro/plugin-maestro-common';
import type { ClusterApi } from '../cluster/ClusterApi';
import type { Ledger } from './ledger';
import type { Ledgers } from './Ledgers';
import { ResourceLog } from './ResourceLog';

/** Between two looks for pods of a resource, milliseconds. */
const LOOK_MS = 1_500;

/** Between two looks at one whose pods nobody asked for: its end is told. */
const IDLE_MS = 30_000;

/** Least time between two hints for one attempt, milliseconds. */
const HINT_MS = 200;

/** The logs of resources that this process copies, by attempt. */
export class ResourceLogs {
  readonly dir: string;
  readonly #logs = new Map<string, ResourceLog>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #selectors = new Map<string, string>();
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
    const log = this.#logs.get(attemptId);
    if (log) this.#over.add(attemptId);
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
    this.#selectors.delete(attemptId);
    this.#over.delete(attemptId);
    this.#hinted.delete(attemptId);
    await log?.remove();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await Promise.all([...this.#logs.values()].map(log => log.stop()));
  }

  async #look(attemptId: string, log: ResourceLog): Promise<void> {
    let hasPods = true;
    try {
      const ledger = await this.options.ledgers.find(attemptId);
      const isEnded = !ledger || ledger.settled !== undefined;
      hasPods = ledger?.asked.logs !== undefined;
      log.saw(ledger ? await this.#podsOf(ledger) : [], isEnded);
    } catch (error) {
      // The next look is soon.
      this.options.failed(error as Error);
    }
    if (log.isOver || this.#isClosed || this.#logs.get(attemptId) !== log) {
      return;
    }
    this.#timers.set(
      attemptId,
      setTimeout(
        () => {
          this.#timers.delete(attemptId);
          void this.#look(attemptId, log);
        },
        hasPods || this.#over.has(attemptId) ? LOOK_MS : IDLE_MS,
      ),
    );
  }

  async #podsOf(ledger: Ledger): Promise<V1Pod[]> {
    const { attemptId, asked, namespace } = ledger;
    if (!asked.logs) return [];
    // It names the object, whose name does not change.
    const isKnown = this.#selectors.has(attemptId);
    const object = isKnown
      ? undefined
      : await this.options.ledgers.objectOf(ledger);
    if (object) {
      try {
        this.#selectors.set(
          attemptId,
          resourcePodSelector(asked.logs.pods, object),
        );
      } catch {
        // Its controller has not written yet what the selector names.
      }
    }
    const selector = this.#selectors.get(attemptId);
    return selector === undefined
      ? []
      : (await this.options.api.listPods(namespace, selector)).items;
  }

  #hint(attemptId: string): void {
    const now = performance.now();
    if (now - (this.#hinted.get(attemptId) ?? -Infinity) < HINT_MS) return;
    this.#hinted.set(attemptId, now);
    this.options.onGrowth(attemptId);
  }
}
