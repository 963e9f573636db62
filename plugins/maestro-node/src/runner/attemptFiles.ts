import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Files of one attempt, as launcher/files.mjs lays them out.
 *
 * @public
 */
export interface AttemptFiles {
  dir: string;
  /** stdout and stderr, byte for byte. */
  log: string;
  /** Written by rename when it ended. */
  exit: string;
  /** Where the task may write its outputs. */
  output: string;
  /** Its working directory. */
  work: string;
  /** For its temporary files; removed with it. */
  tmp: string;
}

/**
 * Where the files of an attempt are, or will be.
 *
 * @public
 */
export function attemptFiles(dataDir: string, attemptId: string): AttemptFiles {
  const dir = join(dataDir, 'attempts', attemptId);
  return {
    dir,
    log: join(dir, 'log'),
    exit: join(dir, 'exit.json'),
    output: join(dir, 'output.json'),
    work: join(dir, 'work'),
    tmp: join(dir, 'tmp'),
  };
}

/**
 * Which data directory on which boot of this host: processes of another one
 * can neither be seen nor ended from here.
 *
 * @param dataDir - real path of the data directory
 * @public
 */
export function runnerInstance(dataDir: string): string {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  return `${boot}/${hash}`;
}
