import { readFileSync } from 'node:fs';

/**
 * Whether the kernel ended a process because memory ran out. It sends SIGKILL
 * like anybody else; what it leaves is a counter of such kills:
 *
 * - of the launcher's memory cgroup (`memory.events` of cgroup v2,
 *   `memory.oom_control` of v1), in which tasks run unless they leave it: a
 *   good sign, also when it was the whole machine that had no memory left
 * - of the whole machine (`/proc/vmstat`), only where the first cannot be
 *   read: anybody's process may have been meant, so the message says
 *   "probably"
 */

/** Counters are read again at a launch when they are older than this. */
const FRESH_MS = 1_000;

const COUNT = /^oom_kill (\d+)$/m;

/** What ended by 9 as a shell reports it of its child. */
const KILLED = 137;

/**
 * The counter to look at here: `{ kind, file }`; undefined when there is none.
 * `cgroups` is the text of /proc/self/cgroup.
 */
export function oomCounter(cgroups) {
  const sources = [];
  for (const line of cgroups.trim().split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    const own = path === '/' ? '' : path;
    if (controllers === '') {
      sources.push(
        { kind: 'cgroup', file: `/sys/fs/cgroup${own}/memory.events` },
        { kind: 'cgroup', file: `/sys/fs/cgroup/unified${own}/memory.events` },
      );
    } else if (controllers?.split(',').includes('memory')) {
      sources.push({
        kind: 'cgroup',
        file: `/sys/fs/cgroup/memory${own}/memory.oom_control`,
      });
    }
  }
  sources.push({ kind: 'machine', file: '/proc/vmstat' });
  return sources.find(source => readCount(source.file) !== undefined);
}

/** Kills counted in a file; undefined when it cannot be read. */
export function readCount(file) {
  try {
    const count = COUNT.exec(readFileSync(file, 'latin1'))?.[1];
    return count === undefined ? undefined : Number(count);
  } catch {
    // Not there on this kernel, or not for this user: then it is no evidence.
    return undefined;
  }
}

/** Knows how often the kernel had to kill before each attempt. */
export class OomWatch {
  #find;
  #seen;
  #seenAt = -Infinity;

  /** `find` gives the counter; a launcher may be moved to another cgroup. */
  constructor(find = () => oomCounter(readText('/proc/self/cgroup'))) {
    this.#find = find;
  }

  /**
   * The counter before an attempt, to be kept with it: `{ kind, file, count }`,
   * up to a second old, because reading it costs as much as a tenth of a
   * launch. Undefined when there is none.
   */
  before() {
    const now = performance.now();
    if (now - this.#seenAt > FRESH_MS) {
      const counter = this.#find();
      this.#seen = counter && { ...counter, count: readCount(counter.file) };
      this.#seenAt = now;
    }
    return this.#seen;
  }
}

/**
 * What speaks for a lack of memory, as a sentence; undefined when nothing
 * does. `end` is `{ code, signal }`, `before` what {@link OomWatch.before}
 * gave, `countNow` reads a counter.
 */
export function oomEvidence({ end, before, countNow = readCount }) {
  if (end?.signal !== 'SIGKILL' && end?.code !== KILLED) {
    return undefined;
  }
  const now = before?.count === undefined ? undefined : countNow(before.file);
  if (now === undefined || now <= before.count) {
    return undefined;
  }
  const { kind, file, count } = before;
  const rose = `oom_kill in ${file} rose from ${count} to ${now} while it ran`;
  const what =
    end.signal === 'SIGKILL'
      ? 'The command was ended by SIGKILL'
      : `The command ended with exit code ${KILLED}, as of a process ended by SIGKILL`;
  const advice = 'Give it less to hold at once, or more memory';
  return kind === 'cgroup'
    ? `${what}: the kernel ended it because memory ran out (${rose}). ${advice}`
    : `${what}, probably because memory ran out (${rose}, which counts the whole machine). ${advice}`;
}

function readText(file) {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
