import {
  isWaitingKind,
  nextWaitAt,
  type PipelineDefinition,
  WAITS_FOR,
} from '@maestro/plugin-maestro-common';
import { isStoreError } from '../../database/isStoreError';
import { deleteOutputs } from '../../database/operations/outputs/deleteOutputs';
import { setTimer } from '../../database/operations/timers/timers';
import {
  insertWait,
  type NewWait,
  waitRef,
} from '../../database/operations/waits/waits';
import { DefinitionNeedsError } from '../../pipelines/storedDefinition';
import { followFailure } from '../followFailure';
import type { RunDraft } from '../RunDraft';
import { dropWaits, waitKey } from './dropWaits';
import { endWait } from './endWait';
import { prepareWait } from './prepareWait';

/** Numbers of the tasks that wait; a definition never changes. */
const waiting = new WeakMap<PipelineDefinition, readonly number[]>();

function waitingTasks(definition: PipelineDefinition): readonly number[] {
  let found = waiting.get(definition);
  if (!found) {
    found = definition.tasks.flatMap((task, no) =>
      isWaitingKind(task.kind) ? [no] : [],
    );
    waiting.set(definition, found);
  }
  return found;
}

/**
 * Tasks that wait for something outside begin to, in the transaction in which
 * they are ready: they take no slot, so there is nothing to claim.
 */
export async function beginWaits(draft: RunDraft): Promise<void> {
  for (const no of waitingTasks(draft.definition)) {
    if (draft.states[no] === 'scheduled') await beginWait(draft, no);
  }
}

async function beginWait(draft: RunDraft, no: number): Promise<void> {
  const { ctx, tx, now } = draft;
  const before = draft.instance(no);
  // What it waited for before goes first: there is one wait of a task.
  await dropWaits(draft);
  if (before.try_number > 0) {
    await deleteOutputs(ctx.db, tx, {
      runId: draft.id,
      taskIds: [draft.task(no).id],
      mapIndices: [before.map_index],
    });
  }
  const columns = {
    try_number: before.try_number + 1,
    queued_at: null,
    started_at: now,
    ended_at: null,
    next_try_at: null,
  };
  const waitId = ctx.newId();
  let wait: NewWait;
  try {
    wait = await prepareWait(draft, no, waitId);
  } catch (error) {
    if (isStoreError(error)) throw error;
    // A newer scheduler has to begin it: it knows what the other pipeline uses.
    if (error instanceof DefinitionNeedsError) throw error;
    draft.setTask(no, 'deferred', { ...columns, reason: null });
    await followFailure(draft, no, {
      failure: 'config',
      message: (error as Error).message,
    });
    return;
  }
  draft.setTask(no, 'deferred', {
    ...columns,
    reason: `${WAITS_FOR}${wait.what}`,
  });
  const key = waitKey(draft, no);
  await insertWait(ctx.db, tx, key, wait, now);
  if (draft.task(no).pipeline?.wait === false) {
    await endWait(draft, no, waitId, {
      outputs: wait.trigger,
      reason: `started ${wait.what}`,
    });
    return;
  }
  const dueAt = nextWaitAt(wait.nextLookAt, wait.timeoutAt);
  if (dueAt === undefined) return;
  await setTimer(ctx.db, tx, {
    kind: 'wait',
    ref: waitRef(key),
    dueAt,
    runId: draft.id,
  });
  draft.setsTimers = true;
}
