import { ConflictError, InputError, NotFoundError } from '@backstage/errors';
import { num } from '../../database/conversion';
import { findWait } from '../../database/operations/waits/waits';
import type { WaitRow } from '../../database/tables';
import { followFailure } from '../followFailure';
import type { RunDraft } from '../RunDraft';
import {
  checkInput,
  refuseStrangers,
  type ApprovalDecision,
  type Decider,
} from './decisionRules';
import { answerQuestion, answeredBy } from '../triggers/taskQuestion';
import { waitKey } from './dropWaits';
import { endWait, storeWaitOutputs } from './endWait';

/** Instances that a message names. */
const MAX_NAMED = 5;

/**
 * Who is answered: a task, or one instance of a mapped one.
 *
 * @throws InputError for a mapped task as a whole
 * @throws NotFoundError without such an instance
 */
export async function askingSlot(
  draft: RunDraft,
  no: number,
  mapIndex: number | undefined,
): Promise<number> {
  const { ctx, tx, run } = draft;
  if (mapIndex !== undefined) {
    const slot = draft.findSlot(no, mapIndex);
    if (slot !== undefined) return slot;
    throw new NotFoundError(
      `Task "${draft.task(no).id}" of run ${
        run.run_id
      } has no instance ${mapIndex}`,
    );
  }
  if (!draft.isDerived(no)) return no;
  const asking = await ctx.db
    .table(tx, 'waits')
    .where({ run_id: draft.id, task_no: no, kind: 'approval' })
    .orderBy('map_index')
    .limit(MAX_NAMED)
    .select('map_index');
  throw new InputError(
    `Task "${
      draft.task(no).id
    }" is mapped: say which of its instances you answer, by its map index${
      asking.length === 0
        ? ', but none of them waits for a decision'
        : ` (these wait for a decision: ${asking
            .map(row => row.map_index)
            .join(', ')}${asking.length === MAX_NAMED ? ', …' : ''})`
    }`,
  );
}

/**
 * Decides what a task waits for, once: whoever comes second is told who was
 * first.
 *
 * @param no - slot of the task, or of the instance that asks
 * @throws ConflictError when nothing waits for a decision, or it is another
 * question than the one that began at `since`
 * @throws InputError for a task that never asks anybody
 * @throws NotAllowedError for somebody who is no approver
 * @throws InputError with `problems` for a wrong input
 */
export async function decideApproval(
  draft: RunDraft,
  no: number,
  { decision, input, since }: ApprovalDecision,
  decider: Decider,
): Promise<void> {
  const { ctx, tx, run } = draft;
  const task = draft.task(no);
  const { approve } = task;
  const wait = await findWait(ctx.db, tx, waitKey(draft, no));
  if (wait?.kind === 'approval') refuseAnother(draft, no, wait, since);
  if (wait?.kind === 'approval' && wait.attempt_id !== null) {
    const answer = { decision, input };
    await answerQuestion(draft, no, wait, answer, decider);
    return;
  }
  // Any task of a DAG may ask, and only its code knows whether it does.
  if (!approve && !task.airflow) {
    throw new InputError(
      `Task "${task.id}" asks nobody; it is of kind "${task.kind}"`,
    );
  }
  const instance = draft.instance(no);
  if (!approve || !wait || instance.state !== 'deferred') {
    const first = approve ? undefined : await answeredBy(draft, no);
    throw new ConflictError(
      `Task "${draft.name(no)}" of run ${run.run_id} waits for no decision: ${
        first === undefined ? '' : `it was answered by ${first}, and `
      }it is ${instance.state}${
        instance.reason ? ` (${instance.reason})` : ''
      }`,
    );
  }
  refuseStrangers(task.id, approve.approvers, decider);
  const values = decision === 'approve' ? checkInput(approve.input, input) : {};
  const { actor } = decider;
  const outputs = {
    approved: decision === 'approve',
    by: actor,
    at: new Date(draft.now).toISOString(),
    input: values,
  };
  draft.addEvent({
    type: 'approval',
    actor,
    body: { task: task.id, decision, input: values },
  });
  if (decision === 'approve') {
    await endWait(draft, no, wait.wait_id!, {
      outputs,
      reason: `approved by ${actor}`,
    });
    return;
  }
  await storeWaitOutputs(draft, no, wait.wait_id!, outputs);
  await followFailure(draft, no, {
    failure: 'rejected',
    message: `rejected by ${actor}`,
  });
}

/** A task that was cleared asks anew, and may ask something else. */
function refuseAnother(
  draft: RunDraft,
  no: number,
  wait: WaitRow,
  since: number | undefined,
): void {
  if (since === undefined || num(wait.created_at) === since) return;
  throw new ConflictError(
    `Task "${draft.name(no)}" of run ${
      draft.run.run_id
    } asks something else now; look again`,
  );
}
