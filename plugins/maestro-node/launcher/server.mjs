import { once } from 'node:events';
import { createServer } from 'node:net';
import { LaunchError } from './errors.mjs';
import { freeBytes } from './logWatch.mjs';
import { monotonicMs } from './processes.mjs';
import { LAYOUT, PROTOCOL, lineReader } from './protocol.mjs';

/** A reader that is this far behind is cut off; it comes back and lists. */
const MAX_BEHIND_BYTES = 64 * 1024 * 1024;

/** Methods of Server that may be asked for. */
const operations = {
  hello: 'hello',
  retire: 'retireNow',
  launch: 'launch',
  cancel: 'cancel',
  forget: 'forget',
  list: 'list',
  health: 'health',
  renew: 'renew',
};

/** Answers schedulers on the unix socket, and tells them what happens. */
export class Server {
  #attempts;
  #watch;
  #dataDir;
  #retire;
  #fence;
  #log;
  #listeners = new Set();
  #connections = new Set();
  #server;

  constructor({ dataDir, log }) {
    this.#dataDir = dataDir;
    this.#log = log;
  }

  get connections() {
    return this.#connections.size;
  }

  /** What it is the door of; to be called before `listen`. */
  open({ attempts, watch, fence, retire }) {
    this.#attempts = attempts;
    this.#watch = watch;
    this.#fence = fence;
    this.#retire = retire;
  }

  async listen(path) {
    // First: closing removes the file at the path, whoever made it.
    this.#server?.close();
    this.#server = createServer(socket => this.#accept(socket));
    this.#server.listen(path);
    await once(this.#server, 'listening');
    this.#server.on('error', error => this.#log(`Socket: ${error.message}`));
  }

  close() {
    this.#server?.close();
    this.#connections.forEach(socket => socket.destroy());
  }

  /** Sends an event to everybody who said hello. */
  notify(event) {
    const line = `${JSON.stringify(event)}\n`;
    for (const socket of this.#listeners) {
      socket.write(line);
      if (socket.writableLength > MAX_BEHIND_BYTES) {
        socket.destroy();
      }
    }
  }

  #accept(socket) {
    this.#connections.add(socket);
    socket.on('close', () => {
      this.#connections.delete(socket);
      this.#listeners.delete(socket);
    });
    socket.on('error', error => {
      if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') {
        this.#log(`Connection: ${error.message}`);
      }
    });
    socket.on(
      'data',
      lineReader(
        message => this.#answer(socket, message),
        error => {
          this.#log(error.message);
          socket.destroy();
        },
      ),
    );
  }

  async #answer(socket, message) {
    const { id, op } = message;
    let answer;
    try {
      const operation = operations[op];
      if (!operation) {
        throw new Error(
          `This launcher (protocol ${PROTOCOL}) knows no operation ${op}`,
        );
      }
      answer = { re: id, ok: (await this[operation](message, socket)) ?? {} };
    } catch (error) {
      answer = {
        re: id,
        error: {
          message: error.message,
          failure: error instanceof LaunchError ? error.failure : undefined,
        },
      };
    }
    socket.write(`${JSON.stringify(answer)}\n`);
    if (op === 'retire' && answer.ok) {
      socket.end(() => this.#retire());
    }
  }

  hello({ renews }, socket) {
    this.#listeners.add(socket);
    if (!renews) {
      socket.once('close', this.#fence.suspend());
    }
    return {
      renews: true,
      handsOn: true,
      protocol: PROTOCOL,
      layout: LAYOUT,
      pid: process.pid,
      dataDir: this.#dataDir,
      live: this.#attempts.live.size,
    };
  }

  /** Leaves at once without touching what runs: the next one adopts it. */
  retireNow() {
    this.#attempts.endings.saveAgain();
    if (this.#attempts.endings.unsaved > 0) {
      throw new Error(
        `${
          this.#attempts.endings.unsaved
        } outcomes could not be written yet (is the disk full?): the launcher stays until they are`,
      );
    }
    this.#attempts.close('The launcher hands over to another one');
  }

  async launch(message) {
    const attempt = await this.#attempts.launch(message);
    this.#watch.wake();
    return attempt;
  }

  /** `until` is absolute: the request may have waited for us. */
  renew({ until }) {
    if (!Number.isFinite(until)) {
      throw new Error(`until must be a number, not ${until}`);
    }
    this.#fence.renew(until - monotonicMs());
  }

  cancel({ attemptId, graceMs }) {
    if (!Number.isFinite(graceMs) || graceMs < 0) {
      throw new Error(`graceMs must be a number of at least 0, not ${graceMs}`);
    }
    this.#attempts.cancel(attemptId, graceMs);
  }

  forget({ attemptId }) {
    this.#attempts.forget(attemptId);
  }

  async list({ id }, socket) {
    for (const item of this.#attempts.list()) {
      if (!socket.write(`${JSON.stringify({ re: id, item })}\n`)) {
        await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
      }
      if (socket.destroyed) {
        return;
      }
    }
  }

  health() {
    return {
      live: this.#attempts.live.size,
      freeBytes: freeBytes(this.#dataDir),
      unsaved: this.#attempts.endings.unsaved,
    };
  }
}
