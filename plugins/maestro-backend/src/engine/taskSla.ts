import {
  isFinalTaskState,
  type PipelineDefinition,
  taskSlaDeadline,
} from '@maestro/plugin-maestro-common';
import { num, optionalNum } from '../database/conversion';
import {
  clearTimerFrom,
  clearTimers,
  type NewTimer,
  setTimers,
} from '../database/operations/timers/timers';
import type { RunDraft } from './RunDraft';

/** Numbers of the tasks with a deadline; a definition never changes. */
const withDeadline = new WeakMap<PipelineDefinition, readonly number[]>();

function tasksWithDeadline(definition: PipelineDefinition): readonly number[] {
  let found = withDeadline.get(definition);
  if (!found) {
    found = definition.tasks.flatMap((task, no) =>
      task.slaMs === undefined ? [] : [no],
    );
    withDeadline.set(definition, found);
  }
  return found;
}

/** `ref` of the timer of a task's deadline. */
export function taskSlaRef(draft: RunDraft, slot: number): string {
  const { task_no: no, map_index: index } = draft.instance(slot);
  return `${draft.id}/${no}/${index}`;
}

/** Of a mapped task each instance has a deadline of its own. */
function slotsWithDeadline(draft: RunDraft, no: number): readonly number[] {
  return draft.task(no).map ? draft.children.get(no) ?? [] : [no];
}

/**
 * Keeps the deadlines of tasks in step with their states: the clock starts
 * when a task is ready for the first time, not again for its retries; success
 * before the deadline has met it; a task that is skipped has none. A failed
 * one misses it when the deadline comes, as a failed run does. Back-fills have
 * no deadlines.
 */
export async function followTaskSlas(draft: RunDraft): Promise<void> {
  if (draft.run.trigger === 'backfill') return;
  const { db } = draft.ctx;
  const started: NewTimer[] = [];
  const dropped: string[] = [];
  for (const no of tasksWithDeadline(draft.definition)) {
    for (const slot of slotsWithDeadline(draft, no)) {
      const instance = draft.instance(slot);
      if (instance.sla_state === 'none') started.push(...start(draft, slot));
      else if (instance.sla_state === 'pending') {
        dropped.push(...(await decide(draft, slot)));
      }
    }
  }
  // At once: the instances of a map become ready together, and are claimed here;
  // and those of a run that is cancelled are skipped together.
  await setTimers(db, draft.tx, started);
  await clearTimers(db, draft.tx, 'task_sla', dropped);
}

/** The timer to set, if its clock starts now. */
function start(draft: RunDraft, slot: number): NewTimer[] {
  const instance = draft.instance(slot);
  // What waits for something outside is deferred in the transaction in which
  // it is ready.
  if (instance.state !== 'scheduled' && instance.state !== 'deferred')
    return [];
  const dueAt = taskSlaDeadline(
    draft.task(slot).slaMs,
    optionalNum(instance.ready_at),
  );
  if (dueAt === undefined) return [];
  draft.setsTimers = true;
  draft.setTask(slot, instance.state, {
    reason: instance.reason,
    sla_state: 'pending',
  });
  const ref = taskSlaRef(draft, slot);
  return [{ kind: 'task_sla', ref, dueAt, runId: draft.id }];
}

/** What became of a deadline; the timer to clear where there is none any more. */
async function decide(draft: RunDraft, slot: number): Promise<string[]> {
  const { state, ended_at: endedAt, reason } = draft.instance(slot);
  const judged = (verdict: 'met' | 'none') =>
    draft.setTask(slot, state, {
      reason,
      ended_at: endedAt,
      sla_state: verdict,
    });
  const ref = taskSlaRef(draft, slot);
  if (state === 'success') {
    // One that is due before is late, and its timer is about to say so.
    const isMet = await clearTimerFrom(
      draft.ctx.db,
      draft.tx,
      { kind: 'task_sla', ref },
      num(endedAt ?? draft.now),
    );
    if (isMet) judged('met');
    return [];
  }
  // An instance that is removed may come again with the retry of its group, and
  // its clock goes on; one that does not has no deadline when that comes.
  if (state !== 'skipped') return [];
  judged('none');
  return [ref];
}

/** Whether the list of its map is made anew; it may be in that one, too. */
function comesAgain(draft: RunDraft, slot: number): boolean {
  const { task_no: no } = draft.instance(slot);
  return !draft.isDerived(no) && !isFinalTaskState(draft.states[no]);
}

/**
 * The deadline of a task came. What is written stays, whatever comes later. A
 * run that waits in its queue, or was cancelled there, is not settled: so what
 * became of the task is looked at here too.
 */
export function missTaskSla(
  draft: RunDraft,
  slot: number,
  dueAt: number,
): void {
  const instance = draft.instance(slot);
  if (instance?.sla_state !== 'pending') return;
  const { state, reason, ended_at: endedAt } = instance;
  const judged = (verdict: 'met' | 'none' | 'missed') =>
    draft.setTask(slot, state, {
      reason,
      ended_at: endedAt,
      sla_state: verdict,
    });
  if (
    state === 'skipped' ||
    (state === 'removed' && !comesAgain(draft, slot))
  ) {
    judged('none');
    return;
  }
  if (state === 'success' && num(endedAt ?? draft.now) <= dueAt) {
    judged('met');
    return;
  }
  judged('missed');
  draft.addEvent({
    type: 'task_sla_missed',
    body: { task: draft.name(slot), deadline: dueAt, state },
  });
}
