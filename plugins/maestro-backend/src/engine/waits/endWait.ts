import {
  WAITED_FOR,
  WAITS_FOR,
  type TaskState,
} from '@maestro/plugin-maestro-common';
import { shownOutput } from '../maskValue';
import type { RunDraft } from '../RunDraft';
import { waitKey } from './dropWaits';

/** Stores outputs of a task that waits; nothing of it ran as an attempt. */
export async function storeWaitOutputs(
  draft: RunDraft,
  no: number,
  waitId: string,
  outputs: Record<string, unknown>,
  secrets: readonly string[] = [],
): Promise<void> {
  const { mapIndex } = waitKey(draft, no);
  const rows = Object.entries(outputs).map(([key, value]) => {
    const text = JSON.stringify(value ?? null);
    return {
      run_id: draft.id,
      task_id: draft.task(no).id,
      map_index: mapIndex,
      key,
      attempt_id: waitId,
      value: text,
      blob: null,
      shown: shownOutput(text, secrets),
      size: Buffer.byteLength(text),
      created_at: draft.now,
    };
  });
  if (rows.length === 0) return;
  await draft.ctx.db
    .table(draft.tx, 'outputs')
    .insert(rows)
    .onConflict(['run_id', 'task_id', 'map_index', 'key'])
    .merge();
}

/** What was waited for came: the task is over, with outputs as any other. */
export async function endWait(
  draft: RunDraft,
  no: number,
  waitId: string,
  end: {
    outputs: Record<string, unknown>;
    secrets?: readonly string[];
    state?: Extract<TaskState, 'success' | 'skipped'>;
    reason?: string;
  },
): Promise<void> {
  await storeWaitOutputs(draft, no, waitId, end.outputs, end.secrets);
  // With the address that was filled in: the wait itself is dropped.
  const { reason } = draft.instance(no);
  const waited = reason?.startsWith(WAITS_FOR)
    ? `${WAITED_FOR}${reason.slice(WAITS_FOR.length)}`
    : undefined;
  draft.setTask(no, end.state ?? 'success', {
    reason: end.reason ?? waited ?? null,
    infra_retries: 0,
  });
}
