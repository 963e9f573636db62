import type { Pool } from '@maestro/plugin-maestro-common';

const tasks = (n: number) => (n === 1 ? '1 task' : `${n} tasks`);

/** What it does to give a pool so many slots. */
export function slotsEffect(
  pool: Pick<Pool, 'used' | 'waiting'> | undefined,
  slots: number,
): string {
  const { used, waiting } = pool ?? { used: 0, waiting: 0 };
  if (slots < used) {
    const next =
      slots === 0
        ? 'none starts any more'
        : `none starts until ${used - slots + 1} have ended`;
    return `${tasks(used)} of it run and go on; ${next}.`;
  }
  const now = Math.min(slots - used, waiting);
  if (now > 0)
    return `${tasks(now)} of the ${waiting} that wait can start now.`;
  if (slots === 0) return 'No task of it starts.';
  return slots === 1
    ? 'At most one task of it runs at once, over all pipelines.'
    : `At most ${slots} tasks of it run at once, over all pipelines.`;
}

/** Whether tasks name it, so that deleting it must be forced. */
export function isNamed({ usedBy, used, waiting }: Pool): boolean {
  return usedBy.length + used + waiting > 0;
}

/** What deleting a pool does. */
export function deleteEffect(pool: Pool): string {
  if (!isNamed(pool)) return 'No task names it.';
  const { usedBy, used, waiting } = pool;
  const who =
    usedBy.length > 0
      ? `Tasks of ${usedBy.join(', ')} name it`
      : 'Tasks name it';
  const run = used > 0 ? ` ${tasks(used)} of it run and go on.` : '';
  const wait = waiting > 0 ? ` (${tasks(waiting)} now)` : '';
  return `${who}.${run} Those that wait${wait} and all later ones wait until there is a pool of this name again.`;
}
