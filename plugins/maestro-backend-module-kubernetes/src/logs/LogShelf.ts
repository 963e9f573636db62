import { join } from 'node:path';
import type { V1Pod } from '@kubernetes/client-node';
import type { ClusterApi } from '../cluster/ClusterApi';
import { ANNOTATION } from '../pod/names';
import { LOG_BEGIN } from '../pod/startScript';
import { isEnded, taskStatus } from '../observe/observePod';
import { readTerminationMessage } from '../observe/terminationMessage';
import { PodLog, type PodLogOptions } from './PodLog';

/** Least time between two hints for one attempt, milliseconds. */
const HINT_MS = 200;

const BEGIN = Buffer.from(LOG_BEGIN);

/**
 * From when a container is seen to run to its log being followed, milliseconds.
 * One that was told to have ended by then costs one request instead of two: the
 * kubelet looks at its containers once a second.
 */
const FOLLOW_MS = 1_500;

/** The logs that this process copies, by attempt. */
export class LogShelf {
  readonly dir: string;
  readonly #logs = new Map<string, PodLog>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #hints = new Map<string, { at: number; timer?: NodeJS.Timeout }>();

  constructor(
    private readonly options: {
      api: ClusterApi;
      dir: string;
      onGrowth(attemptId: string): void;
      onLimit(attemptId: string, limitBytes: number): void;
    },
  ) {
    this.dir = options.dir;
  }

  get(attemptId: string): PodLog | undefined {
    return this.#logs.get(attemptId);
  }

  /** A pod that this process launched: copied from its start on. */
  expect(attemptId: string, pod: V1Pod): void {
    if (!this.#logs.has(attemptId)) this.#add(attemptId, pod);
  }

  /**
   * A pod whose log somebody wants to read.
   *
   * @param from - see {@link PodLogOptions}
   */
  open(attemptId: string, pod: V1Pod, from?: PodLogOptions['from']): PodLog {
    const log = this.#logs.get(attemptId) ?? this.#add(attemptId, pod, from);
    this.saw(attemptId, pod, isEnded(pod));
    return log;
  }

  /** What was seen of a pod; only logs that are copied care. */
  saw(attemptId: string, pod: V1Pod, ended: boolean): void {
    const log = this.#logs.get(attemptId);
    if (!log) return;
    const state = taskStatus(pod)?.state;
    if (ended || state?.terminated) {
      // Who said how it ended had said before that it began.
      log.ended(Boolean(readTerminationMessage(state?.terminated?.message)));
    }
    // Before it runs the API has nothing to give but an error.
    if (ended || state?.terminated) log.follow();
    else if (!state?.running) return;
    // The kubelet will remove it together with its log.
    else if (pod.metadata!.deletionTimestamp) log.follow();
    else this.#followSoon(attemptId, log);
  }

  async remove(attemptId: string): Promise<void> {
    const log = this.#logs.get(attemptId);
    this.#logs.delete(attemptId);
    clearTimeout(this.#timers.get(attemptId));
    this.#timers.delete(attemptId);
    clearTimeout(this.#hints.get(attemptId)?.timer);
    this.#hints.delete(attemptId);
    await log?.remove();
  }

  async close(): Promise<void> {
    for (const { timer } of this.#hints.values()) clearTimeout(timer);
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await Promise.all([...this.#logs.values()].map(log => log.stop()));
  }

  #add(attemptId: string, pod: V1Pod, from?: PodLogOptions['from']): PodLog {
    const { namespace, name, annotations } = pod.metadata!;
    const limit = Number(annotations?.[ANNOTATION.logLimit]);
    const log = new PodLog({
      api: this.options.api,
      pod: { namespace: namespace!, name: name! },
      file: join(this.dir, `${name}.log`),
      limitBytes: Number.isFinite(limit) ? limit : undefined,
      begin: annotations?.[ANNOTATION.logBegin] ? BEGIN : undefined,
      from,
      onGrowth: () => this.#hint(attemptId),
      onLimit: bytes => this.options.onLimit(attemptId, bytes),
    });
    this.#logs.set(attemptId, log);
    return log;
  }

  #followSoon(attemptId: string, log: PodLog): void {
    if (this.#timers.has(attemptId)) return;
    const timer = setTimeout(() => log.follow(), FOLLOW_MS);
    timer.unref();
    this.#timers.set(attemptId, timer);
  }

  /** At once, and then not before {@link HINT_MS} have passed. */
  #hint(attemptId: string): void {
    const now = performance.now();
    const last = this.#hints.get(attemptId);
    if (last?.timer) return;
    const wait = last ? last.at + HINT_MS - now : 0;
    if (wait <= 0) {
      this.#hints.set(attemptId, { at: now });
      this.options.onGrowth(attemptId);
      return;
    }
    const timer = setTimeout(() => {
      this.#hints.set(attemptId, { at: performance.now() });
      this.options.onGrowth(attemptId);
    }, wait);
    timer.unref();
    this.#hints.set(attemptId, { at: now, timer });
  }
}
