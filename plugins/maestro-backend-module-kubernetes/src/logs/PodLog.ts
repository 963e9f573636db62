import { type FileHandle, open, rm } from 'node:fs/promises';
import { Writable } from 'node:stream';
import type { LogSlice } from '@maestro/plugin-maestro-node';
import type { ClusterApi } from '../cluster/ClusterApi';
import type { ClusterError } from '../cluster/ClusterError';
import { gapId, isGapOf, type LogMark, LogMarks } from './LogMarks';
import { EMPTY_STITCH, resumeTime, type StitchState, Stitcher } from './stitch';

/** What a log needs to know of its pod. */
export interface PodLogOptions {
  api: Pick<ClusterApi, 'followLog'>;
  pod: { namespace: string; name: string };
  /** Where the bytes are kept until the log store has taken them. */
  file: string;
  /** Bytes; undefined for no limit. */
  limitBytes?: number;
  /** First line of the log, which is not part of it; see {@link Stitcher}. */
  begin?: Uint8Array;
  /**
   * Goes on from what another process stored, which is `offset` bytes, instead
   * of from the start; `mark` is where that stood, at most there.
   */
  from?: { offset: number; mark?: LogMark };
  /** The log grew. */
  onGrowth(): void;
  /** The log has reached its limit: the attempt must end. */
  onLimit(limitBytes: number): void;
}

/** Between two connections to a pod that still runs, milliseconds. */
const RECONNECT_DELAYS = [200, 500, 1_000, 2_000, 5_000];

/** From the end of a stream to the next look, unless the end is told. */
const END_TOLD_MS = 2_000;

/** Connections in vain to a pod that has ended, before its log is given up. */
const TRIES_AFTER_END = 5;

/**
 * For so long a connection may be silent once the container has ended,
 * milliseconds. Before that it may have nothing to say, not even an answer.
 */
const SILENCE_MS = 30_000;

/** The server says that the container waits: it never ran and has no log. */
function isOfNothing(error: Error | undefined): boolean {
  return (error as ClusterError | undefined)?.code === 400;
}

/**
 * The log of a pod, copied into a file from which it is read by offset. Follows
 * the API's stream, resumes when the connection breaks, and knows where
 * something is missing.
 */
export class PodLog {
  readonly #options: PodLogOptions;
  /** Bytes that another process stored, which are not in the file. */
  readonly #base: number;
  /** Bytes, those before the file included. */
  #bytes: number;
  /** Bytes to come that are stored already. */
  #skip: number;
  #stitch: StitchState;
  /** What is unknown of what stands before the first byte. */
  readonly #doubt: string | undefined;
  /** Ascending; `id` tells gaps of different processes apart. */
  readonly #gaps: { at: number; reason: string; id: string }[] = [];
  readonly #marks: LogMarks;
  #connections = 0;
  #ended = false;
  /** Its first line was certainly written. */
  #began = false;
  #complete = false;
  #stopped = false;
  #following: Promise<void> | undefined;
  #abort: (() => void) | undefined;
  /** Of the connection, from before there is an answer. */
  #sink: Writable | undefined;
  #silence: NodeJS.Timeout | undefined;
  #wake: (() => void) | undefined;
  #file: Promise<FileHandle> | undefined;

  constructor(options: PodLogOptions) {
    this.#options = options;
    const { offset, mark } = options.from ?? { offset: 0 };
    this.#base = offset;
    this.#bytes = offset;
    this.#skip = offset - (mark?.at ?? 0);
    this.#stitch = mark?.stitch ?? EMPTY_STITCH;
    this.#marks = new LogMarks(mark?.gap);
    if (!options.begin && !mark) {
      this.#doubt =
        'the node may have rotated lines away before it was read here';
    }
  }

  /**
   * Whether `offset` means the same bytes here as to who stored that mark: with
   * a gap that only one of both has, it does not.
   */
  continues(offset: number, mark: LogMark | undefined): boolean {
    const gap = this.#gaps.findLast(({ at }) => at < offset);
    return (
      offset >= this.#base && (gap?.id ?? this.#marks.firstGap) === mark?.gap
    );
  }

