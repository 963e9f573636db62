import { PassThrough } from 'node:stream';
import { Context } from '../Context';
import { runCommand } from '../program';
import type { FakeMaestro } from './fakeMaestro';

/** Runs a command line against a fake Maestro, as a terminal or a script would. */
export async function runMaestro(
  fake: FakeMaestro,
  args: string[],
  options: { stdin?: string; tty?: boolean } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const texts = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') =>
    Object.assign(
      new PassThrough().on('data', data => {
        texts[name] += data;
      }),
      { isTTY: options.tty },
    );
  const stdin = Object.assign(new PassThrough(), { isTTY: options.tty });
  stdin.end(options.stdin ?? '');
  const context = new Context(
    {
      env: { MAESTRO_URL: fake.url, MAESTRO_TOKEN: 'secret', NO_COLOR: '1' },
      cwd: '/',
      commandDir: '/',
    },
    { stdin, stdout: stream('stdout'), stderr: stream('stderr') },
  );
  const code = await runCommand(context, '1.2.3', args);
  await new Promise(setImmediate);
  return { code, ...texts };
}
