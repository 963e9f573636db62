import { isFinalTaskState } from '@maestro/plugin-maestro-common';
import { num } from '../../database/conversion';
import { readDefinition } from '../../pipelines/storedDefinition';
import type { SimulatedStore } from '../stores';

/**
 * The first run, by its place among all, that does nothing any more and has a
 * task which depends on the run before.
 */
export async function firstHeldByPast(
  store: SimulatedStore,
): Promise<number | undefined> {
  const runs = [...(await store.rows('runs'))].sort(
    (a, b) => num(a.id) - num(b.id),
  );
  const versions = await store.rows('pipeline_versions');
  const tasks = await store.rows('task_instances');
  const found = runs.findIndex(run => {
    if (run.state !== 'running') return false;
    const version = versions.find(row => num(row.id) === num(run.version_id))!;
    const definition = readDefinition(version.definition);
    const own = tasks.filter(task => num(task.run_id) === num(run.id));
    return (
      own.every(({ state }) => state === 'none' || isFinalTaskState(state)) &&
      own.some(
        ({ state, task_no: no }) =>
          state === 'none' && definition.tasks[no].dependsOnPast,
      )
    );
  });
  return found < 0 ? undefined : found;
}
