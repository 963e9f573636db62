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

/** What is known of one attempt whose log is copied. */
interface Followed {
  readonly attemptId: string;
  readonly log: ResourceLog;
  /** Of the next look; without it one is under way, or nothing is left. */
  timer?: NodeJS.Timeout;
  /** Its pods, as far as it is known which those are. */
  pods?: { selector: string; watch: WatchedPods };
  /** Looks in vain since something was last found. */
  vain: number;
  /** Nobody asks for its pods. */
  isUnasked: boolean;
  /** It is over as far as was told. */
  isTold: boolean;
  /** When it was last told that there is more, monotonic. */
  hintedAt: number;
}

/** The logs of resources that this process copies, by attempt. */
export class ResourceLogs {
  readonly dir: string;
  readonly #followed = new Map<string, Followed>();
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
    const known = this.#followed.get(attemptId);
    if (known) return known.log;
    const ledger = await this.options.ledgers.find(attemptId);
    if (!ledger || this.#isClosed) return undefined;
    // Nothing was made that could say anything, as far as is known.
    if (!ledger.created && !ledger.settled) return undefined;
    // By another call, which asked at the same time.
    const begun = this.#followed.get(attemptId);
    if (begun) return begun.log;
    const followed: Followed = {
      attemptId,
      log: new ResourceLog({
        api: this.options.api,
        dir: this.dir,
        name: ledger.name,
        limitBytes: ledger.logLimitBytes,
        container: ledger.asked.logs?.container,
        onGrowth: () => this.#hint(followed),
        onLimit: bytes => this.options.onLimit(attemptId, bytes),
      }),
      vain: 0,
      isUnasked: false,
      isTold: false,
      hintedAt: -Infinity,
    };
    this.#followed.set(attemptId, followed);
    await this.#look(followed);
    return followed.log;
  }

  /** The attempt is over: its log is looked at now. */
  ended(attemptId: string): void {
    const followed = this.#followed.get(attemptId);
    if (!followed) return;
    followed.isTold = true;
    this.#lookNow(followed);
  }

  /** Its object changed: it may say by now which its pods are. */
  changed(attemptId: string): void {
    const followed = this.#followed.get(attemptId);
    if (!followed || followed.isUnasked || followed.pods) return;
    this.#lookNow(followed);
  }

  async remove(attemptId: string): Promise<void> {
    const followed = this.#followed.get(attemptId);
    if (!followed) return;
    this.#followed.delete(attemptId);
    clearTimeout(followed.timer);
    followed.pods?.watch.stop();
    await followed.log.remove();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const all = [...this.#followed.values()];
    for (const { timer, pods } of all) {
      clearTimeout(timer);
      pods?.watch.stop();
    }
    await Promise.all(all.map(({ log }) => log.stop()));
  }

  #lookNow(followed: Followed): void {
    if (followed.timer === undefined) return;
    clearTimeout(followed.timer);
    followed.timer = undefined;
    void this.#look(followed);
  }

  async #look(followed: Followed): Promise<void> {
    const { attemptId, log } = followed;
    try {
      const ledger = await this.options.ledgers.find(attemptId);
      const isEnded = !ledger || ledger.settled !== undefined;
      log.saw(ledger ? await this.#podsOf(ledger, followed) : [], isEnded);
      if (ledger && !ledger.asked.logs) followed.isUnasked = true;
    } catch (error) {
      // The next look is soon.
      this.options.failed(error as Error);
    }
    if (log.isOver || this.#isLeft(followed)) return;
    followed.timer = setTimeout(() => {
      followed.timer = undefined;
      void this.#look(followed);
    }, this.#waitMs(followed));
  }

  /** Whether nobody wants its log any more, or not from here. */
  #isLeft(followed: Followed): boolean {
    const { attemptId } = followed;
    return this.#isClosed || this.#followed.get(attemptId) !== followed;
  }

  /** Until the next look: longer each time while nothing is to be seen. */
  #waitMs(followed: Followed): number {
    if (followed.isTold) return LOOK_MS;
    if (followed.isUnasked || followed.pods?.watch.all) return IDLE_MS;
    const wait = Math.min(IDLE_MS, LOOK_MS * 2 ** followed.vain);
    followed.vain += 1;
    return wait;
  }

  async #podsOf(ledger: Ledger, followed: Followed): Promise<V1Pod[]> {
    const { asked, namespace } = ledger;
    if (!asked.logs) return [];
    let { pods } = followed;
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
      pods = { selector, watch: this.#watch(namespace, selector, followed) };
      if (this.#isLeft(followed)) return [];
      followed.pods = pods;
      await pods.watch.start();
    }
    // The watch may be behind, and after the end nobody looks again.
    const told = ledger.settled ? undefined : pods.watch.all;
    if (told) return told;
    return (await this.options.api.listPods(namespace, pods.selector)).items;
  }

  #watch(namespace: string, selector: string, followed: Followed): WatchedPods {
    const { log } = followed;
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
        followed.vain = 0;
      },
    });
    return watch;
  }

  #hint(followed: Followed): void {
    const now = performance.now();
    if (now - followed.hintedAt < HINT_MS) return;
    followed.hintedAt = now;
    this.options.onGrowth(followed.attemptId);
  }
}
