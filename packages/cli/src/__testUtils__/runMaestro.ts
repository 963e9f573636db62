import { PassThrough } from 'node:stream';
import { Context } from '../Context';
import { runCommand } from '../program';
import type { FakeMaestro } from './fakeMaestro';

/** How {@link runMaestro} runs it. */
export interface RunOptions {
  /** Default: the address of the fake, a token, and no colours. */
  env?: NodeJS.ProcessEnv;
  /** Default: nothing, at its end. */
  stdin?: string;
  /** As on a terminal. Default: as in a script. */
  tty?: boolean;
  /** Default: the whole command, but for what it loads later. */
  run?(context: Context, args: string[]): Promise<number>;
}

/** Runs a command line against a fake Maestro, as a terminal or a script would. */
export async function runMaestro(
  fake: FakeMaestro,
  args: string[],
  options: RunOptions = {},
): Promise<{ code: number; bytes: Buffer; stdout: string; stderr: string }> {
  const texts = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const stream = (name: 'stdout' | 'stderr') =>
    Object.assign(
      new PassThrough().on('data', data => texts[name].push(data)),
      { isTTY: options.tty },
    );
  const stdin = Object.assign(new PassThrough(), { isTTY: options.tty });
  stdin.end(options.stdin ?? '');
  const env = options.env ?? {
    MAESTRO_URL: fake.url,
    MAESTRO_TOKEN: 'secret',
    NO_COLOR: '1',
  };
  const context = new Context(
    { env, cwd: '/', commandDir: '/' },
    { stdin, stdout: stream('stdout'), stderr: stream('stderr') },
  );
  const code = options.run
    ? await options.run(context, args)
    : await runCommand(context, '1.2.3', args);
  await new Promise(setImmediate);
  const bytes = Buffer.concat(texts.stdout);
  return {
    code,
    bytes,
    stdout: bytes.toString(),
    stderr: Buffer.concat(texts.stderr).toString(),
  };
}
