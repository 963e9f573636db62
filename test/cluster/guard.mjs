import { spawn } from 'node:child_process';
import path from 'node:path';
import { SOURCE } from './settings.mjs';

/**
 * Takes a cluster down when this process dies, even by SIGKILL: a shell in a
 * session of its own reads a pipe that the kernel closes then.
 *
 * @returns `end()`, to be called when the cluster is down already
 */
export function downWhenWeDie(settings) {
  const shell = spawn(
    'sh',
    [
      '-c',
      'read -r word; [ "$word" = done ] || exec "$@"',
      'sh',
      process.execPath,
      path.join(SOURCE, 'cluster.mjs'),
      'down',
      '--name',
      settings.name,
    ],
    { detached: true, stdio: ['pipe', 'ignore', 'ignore'] },
  );
  shell.unref();
  shell.stdin.unref?.();
  // It may be gone before us (a machine going down): nothing to tell it.
  shell.stdin.on('error', () => undefined);
  return { end: () => shell.stdin.end('done\n') };
}
