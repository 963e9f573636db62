import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A small memory cgroup in which tests let the kernel run out of memory, or
 * why there cannot be one here.
 *
 * @public
 */
export type MemoryCgroup =
  | {
      /** The file in which the kernel counts its kills. */
      counter: string;
      /** Shell text that moves the shell into the cgroup and then goes on. */
      enter(script: string): string;
      /** A command that takes six times the limit, and not more. */
      glutton: string;
      remove(): void;
    }
  | { problem: string; remove?: undefined };

/**
 * Makes a cgroup of its own below the root of version 2 or 1, which takes root
 * and a writable hierarchy.
 *
 * @param limitMiB - memory of the cgroup; the machine never gives more
 * @public
 */
export function makeMemoryCgroup(limitMiB: number): MemoryCgroup {
  const name = `maestro-test-${process.pid}-${Date.now()}`;
  const versions = [
    { root: '/sys/fs/cgroup', limit: 'memory.max', counter: 'memory.events' },
    {
      root: '/sys/fs/cgroup/memory',
      limit: 'memory.limit_in_bytes',
      counter: 'memory.oom_control',
    },
  ];
  const problems: string[] = [];
  for (const { root, limit, counter } of versions) {
    const dir = join(root, name);
    if (!existsSync(join(root, 'cgroup.procs'))) continue;
    try {
      mkdirSync(dir);
    } catch (error) {
      problems.push((error as Error).message);
      continue;
    }
    try {
      writeFileSync(join(dir, limit), String(limitMiB * 1024 * 1024));
      const swap = join(dir, 'memory.swap.max');
      if (existsSync(swap)) writeFileSync(swap, '0');
    } catch (error) {
      rmdirSync(dir);
      problems.push((error as Error).message);
      continue;
    }
    const chunks = Math.ceil((limitMiB * 6) / 4);
    return {
      counter: join(dir, counter),
      enter: script => `echo $$ > ${join(dir, 'cgroup.procs')} && ${script}`,
      glutton: `${process.execPath} -e 'const a = []; for (let i = 0; i < ${chunks}; i++) a.push(Buffer.alloc(4 << 20, 1))'`,
      remove: () => removeSoon(dir),
    };
  }
  return { problem: problems.join('; ') || 'no memory cgroups are mounted' };
}

/** How often: a minute, since who was killed needs time on a processor to die. */
const REMOVALS = 3_000;

/** What was killed may be a member for a moment longer. */
function removeSoon(dir: string): void {
  for (let tries = 1; ; tries++) {
    try {
      rmdirSync(dir);
      return;
    } catch (error) {
      if (tries === REMOVALS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}
