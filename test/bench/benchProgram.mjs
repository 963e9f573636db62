import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAMS = path.join(ROOT, 'plugins/maestro-backend/src/bench');
const require = createRequire(import.meta.url);
const run = promisify(execFile);

/**
 * Runs a program of the backend's benches in a process of its own.
 *
 * @param name - of its file, without the ending
 * @param options - its options, without the dashes
 * @returns what it printed
 */
export async function benchProgram(name, options) {
  const { stdout } = await run(
    process.execPath,
    [
      '--require',
      require.resolve('@backstage/cli/config/nodeTransform.cjs'),
      path.join(PROGRAMS, `${name}.ts`),
      ...Object.entries(options).flatMap(([option, value]) => [
        `--${option}`,
        String(value),
      ]),
    ],
    { cwd: ROOT },
  );
  return JSON.parse(stdout);
}

/** Prints a row of a table in Markdown. */
export function row(...cells) {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}

/** Prints the head of a table in Markdown. */
export function head(...names) {
  row(...names);
  row(...names.map(() => '---'));
}
