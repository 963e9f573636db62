import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createMaestroClient,
  type MaestroClient,
} from '@maestro/plugin-maestro-common';
import { httpFetch } from './httpFetch';
import { findInstallation, type Surroundings } from './installation';
import { table, type Column, type TableStyle } from './output/table';

/** What a command has around it: streams, surroundings and the API. */
export class Context {
  /** Set by the arguments before a command begins. */
  json = false;
  /** What the process ends with when the command does not throw. */
  exitCode = 0;
  #client?: MaestroClient;

  constructor(
    readonly around: Surroundings,
    readonly streams: {
      stdin: Readable & { isTTY?: boolean };
      stdout: Writable & { isTTY?: boolean; columns?: number };
      stderr: Writable & { isTTY?: boolean };
    },
  ) {}

  /** The API of the installation that is meant. @throws CommandError (4) */
  get client(): MaestroClient {
    if (!this.#client) {
      const { url, token } = findInstallation(this.around);
      this.#client = createMaestroClient({
        baseUrl: `${url}/api/maestro`,
        fetch: httpFetch(token),
      });
    }
    return this.#client;
  }

  /** What the command is for. With `--output json` it is the value alone. */
  async result(value: unknown, text: () => string): Promise<void> {
    await this.write(this.json ? JSON.stringify(value, undefined, 2) : text());
  }

  /** A list: a table for people, an array for programs. */
  async list<T>(
    rows: readonly T[],
    columns: readonly Column<T>[],
    whenEmpty: string,
  ): Promise<void> {
    if (!this.json && rows.length === 0) {
      this.note(whenEmpty);
      return;
    }
    await this.result(rows, () => table(rows, columns, this.style));
  }

  /** A line or lines to stdout. */
  async write(text: string): Promise<void> {
    await this.writeBytes(Buffer.from(`${text}\n`));
  }

  /** Bytes as they are, no faster than they are taken. */
  async writeBytes(
    bytes: Uint8Array,
    stream: Writable = this.streams.stdout,
  ): Promise<void> {
    await new Promise<void>((resolve, reject) =>
      stream.write(bytes, error => (error ? reject(error) : resolve())),
    );
  }

  /** Words beside the result: progress, hints, questions. */
  note(text: string): void {
    this.streams.stderr.write(`${text}\n`);
  }

  /** How tables look here. */
  get style(): TableStyle {
    const { stdout } = this.streams;
    return {
      colour: Boolean(stdout.isTTY) && !this.around.env.NO_COLOR,
      width: stdout.isTTY ? stdout.columns : undefined,
    };
  }

  /** Whether a question reaches somebody. */
  get canAsk(): boolean {
    const { stdin, stderr } = this.streams;
    return Boolean(stdin.isTTY && stderr.isTTY);
  }

  /** A question that only a clear yes answers with yes. */
  async confirm(question: string): Promise<boolean> {
    return /^y(es)?$/i.test(await this.answer(`${question} [y/N] `));
  }

  /** What somebody types at a question, without space around it. */
  async answer(question: string): Promise<string> {
    const { stdin, stderr } = this.streams;
    const lines = createInterface({ input: stdin, output: stderr });
    try {
      return (await lines.question(question)).trim();
    } finally {
      lines.close();
    }
  }

  /** The whole of stdin as text. */
  async readStdin(): Promise<string> {
    const parts: Buffer[] = [];
    for await (const part of this.streams.stdin) parts.push(Buffer.from(part));
    return Buffer.concat(parts).toString('utf8');
  }

  /** Between two looks at something that changes. */
  async pause(ms: number): Promise<void> {
    await sleep(ms);
  }
}
