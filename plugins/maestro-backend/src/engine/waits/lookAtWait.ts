import { nextWaitAt } from '@maestro/plugin-maestro-common';
import { optionalNum } from '../../database/conversion';
import { isStoreError } from '../../database/isStoreError';
import { setTimer } from '../../database/operations/timers/timers';
import {
  findWait,
  parseWaitRef,
  updateWait,
} from '../../database/operations/waits/waits';
import type { WaitRow } from '../../database/tables';
import { followFailure } from '../followFailure';
import type { RunDraft } from '../RunDraft';
import { failToWait } from '../triggers/resume';
import { timeOutQuestion } from '../triggers/taskQuestion';
import { lookAtAsset } from './awaitedAssets';
import { endWait } from './endWait';
import { lookAtOtherRun } from './otherRuns';
import { LOOK_LEASE_MS } from './PendingLook';
import { prepareLook } from './prepareLook';
import { lookAtSubRun } from './subRuns';

/** Kinds that a look finds out at once, in its own transaction. */
const OF_THE_DATABASE: ReadonlySet<WaitRow['kind']> = new Set(['asset', 'run']);

/**
 * The timer of a wait is due: its time is over, or it is looked whether what
 * is waited for is there. What is outside the database is looked at after the
 * commit, and what that finds is an observation of its own.
 */
export async function lookAtWait(draft: RunDraft, ref: string): Promise<void> {
  const key = parseWaitRef(ref);
  const no = draft.findSlot(key.taskNo, key.mapIndex);
  const wait = await findWait(draft.ctx.db, draft.tx, key);
  if (!wait || no === undefined || draft.states[no] !== 'deferred') return;
  const timeoutAt = optionalNum(wait.trigger_timeout_at);
  const isOver = timeoutAt !== undefined && draft.now >= timeoutAt;
  // What stands in the database came in time, if nobody was there to look.
  const nextLookAt =
    isOver && !OF_THE_DATABASE.has(wait.kind)
      ? undefined
      : await look(draft, no, wait);
  if (draft.states[no] !== 'deferred') return;
  if (isOver) {
    const looked = await findWait(draft.ctx.db, draft.tx, key);
    await giveUp(draft, no, looked ?? wait);
    return;
  }
  await updateWait(draft.ctx.db, draft.tx, wait.wait_id!, {
    next_look_at: nextLookAt ?? null,
  });
  const dueAt = nextWaitAt(nextLookAt, timeoutAt);
  if (dueAt === undefined) return;
  await setTimer(draft.ctx.db, draft.tx, {
    kind: 'wait',
    ref,
    dueAt,
    runId: draft.id,
  });
  draft.setsTimers = true;
}

/** @returns when to look again */
async function look(
  draft: RunDraft,
  no: number,
  wait: WaitRow,
): Promise<number | undefined> {
  switch (wait.kind) {
    case 'time': {
      const { until } = JSON.parse(wait.trigger) as { until: number };
      if (draft.now < until) return until;
      await endWait(draft, no, wait.wait_id!, { outputs: {} });
      return undefined;
    }
    case 'approval':
    case 'trigger':
      return undefined;
    case 'pipeline':
      return lookAtSubRun(draft, no, wait);
    case 'run':
      return lookAtOtherRun(draft, no, wait);
    case 'asset':
      return lookAtAsset(draft, no, wait);
    default:
      try {
        draft.looks.push(await prepareLook(draft, no, wait));
      } catch (error) {
        if (isStoreError(error)) throw error;
        await followFailure(draft, no, {
          failure: 'config',
          message: (error as Error).message,
        });
      }
      return draft.now + LOOK_LEASE_MS;
  }
}

async function giveUp(
  draft: RunDraft,
  no: number,
  wait: WaitRow,
): Promise<void> {
  const { approve } = draft.task(no);
  const found =
    wait.answer === null ? '' : `; the last look found: ${wait.answer}`;
  const message = `it waited from ${new Date(
    Number(wait.created_at),
  ).toISOString()} for ${wait.what}, and its time is over${found}`;
  draft.addEvent({
    type: 'wait_timeout',
    body: { task: draft.task(no).id, waitedFor: wait.what },
  });
  if (wait.kind === 'trigger') {
    await failToWait(draft, no, wait);
    return;
  }
  if (wait.kind === 'approval' && wait.attempt_id !== null) {
    await timeOutQuestion(draft, no, wait);
    return;
  }
  if (approve?.onTimeout === 'skip') {
    await endWait(draft, no, wait.wait_id!, {
      state: 'skipped',
      reason: message,
      outputs: {},
    });
    return;
  }
  // A request and a run that hang may be better next time; who waited in vain
  // has had the time that he was given, as Airflow's sensors.
  const isWork = wait.kind === 'call' || wait.kind === 'pipeline';
  await followFailure(draft, no, {
    failure: isWork ? 'timeout' : 'wait_timeout',
    message,
  });
}
