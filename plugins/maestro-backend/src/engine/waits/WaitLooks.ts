import {
  nextWaitAt,
  type TaskDefinition,
} from '@maestro/plugin-maestro-common';
import { optionalNum } from '../../database/conversion';
import { setTimer } from '../../database/operations/timers/timers';
import {
  findWait,
  updateWait,
  waitRef,
} from '../../database/operations/waits/waits';
import type { RunChanges } from '../RunChanges';
import { maskText } from '../maskText';
import { followFailure } from '../followFailure';
import type { RunDraft } from '../RunDraft';
import type { EngineContext } from '../types';
import { endWait } from './endWait';
import { judgeCall, judgeCondition, judgeObject } from './judgeAnswer';
import {
  LONGEST_LOOK_MS,
  type LookResult,
  type PendingLook,
} from './PendingLook';

/** Looks under way at once, of one process. */
const PARALLEL = 16;
/** Characters of an answer that are kept. */
const MAX_ANSWER = 500;

/**
 * Looks at the world outside, never inside a transaction, so many at a time.
 * What is found is an observation, applied under the run lock and only to the
 * wait it was made for. What is lost with this process is looked at again by
 * the timer of the wait, which is set until then.
 */
export class WaitLooks {
  /** By wait: one that is on its way is not asked a second time. */
  private readonly waiting = new Map<string, PendingLook>();
  private readonly busy = new Map<string, Promise<void>>();
  private readonly abort = new AbortController();

  constructor(
    private readonly ctx: EngineContext,
    private readonly runs: RunChanges,
  ) {}

  start(look: PendingLook): void {
    if (this.abort.signal.aborted || this.busy.has(look.waitId)) return;
    this.waiting.set(look.waitId, look);
    this.drain();
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.busy.size > 0) await Promise.all(this.busy.values());
  }

  /** Ends what is under way; nothing it finds is applied. */
  async stop(): Promise<void> {
    this.abort.abort();
    this.waiting.clear();
    await this.idle();
  }

  /** Begins what there is room for; what came to its turn too late is left to its timer. */
  private drain(): void {
    for (const [waitId, look] of this.waiting) {
      if (this.busy.size >= PARALLEL) return;
      this.waiting.delete(waitId);
      if (this.ctx.clock.elapsed() > look.beginBefore) continue;
      const work = this.perform(look).finally(() => {
        this.busy.delete(waitId);
        this.drain();
      });
      this.busy.set(waitId, work);
    }
  }

  private async perform(look: PendingLook): Promise<void> {
    try {
      const judge = await this.ask(look);
      if (this.abort.signal.aborted) return;
      await this.runs.change(look.runId, draft =>
        applyLook(draft, look, judge),
      );
    } catch (error) {
      // The run may be gone; whatever it is, the timer of the wait is set.
      if ((error as Error).name === 'NotFoundError') return;
      this.ctx.logger.warn(
        `What a look for task ${look.taskNo} of run ${look.runId} found is looked at again: ${error}`,
      );
    }
  }

  /** What was found, to be judged by the definition of the task. */
  private async ask({
    ask,
    context,
    secrets,
  }: PendingLook): Promise<(task: TaskDefinition) => LookResult> {
    const { outside } = this.ctx;
    const { signal } = this.abort;
    try {
      if (ask.kind === 'object') {
        const found = await this.bounded(outside.object(ask.path));
        return () => judgeObject(found);
      }
      if (ask.kind === 's3') {
        const found = await this.bounded(outside.s3Object(ask.object, signal));
        return () => judgeObject(found);
      }
      const response = await this.bounded(outside.request(ask.request, signal));
      return task =>
        ask.kind === 'call'
          ? judgeCall(task, context, response, secrets)
          : judgeCondition(task, context, response);
    } catch (error) {
      const { name, message } = error as Error;
      // What must not be asked is not asked again.
      if (name === 'InputError') {
        return () => ({ is: 'failed', failure: 'config', message });
      }
      return ask.kind === 'call'
        ? () => ({ is: 'failed', failure: 'http', message })
        : () => ({ is: 'not_yet', answer: message });
    }
  }

  /** Nothing keeps a look for ever, and nobody waits when this process ends. */
  private bounded<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.abort;
    let free = () => {};
    const given = new Promise<never>((_, reject) => {
      const give = (why: string) => reject(new Error(why));
      const abort = () => give('this process ends');
      const cancel = this.ctx.clock.after(LONGEST_LOOK_MS, () =>
        give(`nothing was found out within ${LONGEST_LOOK_MS / 1000} s`),
      );
      signal.addEventListener('abort', abort, { once: true });
      free = () => {
        cancel();
        signal.removeEventListener('abort', abort);
      };
    });
    return Promise.race([work, given]).finally(free);
  }
}

/** Applies what a look found, if that wait is still there. */
export async function applyLook(
  draft: RunDraft,
  look: PendingLook,
  judge: (task: TaskDefinition) => LookResult,
): Promise<void> {
  const { db } = draft.ctx;
  const no = draft.findSlot(look.taskNo, look.mapIndex);
  const wait = await findWait(db, draft.tx, look);
  if (no === undefined || wait?.wait_id !== look.waitId) return;
  if (draft.states[no] !== 'deferred') return;
  const task = draft.task(no);
  const result = judge(task);
  const shown = (text: string) => {
    const masked = maskText(text, look.secrets);
    return masked.length > MAX_ANSWER
      ? `${masked.slice(0, MAX_ANSWER)}…`
      : masked;
  };
  switch (result.is) {
    case 'there':
      await endWait(draft, no, look.waitId, {
        outputs: result.outputs,
        secrets: look.secrets,
      });
      return;
    case 'failed':
      await followFailure(draft, no, {
        failure: result.failure,
        message: shown(result.message),
      });
      return;
    default: {
      const nextLookAt = draft.now + (task.wait?.everyMs ?? 30_000);
      await updateWait(db, draft.tx, look.waitId, {
        looks: wait.looks + 1,
        looked_at: draft.now,
        answer: shown(result.answer),
        next_look_at: nextLookAt,
      });
      await setTimer(db, draft.tx, {
        kind: 'wait',
        ref: waitRef(look),
        dueAt: nextWaitAt(nextLookAt, optionalNum(wait.trigger_timeout_at))!,
        runId: look.runId,
      });
      draft.setsTimers = true;
    }
  }
}
