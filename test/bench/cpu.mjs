import fs from 'node:fs';

/** Of the kernel: ticks a second in /proc/<pid>/stat. */
const TICKS = 100;

function statOf(pid) {
  let stat;
  try {
    stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    // It ended between the listing and the look.
    return undefined;
  }
  // Behind the name, which may hold spaces: the state is the third field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    parent: Number(fields[1]),
    // utime, stime, and those of the children it has waited for.
    seconds:
      fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) /
      TICKS,
  };
}

/** Seconds of processor of a process and of the children it has waited for. */
export function cpuSeconds(pid) {
  const found = statOf(pid);
  if (!found) throw new Error(`There is no process ${pid}`);
  return found.seconds;
}

/**
 * The same of processes and of everything below them: what lives, and what has
 * ended and was waited for.
 *
 * @param options.without - processes that are left out, with what is below them
 */
export function cpuOfTrees(roots, { without = [] } = {}) {
  const all = new Map(
    fs
      .readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .map(pid => [Number(pid), statOf(pid)])
      .filter(([, found]) => found),
  );
  const children = new Map();
  for (const [pid, { parent }] of all)
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  const seen = new Set(without);
  const left = [...roots];
  let seconds = 0;
  while (left.length) {
    const pid = left.pop();
    if (seen.has(pid)) continue;
    seen.add(pid);
    if (!all.has(pid)) continue;
    seconds += all.get(pid).seconds;
    left.push(...(children.get(pid) ?? []));
  }
  return seconds;
}
