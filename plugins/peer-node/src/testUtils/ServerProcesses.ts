import { ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A process that was started; `exited` comes with its code, null after a
 * signal.
 *
 * @public
 */
export interface StartedProcess {
  child: ChildProcess;
  exited: Promise<number | null>;
}

/**
 * Processes of a test in a directory of their own, each the leader of a group,
 * so that workers of a server end with it.
 *
 * @public
 */
export class ServerProcesses {
  readonly #started: StartedProcess[] = [];

  private constructor(readonly directory: string) {}

  /** Makes the directory, named after `name`. */
  static async create(name: string): Promise<ServerProcesses> {
    return new ServerProcesses(await mkdtemp(join(tmpdir(), `${name}-`)));
  }

  /** A port that was free a moment ago. */
  async freePort(): Promise<number> {
    const server = createServer();
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    await new Promise(done => server.close(done));
    return port;
  }

  /** Starts a program in the directory; what it prints goes to `name`.log. */
  start(
    name: string,
    command: string[],
    env: Record<string, string> = {},
  ): StartedProcess {
    // Through sh, because servers start workers that keep the log open.
    const child = spawn(
      'sh',
      [
        '-c',
        'exec "$@" >"$0" 2>&1',
        join(this.directory, `${name}.log`),
      ].concat(command),
      {
        cwd: this.directory,
        detached: true,
        stdio: 'ignore',
        env: { ...process.env, ...env },
      },
    );
    const exited = new Promise<number | null>((done, fail) => {
      child.once('exit', done);
      child.once('error', fail);
    });
    const started = { child, exited };
    this.#started.push(started);
    return started;
  }

  /**
   * Resolves when `url` answers with success.
   *
   * @throws Error when the process ends before, or after `ms` milliseconds.
   */
  async untilAnswers(
    url: string,
    { child }: StartedProcess,
    ms: number = 240_000,
  ): Promise<void> {
    const deadline = Date.now() + ms;
    while (Date.now() < deadline) {
      const ended = child.exitCode ?? child.signalCode;
      if (ended !== null) {
        throw new Error(`the server of ${url} ended with ${ended}`);
      }
      const ok = await fetch(url, { signal: AbortSignal.timeout(20_000) }).then(
        answer => answer.ok,
        () => false,
      );
      if (ok) {
        return;
      }
      await new Promise(done => setTimeout(done, 250));
    }
    throw new Error(`${url} did not answer within ${ms} ms`);
  }

  /** Ends every group and removes the directory. */
  async stop(): Promise<void> {
    for (const { child, exited } of this.#started) {
      endGroup(child);
      await exited;
    }
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Stops, and says why with the end of every log. */
  async stopAfter(error: unknown): Promise<Error> {
    const logs = (await readdir(this.directory)).filter(file =>
      file.endsWith('.log'),
    );
    const texts = await Promise.all(
      logs.map(async file => {
        const text = await readFile(join(this.directory, file), 'utf8');
        return `${file}:\n${text.slice(-2_000)}`;
      }),
    );
    await this.stop();
    return new Error(`${error}\n${texts.join('\n')}`);
  }
}

function endGroup(child: ChildProcess) {
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch (error) {
    // ESRCH: the whole group is gone already, which is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
      throw error;
    }
  }
}
