import type { Writable } from 'node:stream';
import type { PodLogOptions } from '../logs/PodLog';

/** A line as the container's runtime wrote it. */
interface NodeLine {
  time: string;
  text: string;
}

const shown = ({ time, text }: NodeLine) => `${time} ${text}`;

/** A stream of the log that somebody holds, and what it has not given yet. */
interface FollowStream {
  sink: Writable;
  waiting: Buffer;
}

/**
 * The log of a container on a node, with the habits of the kubelet: lines with
 * times, several of which may be equal; of the files that it rotates it gives
 * only the newest one; who holds a stream gets the lines behind a rotation too.
 * The API server ends a stream of a kubelet that died as one that is complete.
 *
 * Time stands still unless lines are written, a millisecond each.
 */
export class FakeNode {
  /** All that the task wrote. */
  written = '';
  /** Whether the kubelet answers. */
  isUp = true;
  /** Whether the container has ended. */
  isOver = false;
  #file: NodeLine[];
  #now = Date.UTC(2026, 10, 27, 1);
  #streams: FollowStream[] = [];

  /** @param begin - first line of the log, which the task did not write */
  constructor(begin: string) {
    this.#file = [{ time: this.#time(), text: begin }];
  }

  readonly followLog: PodLogOptions['api']['followLog'] = async (
    _pod,
    sink,
    since,
  ) => {
    if (!this.isUp) throw new Error('the node cannot be reached');
    const from = since === undefined ? 0 : Date.parse(since);
    const there = this.#file.filter(({ time }) => Date.parse(time) >= from);
    const stream = { sink, waiting: Buffer.from(there.map(shown).join('')) };
    this.#streams.push(stream);
    sink.once('close', () => this.#drop(stream));
    return () => this.#drop(stream);
  };

  /** @param isAtOnce - at the time of the line before */
  write(text: string, isAtOnce: boolean): void {
    if (!isAtOnce) this.#now += 1;
    const line = { time: this.#time(), text };
    this.written += text;
    this.#file.push(line);
    for (const stream of this.#streams) {
      stream.waiting = Buffer.concat([
        stream.waiting,
        Buffer.from(shown(line)),
      ]);
    }
  }

  /**
   * What stands in the file is gone for who connects from now on. That takes
   * longer than a nanosecond: lines of one time are never on both sides.
   */
  rotate(): void {
    this.#now += 1;
    this.#file = [];
  }

  /** Streams give so many bytes, or all. */
  async give(bytes = Infinity): Promise<void> {
    for (const stream of [...this.#streams]) {
      const piece = stream.waiting.subarray(0, bytes);
      stream.waiting = stream.waiting.subarray(piece.length);
      if (piece.length > 0) {
        await new Promise<void>(resolve => {
          stream.sink.once('close', resolve);
          stream.sink.write(piece, () => resolve());
        });
      }
      if (this.isOver && stream.waiting.length === 0) await this.#end(stream);
    }
  }

  /** Cuts the connections. */
  async cut(): Promise<void> {
    for (const { sink } of [...this.#streams]) {
      const closed = new Promise(resolve => sink.once('close', resolve));
      sink.destroy(new Error('the connection broke'));
      await closed;
    }
  }

  /** kill -9 of the kubelet. */
  async die(): Promise<void> {
    this.isUp = false;
    await this.drain();
  }

  /** An API server, or what stands before it, goes in good order. */
  async drain(): Promise<void> {
    for (const stream of [...this.#streams]) await this.#end(stream);
  }

  async #end(stream: FollowStream): Promise<void> {
    const closed = new Promise(resolve => stream.sink.once('close', resolve));
    stream.sink.end();
    await closed;
  }

  #drop(stream: FollowStream): void {
    this.#streams = this.#streams.filter(one => one !== stream);
  }

  /** As the runtime writes it: without zeros at the end. */
  #time(): string {
    return new Date(this.#now).toISOString().replace(/\.?0+Z$/, 'Z');
  }
}
