import fs from 'node:fs';
import path from 'node:path';
import { isSameProcess, startOf } from '../processes/identity.mjs';

/*
 * One portal per data directory. The lock is a file that names its holder by
 * process id and start time, so that one left behind by a crash or a power cut
 * is recognized as nobody's.
 */

const NAME = 'portal.lock';

function read(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    // Written whole by link(2), so unreadable means a damaged disk, not a holder.
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/**
 * Takes the lock of a data directory.
 *
 * @returns `{ holder }` when somebody has it: `{ pid, start, url? }`; else
 * `{ note(fields), release() }`.
 */
export function takeInstanceLock(dataDir) {
  const file = path.join(dataDir, NAME);
  const mine = { pid: process.pid, start: startOf(process.pid) };
  const draft = `${file}.${process.pid}`;
  const publish = fields =>
    fs.writeFileSync(draft, JSON.stringify(fields), { mode: 0o600 });

  for (;;) {
    publish(mine);
    try {
      // link fails when the name exists, and shows a whole file or none.
      fs.linkSync(draft, file);
      fs.unlinkSync(draft);
      break;
    } catch (error) {
      fs.unlinkSync(draft);
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = read(file);
    if (!holder) continue;
    if (holder.pid && isSameProcess(holder.pid, holder.start))
      return { holder };
    // Left behind. Moved away first: of two that find it, one moves it, and the
    // other must not remove the lock the first has taken meanwhile.
    const grave = `${file}.left.${process.pid}`;
    try {
      fs.renameSync(file, grave);
    } catch (error) {
      if (error.code === 'ENOENT') continue;
      throw error;
    }
    const moved = read(grave);
    const wrong = moved?.pid && isSameProcess(moved.pid, moved.start);
    if (wrong) fs.renameSync(grave, file);
    else fs.unlinkSync(grave);
    if (wrong) return { holder: moved };
  }

  return {
    /** Adds what others may want to know, such as the address. */
    note(fields) {
      publish({ ...mine, ...fields });
      fs.renameSync(draft, file);
    },
    release() {
      if (read(file)?.pid === process.pid) fs.unlinkSync(file);
    },
  };
}
