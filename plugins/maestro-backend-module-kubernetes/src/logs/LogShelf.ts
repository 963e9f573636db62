import { join } from 'node:path';
import type { V1Pod } from '@kubernetes/client-node';
import type { ClusterApi } from '../cluster/ClusterApi';
import { ANNOTATION } from '../pod/names';
import { LOG_BEGIN } from '../pod/startScript';
import { isEnded, taskStatus } from '../observe/observePod';
import { PodLog, type PodLogOptions } from './PodLog';

/** Least time between two hints for one attempt, milliseconds. */
const HINT_MS = 200;

const BEGIN = Buffer.from(LOG_BEGIN);

/** The logs that this process copies, by attempt. */
export class LogShelf {
  readonly dir: string;
  readonly #logs = new Map<string, PodLog>();
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
    if (ended || state?.terminated) log.ended();
    // Before it runs the API has nothing to give but an error.
    if (ended || state?.running || state?.terminated) log.follow();
  }

  async remove(attemptId: string): Promise<void> {
    const log = this.#logs.get(attemptId);
    this.#logs.delete(attemptId);
    clearTimeout(this.#hints.get(attemptId)?.timer);
    this.#hints.delete(attemptId);
    await log?.remove();
  }

  async close(): Promise<void> {
    for (const { timer } of this.#hints.values()) clearTimeout(timer);
    await Promise.all([...this.#logs.values()].map(log => log.stop()));
  }

  #add(
    attemptId: string,
    pod: V1Pod,
    from?: PodLogOptions['from'],
  ): PodLog {
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
