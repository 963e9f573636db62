import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

function purelib(interpreter: string): string {
  return execFileSync(interpreter, [
    '-c',
    'import sysconfig; print(sysconfig.get_path("purelib"))',
  ])
    .toString()
    .trim();
}

/** Writes a file in place: neither its folder's time nor its number changes. */
export function writeFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/**
 * A virtual environment of its own that has what another one has, without a
 * copy.
 *
 * @param options.from - interpreter of the other one
 * @param options.boot - statement that runs when the interpreter starts
 */
export function virtualEnvironment(
  venv: string,
  { from, boot = '' }: { from: string; boot?: string },
): { python: string; packages: string } {
  execFileSync(from, ['-m', 'venv', '--without-pip', venv]);
  const python = join(venv, 'bin/python');
  const packages = purelib(python);
  writeFile(join(packages, 'airflow.pth'), `${purelib(from)}\n${boot}\n`);
  return { python, packages };
}