  /** Begins to copy, unless that is under way or done. */
  follow(): void {
    if (this.#complete || this.#stopped) return;
    this.#following ??= this.#run();
  }

  /**
   * Its container has ended: what the API has from now on is all.
   *
   * @param began - it ran to where the first line of the log was written; else a
   *   log of nothing may be all there ever was
   */
  ended(began = false): void {
    this.#began ||= began;
    if (this.#ended) return;
    this.#ended = true;
    this.#boundSilence();
    this.#wake?.();
  }

  /** Bytes so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether its container has ended: then it will be complete at some time. */
  get isEnded(): boolean {
    return this.#ended;
  }

  /** Whether nothing will be added. */
  get isComplete(): boolean {
    return this.#complete;
  }

  /** See `TaskExecutor.readLog`. */
  async read(offset: number, limit: number): Promise<LogSlice> {
    const complete = this.#complete;
    const size = this.#bytes;
    if (offset > size) {
      // Another process read more than the API still has.
      return {
        offset,
        bytes: new Uint8Array(0),
        end: complete,
        ...(complete ? { missing: 'the node had rotated them away' } : {}),
      };
    }
    const next = this.#gaps.find(({ at }) => at > offset)?.at ?? size;
    const most = Math.max(0, Math.min(limit, next - offset));
    const length = this.#marks.lengthTo(offset, most);
    // Now: while the file is read, others may take the place of these marks.
    const place = length > 0 ? this.#marks.place(offset, length) : undefined;
    const bytes = Buffer.allocUnsafe(length);
    let filled = 0;
    if (length > 0) {
      const file = await this.#open();
      while (filled < length) {
        const { bytesRead } = await file.read(
          bytes,
          filled,
          length - filled,
          offset + filled - this.#base,
        );
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
    }
    const end = complete && offset + filled >= size;
    const gap = this.#gaps.find(({ at }) => at === offset);
    const isTold = filled > 0 || (end && offset > 0);
    return {
      offset,
      bytes: bytes.subarray(0, filled),
      end,
      ...(gap && (filled > 0 || end) ? { missing: gap.reason } : {}),
      ...(this.#doubt && isTold && offset === this.#base
        ? { doubt: this.#doubt }
        : {}),
      ...(place && filled === length && { place }),
    };
  }

  /** Ends copying; keeps the file. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#abort?.();
    this.#sink?.destroy();
    this.#wake?.();
    await this.#following;
    const file = await this.#file?.catch(() => undefined);
    this.#file = undefined;
    await file?.close();
  }

  /** Ends copying and removes the file. */
  async remove(): Promise<void> {
    await this.stop();
    await rm(this.#options.file, { force: true });
  }

  #open(): Promise<FileHandle> {
    this.#file ??= open(this.#options.file, 'w+', 0o600);
    return this.#file;
  }

  async #run(): Promise<void> {
    let failures = 0;
    let triesAfterEnd = 0;
    /** The connection before was ended by the node, and went on from the store. */
    let gaveAll = false;
    while (!this.#stopped && !this.#complete) {
      const knewEnd = this.#ended;
      const before = this.#bytes;
      const began = performance.now();
      const { error, sawStored } = await this.#connect();
      if (this.#stopped || this.#complete) return;
      if (knewEnd && !error) {
        // Everything that is there was read, and nothing more will come. Behind
        // a stream that the kubelet ended with the container there is nothing,
        // and that what it gave is not there again means no loss: the node may
        // rotate the log between the last line and the end.
        const isAll = (sawStored || gaveAll) && !this.#lacksBegin;
        this.#finish(isAll ? undefined : 'the node had removed them');
        return;
      }
      if (knewEnd && gaveAll && !this.#lacksBegin) {
        // The kubelet ended the stream with the container, and has removed
        // that since, as it does with deleted pods.
        this.#finish();
        return;
      }
      if (knewEnd && this.#bytes === 0 && isOfNothing(error)) {
        this.#finish();
        return;
      }
      if (knewEnd && ++triesAfterEnd >= TRIES_AFTER_END) {
        this.#finish(error!.message);
        return;
      }
      failures = this.#bytes > before ? 0 : failures + 1;
      const endedByItself = !error;
      // One that was open for long may have missed what was written before it.
      const isShort = performance.now() - began < END_TOLD_MS;
      gaveAll = endedByItself && (sawStored || (gaveAll && isShort));
      // The end came while it was read: what is behind it is looked for now.
      if (endedByItself && !knewEnd && this.#ended) continue;
      const last = RECONNECT_DELAYS.length - 1;
      // That the container has ended is told a moment after its stream has.
      await this.#pause(
        endedByItself
          ? END_TOLD_MS
          : RECONNECT_DELAYS[Math.min(failures, last)],
      );
    }
  }

  get #lacksBegin(): boolean {
    const { begin } = this.#options;
    return (
      this.#began && begin !== undefined && this.#stitch.lastTime === undefined
    );
  }

  /** @param gap - why some at the end are missing */
  #finish(gap?: string): void {
    if (gap !== undefined) this.#gap(gap);
    this.#complete = true;
    this.#options.onGrowth();
  }

  /** @param until - time of the first line that is there again */
  #gap(reason: string, until = 'end'): void {
    const last = this.#gaps[this.#gaps.length - 1];
    if (last?.at === this.#bytes) return;
    const id = gapId(this.#bytes, until);
    this.#gaps.push({ at: this.#bytes, reason, id });
    this.#marks.addGap(this.#bytes, this.#stitch, id);
  }

  /** One connection, until it ends. */
  async #connect(): Promise<{ error?: Error; sawStored: boolean }> {
    const { api, pod, onGrowth } = this.#options;
    const stitcher = new Stitcher(this.#stitch, this.#options.begin);
    this.#connections += 1;
    const sink = new Writable({
      highWaterMark: 256 * 1024,
      write: (chunk, _encoding, done) => {
        this.#boundSilence();
        this.#store(stitcher, chunk).then(
          grew => {
            if (grew) onGrowth();
            done();
          },
          error => done(error as Error),
        );
      },
    });
    const over = new Promise<Error | undefined>(resolve => {
      sink.once('error', error => resolve(error));
      sink.once('close', () => resolve(sink.errored ?? undefined));
    });
    this.#sink = sink;
    this.#boundSilence();
    try {
      const asked = api.followLog(pod, sink, resumeTime(this.#stitch));
      const abort = await Promise.race([asked, over.then(() => undefined)]);
      // Nobody waits for it any more.
      if (!abort) asked.then(late => late()).catch(() => undefined);
      this.#abort = abort;
      const error = await over;
      return { error, sawStored: stitcher.sawStored };
    } catch (error) {
      sink.destroy();
      return { error: error as Error, sawStored: false };
    } finally {
      this.#abort?.();
      this.#abort = undefined;
      this.#sink = undefined;
      clearTimeout(this.#silence);
    }
  }

  /** Counts anew from now, if the container has ended. */
  #boundSilence(): void {
    clearTimeout(this.#silence);
    const sink = this.#sink;
    if (!this.#ended || !sink) return;
    this.#silence = setTimeout(
      () =>
        sink.destroy(
          new Error(`the API server was silent for ${SILENCE_MS / 1000} s`),
        ),
      SILENCE_MS,
    );
  }

  async #store(stitcher: Stitcher, chunk: Uint8Array): Promise<boolean> {
    const { limitBytes = Infinity, onLimit, from } = this.#options;
    const { bytes: all, missing } = stitcher.push(chunk);
    // One that is stored, with bytes behind it, is not told again.
    const isStored = this.#skip > 0 && isGapOf(from?.mark, missing ?? '');
    if (missing !== undefined && !isStored) {
      this.#gap(this.#whyRotated(), missing);
      // Of lines behind a mark that lags some may be stored: rather twice than
      // not at all.
      this.#skip = 0;
    }
    const skipped = Math.min(this.#skip, all.length);
    const bytes = all.subarray(skipped);
    const room = limitBytes - this.#bytes;
    const taken = bytes.subarray(0, Math.max(0, room));
    if (taken.length > 0) {
      const file = await this.#open();
      await file.write(taken, 0, taken.length, this.#bytes - this.#base);
      this.#bytes += taken.length;
    }
    this.#skip -= skipped;
    this.#stitch = stitcher.state;
    this.#marks.add(this.#bytes - this.#skip, this.#stitch);
    if (bytes.length > 0 && bytes.length >= room) {
      this.#complete = true;
      onLimit(limitBytes);
      throw new Error('the log has reached its limit');
    }
    return taken.length > 0;
  }

  #whyRotated(): string {
    if (this.#stitch.lastTime === undefined) {
      return 'the node had rotated its beginning away before it was read';
    }
    return this.#connections > 1
      ? 'the connection broke and the node had rotated them away'
      : 'nobody was reading and the node had rotated them away';
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}
