import type { TaskDefinition } from '../core/pipeline/definition';

/**
 * How the priority of a task is made from those of others, as in Airflow:
 *
 * - `absolute`: its own
 * - `downstream`: its own and those of all tasks below it, so that what much
 *   depends on comes first
 * - `upstream`: its own and those of all tasks above it, so that runs that are
 *   further come first
 *
 * @public
 */
export const WEIGHT_RULES = ['absolute', 'downstream', 'upstream'] as const;

/** @public */
export type WeightRule = (typeof WEIGHT_RULES)[number];

/** The store keeps priorities in four bytes. */
const MOST = 2_147_483_647;

/**
 * Sets the priorities of tasks by their rules. Each task counts once, however
 * many ways lead to it. The sets are bits: 10,000 tasks take 12 MB for a moment.
 *
 * @param rules - by task number
 * @public
 */
export function weighPriorities(
  tasks: TaskDefinition[],
  rules: readonly WeightRule[],
): void {
  const own = tasks.map(task => task.priority);
  for (const direction of ['downstream', 'upstream'] as const) {
    if (!rules.includes(direction)) continue;
    const reached = reachedSets(tasks, direction);
    for (const task of tasks) {
      if (rules[task.no] !== direction) continue;
      let sum = own[task.no];
      forEachBit(reached[task.no], no => {
        sum += own[no];
      });
      task.priority = Math.max(-MOST, Math.min(MOST, sum));
    }
  }
}

function reachedSets(
  tasks: readonly TaskDefinition[],
  direction: 'downstream' | 'upstream',
): Uint32Array[] {
  const against = direction === 'downstream' ? 'upstream' : 'downstream';
  const words = Math.ceil(tasks.length / 32);
  const sets = tasks.map(() => new Uint32Array(words));
  const missing = tasks.map(task => task[direction].length);
  const order = tasks
    .filter(task => task[direction].length === 0)
    .map(task => task.no);
  for (let i = 0; i < order.length; i++) {
    const no = order[i];
    for (const next of tasks[no][against]) {
      const set = sets[next];
      for (let word = 0; word < words; word++) set[word] |= sets[no][word];
      set[no >>> 5] |= 1 << (no & 31);
      if (--missing[next] === 0) order.push(next);
    }
  }
  return sets;
}

function forEachBit(set: Uint32Array, visit: (no: number) => void): void {
  for (let word = 0; word < set.length; word++) {
    for (let bits = set[word]; bits !== 0; bits &= bits - 1) {
      visit(word * 32 + 31 - Math.clz32(bits & -bits));
    }
  }
}
