/**
 * Setups and teardowns, as in Airflow: a setup makes what tasks below it work
 * with (a cluster, a scratch schema), its teardown takes that down again, also
 * when a task between them failed.
 *
 * @packageDocumentation
 */
import type {
  PipelineDefinition,
  TaskDefinition,
} from '../pipeline/definition';
import { reachable } from './graph';
import type { TaskState } from '../pipeline/states';
import type { TriggerVerdict } from '../pipeline/triggerRules';

interface Scopes {
  /** By setup: the tasks that work with it. */
  tasksOf: ReadonlyMap<number, ReadonlySet<number>>;
  /** By setup: the tasks that take it down. */
  teardownsOf: ReadonlyMap<number, readonly number[]>;
  /** By task: setups it works with and does not depend on itself. */
  indirect: ReadonlyMap<number, readonly number[]>;
}

const NO_SCOPES: Scopes = {
  tasksOf: new Map(),
  teardownsOf: new Map(),
  indirect: new Map(),
};

// A definition never changes after it was made.
const known = new WeakMap<PipelineDefinition, Scopes>();

function scopesOf(definition: PipelineDefinition): Scopes {
  const cached = known.get(definition);
  if (cached) return cached;
  const setups = definition.tasks.filter(task => task.setup);
  const scopes = setups.length === 0 ? NO_SCOPES : findScopes(definition);
  known.set(definition, scopes);
  return scopes;
}

function findScopes(definition: PipelineDefinition): Scopes {
  const { tasks } = definition;
  const tasksOf = new Map<number, Set<number>>();
  const teardownsOf = new Map<number, number[]>();
  const indirect = new Map<number, number[]>();
  for (const { no: setup } of tasks.filter(task => task.setup)) {
    const teardowns = tasks
      .filter(task => task.teardown?.of.includes(setup))
      .map(task => task.no);
    const below = reachable(definition, [setup], 'downstream');
    // Without a teardown all that is below works with it.
    const before = reachable(definition, teardowns, 'upstream');
    const scope = [...below].filter(
      no => !tasks[no].teardown && (teardowns.length === 0 || before.has(no)),
    );
    tasksOf.set(setup, new Set(scope));
    teardownsOf.set(setup, teardowns);
    for (const no of scope) {
      if (tasks[no].upstream.includes(setup)) continue;
      indirect.set(no, [...(indirect.get(no) ?? []), setup]);
    }
  }
  return { tasksOf, teardownsOf, indirect };
}

/**
 * Tasks that work with a setup, over any distance: those above one of its
 * teardowns, or all below it when nothing takes it down.
 *
 * @public
 */
export function tasksOfSetup(
  definition: PipelineDefinition,
  setup: number,
): ReadonlySet<number> {
  return scopesOf(definition).tasksOf.get(setup) ?? new Set();
}

/**
 * What the setups above a task say about it, whatever its trigger rule says:
 * one that failed or was skipped takes it along, and it waits for one that is
 * not over. A direct setup is not asked here: the trigger rule sees it.
 *
 * @returns `run` when none is in its way
 * @internal
 */
export function indirectSetups(
  definition: PipelineDefinition,
  task: TaskDefinition,
  stateOf: (no: number) => TaskState,
): { verdict: TriggerVerdict; setups: number[] } {
  const states = (scopesOf(definition).indirect.get(task.no) ?? []).map(no => ({
    no,
    state: stateOf(no),
  }));
  const those = (...wanted: TaskState[]) =>
    states.filter(({ state }) => wanted.includes(state)).map(({ no }) => no);
  const failed = those('failed', 'upstream_failed');
  if (failed.length > 0) return { verdict: 'upstream_failed', setups: failed };
  const skipped = those('skipped');
  if (skipped.length > 0) return { verdict: 'skipped', setups: skipped };
  const open = states
    .filter(({ state }) => state !== 'success' && state !== 'removed')
    .map(({ no }) => no);
  return open.length > 0
    ? { verdict: 'wait', setups: open }
    : { verdict: 'run', setups: [] };
}

/**
 * The tasks of a clear with what belongs to them: a task that is run again
 * needs its setups, and what is set up again is taken down again. As in
 * Airflow.
 *
 * @internal
 */
export function withSetups(
  definition: PipelineDefinition,
  nos: Iterable<number>,
): Set<number> {
  const { tasksOf, teardownsOf } = scopesOf(definition);
  const selected = new Set(nos);
  const named = [...selected];
  for (const [setup, scope] of tasksOf) {
    const isUsed = named.some(
      no => scope.has(no) && !definition.tasks[no].setup,
    );
    if (!isUsed && !selected.has(setup)) continue;
    selected.add(setup);
    teardownsOf.get(setup)!.forEach(no => selected.add(no));
  }
  return selected;
}

/**
 * Whether the failure of a task is no failure of its run.
 *
 * @internal
 */
export function isIgnorable(task: TaskDefinition): boolean {
  return task.teardown !== undefined && !task.teardown.failsRun;
}
