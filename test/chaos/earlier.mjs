import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/**
 * Unpacks the scheduler of an earlier commit (see buildEarlier.mjs).
 *
 * @returns `program` and the `commit` it was built from
 */
export function earlierScheduler() {
  // Below the checkout, where its packages are found.
  const folder = path.join(HERE, 'dist/earlier');
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const packed = path.join(HERE, 'earlier/scheduler.tar.gz');
  execFileSync('tar', ['-xzf', packed, '-C', folder]);
  return {
    program: path.join(folder, 'scheduler.cjs'),
    commit: fs
      .readFileSync(path.join(HERE, 'earlier/commit.txt'), 'utf8')
      .trim(),
  };
}
