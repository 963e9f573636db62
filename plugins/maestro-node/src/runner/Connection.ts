import { createConnection, type Socket } from 'node:net';
import { ExecutorError } from '../executor/failure';
import type { ObservedAttempt } from '../executor/types';
import type { HelloAnswer, LauncherMessage, Operation } from './messages';

/**
 * Thrown by a request whose answer will not come: whether it had an effect is
 * not known. All operations may be repeated.
 */
export class ConnectionLostError extends Error {
  readonly name = 'ConnectionLostError';
}

interface Waiting {
  items: ObservedAttempt[];
  resolve(value: { ok: unknown; items: ObservedAttempt[] }): void;
  reject(error: Error): void;
}

/** One connection to the launcher; see launcher/protocol.mjs for the protocol. */
export class Connection {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #parts: Buffer[] = [];
  #onEvent?: (event: LauncherMessage) => void;

  /** What the launcher said in answer to `hello`. */
  hello!: HelloAnswer;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', chunk => this.#read(chunk));
    socket.on('close', () => this.#lost());
    // Its reason is no news: `close` follows and rejects what waits.
    socket.on('error', () => {});
  }

  /** Connects and says hello. Rejects when nobody answers. */
  static async open(
    path: string,
    onEvent: (event: LauncherMessage) => void,
    about: { renews?: boolean } = {},
  ): Promise<Connection> {
    const socket = createConnection(path);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    const connection = new Connection(socket);
    const timer = setTimeout(() => socket.destroy(), 5000);
    try {
      connection.hello = (await connection.call('hello', about))
        .ok as HelloAnswer;
    } finally {
      clearTimeout(timer);
    }
    connection.#onEvent = onEvent;
    return connection;
  }

  /** Calls back when the other side is gone, at once when it is already. */
  onClose(callback: () => void): void {
    if (this.#socket.closed) {
      callback();
    } else {
      this.#socket.once('close', callback);
    }
  }

  call(
    op: Operation,
    args: object = {},
  ): Promise<{ ok: unknown; items: ObservedAttempt[] }> {
    if (this.#socket.destroyed) {
      return Promise.reject(
        new ConnectionLostError('The connection to the launcher is closed'),
      );
    }
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { items: [], resolve, reject });
      this.#socket.write(`${JSON.stringify({ ...args, id, op })}\n`);
    });
  }

  /** Does not keep this process alive. */
  unref(): void {
    this.#socket.unref();
  }

  close(): void {
    this.#socket.destroy();
  }

  #lost(): void {
    for (const waiting of this.#waiting.values()) {
      waiting.reject(
        new ConnectionLostError('The connection to the launcher was lost'),
      );
    }
    this.#waiting.clear();
  }

  #read(chunk: Buffer): void {
    let rest = chunk;
    for (;;) {
      const newline = rest.indexOf(0x0a);
      if (newline < 0) {
        if (rest.length > 0) {
          this.#parts.push(rest);
        }
        return;
      }
      this.#parts.push(rest.subarray(0, newline));
      const line = Buffer.concat(this.#parts).toString('utf8');
      this.#parts = [];
      rest = rest.subarray(newline + 1);
      this.#take(JSON.parse(line) as LauncherMessage);
    }
  }

  #take(message: LauncherMessage): void {
    if ('event' in message) {
      this.#onEvent?.(message);
      return;
    }
    const waiting = this.#waiting.get(message.re);
    if (!waiting) {
      return;
    }
    if ('item' in message) {
      waiting.items.push(message.item);
      return;
    }
    this.#waiting.delete(message.re);
    if ('ok' in message) {
      waiting.resolve({ ok: message.ok, items: waiting.items });
    } else if (message.error.failure) {
      waiting.reject(
        new ExecutorError(message.error.failure, message.error.message),
      );
    } else {
      waiting.reject(new Error(message.error.message));
    }
  }
}
