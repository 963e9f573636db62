import { num } from '../../database/conversion';
import type { OutputRow, TaskInstanceRow } from '../../database/tables';
import type { CacheHit } from '../../engine/stepCache';
import type { Violate } from './checkInvariants';
import type { Facts } from './Facts';

const RULE =
  'what is reused is the result of an attempt that succeeded under the same key';

/** Every task that was given a result of an earlier run. */
export function checkStepCache(facts: Facts, violate: Violate): void {
  const attempts = new Map(
    facts.attempts.map(attempt => [attempt.attempt_id, attempt]),
  );
  const runs = new Map(facts.runs.map(run => [num(run.id), run]));
  for (const task of facts.tasks) {
    if (task.cache_hit === null) continue;
    const hit: CacheHit = JSON.parse(task.cache_hit);
    const run = runs.get(num(task.run_id))!;
    const definition = facts.definitionOf(num(run.version_id));
    const where = `${run.run_key} ${definition.tasks[task.task_no].id}`;
    const source = attempts.get(hit.attemptId);
    if (!source) {
      violate(RULE, `${where}: nobody knows attempt ${hit.attemptId}`);
      continue;
    }
    if (
      source.result !== 'success' ||
      source.cache_key !== hit.key ||
      num(source.pipeline_id) !== num(run.pipeline_id)
    ) {
      violate(
        RULE,
        `${where}: attempt ${hit.attemptId} ended as ${source.result} under ${source.cache_key}, asked for ${hit.key}`,
      );
    }
    if (task.attempt_seq > 0) {
      violate('a task that reuses a result has no attempt', where);
    }
    if (run.no_cache === true || num(run.no_cache as number) === 1) {
      violate('a run without cache reuses nothing', where);
    }
    const copied = outputsOf(facts, task);
    const foreign = copied.find(row => row.attempt_id !== hit.attemptId);
    if (foreign) violate(RULE, `${where}: output ${foreign.key} is another's`);
    // Unless they were cleared meanwhile.
    const original = outputsOf(facts, source).filter(
      row => row.attempt_id === hit.attemptId,
    );
    if (original.length > 0 && valuesOf(original) !== valuesOf(copied)) {
      violate(
        RULE,
        `${where}: ${valuesOf(copied)} was copied of ${valuesOf(original)}`,
      );
    }
  }

  function outputsOf(
    { outputs, definitionOf }: Facts,
    of: Pick<TaskInstanceRow, 'run_id' | 'task_no' | 'map_index'>,
  ): OutputRow[] {
    const run = runs.get(num(of.run_id))!;
    const { id } = definitionOf(num(run.version_id)).tasks[of.task_no];
    return outputs.filter(
      row =>
        num(row.run_id) === num(of.run_id) &&
        row.task_id === id &&
        row.map_index === of.map_index,
    );
  }
}

function valuesOf(rows: readonly OutputRow[]): string {
  return rows
    .map(({ key, value }) => `${key}=${value}`)
    .sort()
    .join(', ');
}
