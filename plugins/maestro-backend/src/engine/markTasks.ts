import {
  isFinalRunState,
  markSelection,
  type MarkSelection,
  type MarkState,
} from '@maestro/plugin-maestro-common';
import { giveUpGroups } from './groupRetries';
import {
  CLEARED,
  FRESH_TASK,
  liveAttempts,
  markReason,
  requestCancel,
} from './outcome';
import { assertMayChange, withoutCancel, withoutUncalled } from './reopenRun';
import type { RunDraft } from './RunDraft';

/** What to mark, and who does it. */
export interface MarkOptions {
  taskIds: string[];
  /** Only these instances of the one mapped task that is named. */
  mapIndices?: number[];
  state: MarkState;
}

/** What marking does in this run, see `markSelection`. */
export function selectMarked(
  draft: RunDraft,
  options: MarkOptions,
): MarkSelection {
  const { definition, states, children } = draft;
  const { marked, reset } = markSelection(
    definition,
    states,
    options,
    children,
  );
  const touched = new Set(withoutUncalled(draft, [...marked, ...reset]));
  return { marked, reset: reset.filter(slot => touched.has(slot)) };
}

/**
 * Gives tasks a state by hand. A live one is ended first and has the state
 * when nothing of it runs any more. What could not run below them is looked at
 * again, and a run that was over goes on.
 */
export async function markTasks(
  draft: RunDraft,
  options: MarkOptions,
  actor: string,
): Promise<MarkSelection> {
  const { run } = draft;
  const selection = selectMarked(draft, options);
  const { marked, reset } = selection;
  assertMayChange(draft, [...marked, ...reset], 'mark its tasks');
  if (marked.length === 0) return selection;
  const reason = markReason(options.state, actor);
  const live = new Map(
    (await liveAttempts(draft)).map(attempt => [
      draft.slotOf(attempt),
      attempt,
    ]),
  );
  for (const no of marked) {
    const attempt = live.get(no);
    if (attempt) {
      await requestCancel(draft, attempt, reason);
      continue;
    }
    draft.setTask(no, options.state, { reason, next_try_at: null });
  }
  for (const no of reset) {
    const attempt = live.get(no);
    // It starts anew when this one is gone.
    if (attempt) {
      await requestCancel(draft, attempt, CLEARED);
      continue;
    }
    draft.setTask(no, 'none', {
      ...FRESH_TASK,
      no_cache: true,
      reason: `looked at again: ${options.taskIds.join(', ')} ${reason}`,
    });
  }
  if (options.state === 'failed') await giveUpGroups(draft, marked);
  draft.addEvent({
    type: 'marked',
    actor,
    body: {
      state: options.state,
      tasks: draft.names(marked),
      reset: reset.length,
    },
  });
  draft.setRun(withoutCancel(draft, [...marked, ...reset]));
  if (isFinalRunState(run.state)) {
    draft.setRun({
      // It may get new ones, which retention has to find.
      logs_removed_at: null,
      artifacts_removed_at: null,
      state: 'queued',
      state_reason: null,
      ended_at: null,
      digest: null,
    });
  }
  return selection;
}
