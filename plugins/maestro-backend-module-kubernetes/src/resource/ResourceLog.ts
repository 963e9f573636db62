import { join } from 'node:path';
import type { V1Pod } from '@kubernetes/client-node';
import type { LogSlice } from '@maestro/plugin-maestro-node';
import type { ClusterApi } from '../cluster/ClusterApi';
import { PodLog } from '../logs/PodLog';

/** Containers that still write when the resource is done are left after so long, milliseconds. */
const GRACE_MS = 15_000;

const TAKEN_OVER =
  'another process had read what stands before, in the order in which it saw its pods run';

interface Section {
  key: string;
  title: Buffer;
  log: PodLog;
}

/**
 * The log of a resource: those of its pods, one after the other in the order
 * in which this process saw them run. All are copied at the same time, so that
 * none is lost with its pod. Of pods that run one after the other every process
 * finds the same bytes at the same place; of pods that run side by side one
 * that takes over may have them in another order.
 */
export class ResourceLog {
  readonly #sections: Section[] = [];
  /** Up to where it was read here. */
  #readTo = 0;
  #ended: number | undefined;
  #isOver = false;

  constructor(
    private readonly options: {
      api: Pick<ClusterApi, 'followLog'>;
      dir: string;
      name: string;
      limitBytes: number;
      container?: string;
      onGrowth(): void;
      onLimit(bytes: number): void;
    },
  ) {}

  /** Whether there is nothing to copy any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * What there is now.
   *
   * @param isEnded - the attempt is over: no pods will come
   */
  saw(pods: readonly V1Pod[], isEnded: boolean): void {
    const created = (pod: V1Pod) =>
      new Date(pod.metadata!.creationTimestamp ?? 0).getTime();
    const ordered = [...pods].sort(
      (a, b) =>
        created(a) - created(b) ||
        (a.metadata!.name! < b.metadata!.name! ? -1 : 1),
    );
    for (const pod of ordered) this.#sawPod(pod);
    if (!isEnded) return;
    this.#ended ??= performance.now();
    const present = new Set(pods.map(({ metadata }) => metadata!.uid));
    for (const { key, log } of this.#sections) {
      // Its pod is gone: what the node had is all there is.
      if (!present.has(key.split('/')[0])) log.ended();
    }
    const isGrace = performance.now() - this.#ended < GRACE_MS;
    // One whose container has ended comes to its end by itself.
    const waits = this.#sections.some(
      ({ log }) => !log.isComplete && (isGrace || log.isEnded),
    );
    if (waits) return;
    this.#isOver = true;
    this.options.onGrowth();
  }

  async read(offset: number, limit: number): Promise<LogSlice> {
    let base = 0;
    let missing: string | undefined;
    const slice = (bytes: Uint8Array, end = false): LogSlice => {
      const isTold = bytes.length > 0 || end;
      const isJump = isTold && offset > this.#readTo;
      if (isTold) {
        this.#readTo = Math.max(this.#readTo, offset + bytes.length);
      }
      return {
        offset,
        bytes,
        end,
        ...(missing && isTold ? { missing } : {}),
        ...(isJump ? { doubt: TAKEN_OVER } : {}),
      };
    };
    for (const { title, log } of this.#sections) {
      if (offset < base + title.length) {
        return slice(title.subarray(offset - base).subarray(0, limit));
      }
      base += title.length;
      const size = log.bytes;
      const isDone = log.isComplete || this.#isOver;
      if (isDone && offset > base + size) {
        base += size;
        continue;
      }
      const part = await log.read(offset - base, limit);
      missing ??= part.missing;
      if (part.bytes.length > 0) return slice(part.bytes);
      if (!isDone) return slice(part.bytes);
      if (!part.end) missing ??= 'its pod still ran when the resource was done';
      base += size;
    }
    return slice(new Uint8Array(0), this.#isOver);
  }

  async remove(): Promise<void> {
    await Promise.all(this.#sections.map(({ log }) => log.remove()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#sections.map(({ log }) => log.stop()));
  }

  #sawPod(pod: V1Pod): void {
    const { uid, name, namespace } = pod.metadata!;
    const { container: only, api, dir, limitBytes } = this.options;
    const isOver =
      pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
    for (const container of pod.spec?.containers ?? []) {
      if (only !== undefined && container.name !== only) continue;
      const key = `${uid}/${container.name}`;
      const state = pod.status?.containerStatuses?.find(
        each => each.name === container.name,
      )?.state;
      let section = this.#sections.find(each => each.key === key);
      if (!section) {
        // Before it runs there is nothing to read.
        if (!state?.running && !state?.terminated) continue;
        section = {
          key,
          title: Buffer.from(`--- pod ${name}, container ${container.name}\n`),
          log: new PodLog({
            api: {
              followLog: (of, stream, since) =>
                api.followLog(of, stream, since, container.name),
            },
            pod: { namespace: namespace!, name: name! },
            file: join(
              dir,
              `${this.options.name}-${this.#sections.length}.log`,
            ),
            limitBytes,
            onGrowth: this.options.onGrowth,
            onLimit: this.options.onLimit,
          }),
        };
        this.#sections.push(section);
        section.log.follow();
      }
      if (state?.terminated || isOver) section.log.ended();
    }
  }
}
