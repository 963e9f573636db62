import {
  type PipelineDefinition,
  type TaskState,
  heldByPast as heldTasks,
  tasksOfPast,
} from '@maestro/plugin-maestro-common';
import { num } from '../database/conversion';
import {
  previousRun,
  runsBehind,
} from '../database/operations/runs/neighbourRuns';
import { ensureTimer, setTimer } from '../database/operations/timers/timers';
import type { RunDraft } from './RunDraft';

/**
 * How often a run that waits for the one before it looks by itself. It is woken
 * when a task of that one ends; this is for when nobody could wake it: the run
 * before has another version, was deleted, or ended while this one was made.
 */
const LOOK_AGAIN_MS = 30_000;

/** What was read in the transaction of a draft. */
const read = new WeakMap<RunDraft, ReadonlySet<number>>();

/**
 * The tasks that the run before this one holds back; undefined where no task
 * of the pipeline looks at the run before. That run is not locked: what it does
 * meanwhile wakes this one in a transaction of its own.
 */
export async function heldByPast(
  draft: RunDraft,
): Promise<ReadonlySet<number> | undefined> {
  const { ctx, tx, run, definition } = draft;
  if (!definition.tasks.some(task => task.dependsOnPast)) return undefined;
  // Of 10,000 instances of the run before nobody reads any once all have begun.
  const isOpen = definition.tasks.some(
    task => task.dependsOnPast && draft.states[task.no] === 'none',
  );
  if (!isOpen) return new Set<number>();
  const known = read.get(draft);
  if (known) return known;
  const before = await previousRun(ctx.db, tx, run);
  const held = before
    ? heldTasks(definition, await statesById(draft, before))
    : new Set<number>();
  read.set(draft, held);
  return held;
}

/** Tasks that have not been anything yet and that the past lets go. */
export async function freeOfPast(draft: RunDraft): Promise<number[]> {
  const held = await heldByPast(draft);
  if (!held) return [];
  return draft.definition.tasks
    .filter(
      ({ no, dependsOnPast }) =>
        dependsOnPast && draft.states[no] === 'none' && !held.has(no),
    )
    .map(task => task.no);
}

/** Sees to it that a run that waits for the one before looks again. */
export async function followPast(draft: RunDraft): Promise<void> {
  const held = await heldByPast(draft);
  if (!held) return;
  const waits = [...held].some(no => draft.states[no] === 'none');
  if (!waits) return;
  await ensureTimer(draft.ctx.db, draft.tx, {
    kind: 'past',
    ref: String(draft.id),
    dueAt: draft.now + LOOK_AGAIN_MS,
    runId: draft.id,
  });
}

/**
 * Wakes the runs that may wait for what ended in this one, also by hand, soon
 * after this transaction.
 */
export async function wakeRunsBehind(draft: RunDraft): Promise<void> {
  const { ctx, tx, run } = draft;
  const ended = draft.takeEnded();
  if (!ended.some(no => tasksOfPast(draft.definition).has(no))) return;
  for (const id of await runsBehind(ctx.db, tx, run)) {
    await setTimer(ctx.db, tx, {
      kind: 'past',
      ref: String(id),
      dueAt: draft.now,
      runId: id,
    });
    draft.setsTimers = true;
  }
}

async function statesById(
  draft: RunDraft,
  before: { id: number | string; version_id: number | string },
): Promise<Map<string, TaskState[]>> {
  const { ctx, tx } = draft;
  const theirs: PipelineDefinition = await ctx.versions.definition(
    tx,
    num(before.version_id),
  );
  const wanted = new Set(
    [...tasksOfPast(draft.definition)].map(no => draft.task(no).id),
  );
  const nos = theirs.tasks
    .filter(task => wanted.has(task.id))
    .map(task => task.no);
  const rows = await ctx.db
    .table(tx, 'task_instances')
    .where({ run_id: before.id })
    .whereIn('task_no', nos)
    .select('task_no', 'state');
  const states = new Map<string, TaskState[]>();
  for (const row of rows) {
    const { id } = theirs.tasks[row.task_no];
    const known = states.get(id);
    if (known) known.push(row.state);
    else states.set(id, [row.state]);
  }
  return states;
}
