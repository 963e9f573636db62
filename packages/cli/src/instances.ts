import { InvalidArgumentError } from 'commander';
import {
  type MaestroClient,
  parseIndices,
  type RunDetail,
  type TaskInstance,
} from '@maestro/plugin-maestro-common';

/** Instances in one answer. */
const PAGE = 1000;

/**
 * The task instances of a run that have logs: a mapped task stands for its
 * instances, which are asked for page by page.
 *
 * @param options.taskId - only of this task; default all
 * @param options.wanted - only these; default all
 */
export async function runInstances(
  client: MaestroClient,
  run: RunDetail,
  options: { taskId?: string; wanted?(task: TaskInstance): boolean },
): Promise<TaskInstance[]> {
  const { taskId, wanted = () => true } = options;
  const found: TaskInstance[] = [];
  for (const task of run.tasks) {
    if (taskId !== undefined && task.taskId !== taskId) continue;
    if (!task.mapped) {
      if (wanted(task)) found.push(task);
      continue;
    }
    for await (const instance of mappedInstances(client, run.runId, task)) {
      if (wanted(instance)) found.push(instance);
    }
  }
  return found;
}

/** Whether the log of a task has records as lines: those of Airflow have. */
export function hasRecords(
  { definition }: Pick<RunDetail, 'definition'>,
  taskId: string,
): boolean {
  return definition.tasks.some(({ id, airflow }) => id === taskId && airflow);
}

async function* mappedInstances(
  client: MaestroClient,
  runId: string,
  { taskId }: TaskInstance,
): AsyncGenerator<TaskInstance> {
  let after: number | undefined = -1;
  while (after !== undefined) {
    const page: Awaited<ReturnType<MaestroClient['listMapped']>> =
      await client.listMapped(runId, taskId, { after, limit: PAGE });
    yield* page.items;
    after = page.next;
  }
}

/** `12/40: 11 success, 1 failed, 28 scheduled` of a mapped task. */
export function progressText({ mapped }: TaskInstance): string {
  if (!mapped) return '';
  const total = Object.values(mapped).reduce((sum, n) => sum + n, 0);
  const over = ['success', 'failed', 'skipped', 'upstream_failed'].reduce(
    (sum, state) => sum + (mapped[state] ?? 0),
    0,
  );
  const parts = Object.entries(mapped).map(([state, n]) => `${n} ${state}`);
  return `${over}/${total}: ${parts.join(', ')}`;
}

/** Value of `--index`: `3`, or `0-3,7`. */
export function indices(text: string): number[] {
  const parsed = parseIndices(text);
  if (!parsed) {
    throw new InvalidArgumentError(
      'It should be a map index such as 3, or several such as 0-3,7.',
    );
  }
  return parsed;
}
