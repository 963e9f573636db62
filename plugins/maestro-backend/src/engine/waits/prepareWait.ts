import { InputError } from '@backstage/errors';
import {
  type ExpressionReferences,
  plannedWait,
  renderTemplate,
  type TaskDefinition,
  templateReferences,
} from '@maestro/plugin-maestro-common';
import { optionalNum } from '../../database/conversion';
import type { NewWait } from '../../database/operations/waits/waits';
import { assertAllowed } from '../assertAllowed';
import { expressionContext } from '../expressionContext';
import { maskErrors } from '../maskErrors';
import { maskText } from '../maskText';
import type { RunDraft } from '../RunDraft';
import { beginAssetWait } from './awaitedAssets';
import { beginSubRun } from './subRuns';

/**
 * What a task waits for, as far as that is decided when it begins: times, the
 * other run, the question. Addresses are filled in with each look, so that a
 * password that was replaced meanwhile is the new one.
 *
 * @throws InputError, or an ExpressionError, when it cannot begin to wait, or
 * the policy does not let it
 */
export async function prepareWait(
  draft: RunDraft,
  no: number,
  waitId: string,
): Promise<NewWait> {
  const task = draft.task(no);
  const { now } = draft;
  assertAllowed(draft, task);
  const timeoutAt =
    task.timeoutMs === undefined ? undefined : now + task.timeoutMs;
  if (task.pipeline) {
    return { ...(await beginSubRun(draft, no, waitId)), timeoutAt };
  }
  if (task.approve) return askPeople(draft, task, waitId);
  const { wait } = task;
  if (wait?.forMs !== undefined) {
    return untilTime(waitId, now + wait.forMs, timeoutAt);
  }
  if (wait?.until !== undefined) {
    const { text, shown } = await fillIn(draft, wait.until);
    return untilTime(waitId, instantOf(text, shown), timeoutAt);
  }
  if (wait?.run) return otherRun(draft, task, waitId, timeoutAt);
  if (wait?.asset) return beginAssetWait(draft, task, waitId, timeoutAt);
  return {
    waitId,
    kind: lookKind(task),
    what: await shownWait(draft, task),
    trigger: {},
    nextLookAt: now,
    timeoutAt,
  };
}

function lookKind({ http, wait }: TaskDefinition): NewWait['kind'] {
  if (http) return 'call';
  return wait?.http ? 'http' : 'object';
}

function untilTime(
  waitId: string,
  until: number,
  timeoutAt: number | undefined,
): NewWait {
  return {
    waitId,
    kind: 'time',
    what: `the time ${new Date(until).toISOString()}`,
    trigger: { until },
    nextLookAt: until,
    timeoutAt,
  };
}

function instantOf(text: string, shown: string): number {
  // A number stands for milliseconds, as in the API.
  const at = /^\d{10,16}$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isNaN(at) || Math.abs(at) > 8.64e15) {
    throw new InputError(
      `"until" gives ${JSON.stringify(
        shown.slice(0, 60),
      )}, expected an instant such as 2026-12-01T04:00:00Z`,
    );
  }
  return at;
}

async function askPeople(
  draft: RunDraft,
  task: TaskDefinition,
  waitId: string,
): Promise<NewWait> {
  const { message, timeoutMs } = task.approve!;
  const { shown } = await fillIn(draft, message);
  const limits = [timeoutMs, task.timeoutMs].filter(ms => ms !== undefined);
  return {
    waitId,
    kind: 'approval',
    what: `a decision: ${shown}`,
    trigger: { message: shown },
    timeoutAt:
      limits.length === 0 ? undefined : draft.now + Math.min(...limits),
  };
}

function otherRun(
  draft: RunDraft,
  task: TaskDefinition,
  waitId: string,
  timeoutAt: number | undefined,
): NewWait {
  const { pipeline, state, withinMs } = task.wait!.run!;
  const logicalDate = optionalNum(draft.run.logical_date);
  if (withinMs === undefined && logicalDate === undefined) {
    throw new InputError(
      `This run has no logical date, so no run of "${pipeline}" has the same; give wait.run.within`,
    );
  }
  return {
    waitId,
    kind: 'run',
    what:
      withinMs === undefined
        ? `${plannedWait(task)} (${new Date(logicalDate!).toISOString()})`
        : plannedWait(task),
    trigger: {
      pipeline,
      state,
      ...(withinMs === undefined
        ? { logicalDate }
        : { endedSince: draft.now - withinMs }),
    },
    nextLookAt: draft.now,
    timeoutAt,
    awaitedPipeline: pipeline,
  };
}

/** What a task looks at outside, with its address filled in. */
async function shownWait(
  draft: RunDraft,
  task: TaskDefinition,
): Promise<string> {
  const request = task.http ?? task.wait?.http;
  const { object, s3 } = task.wait ?? {};
  const place = request?.url ?? (object ?? s3)!.path;
  const { shown } = await fillIn(draft, place);
  const filled: TaskDefinition = task.http
    ? { ...task, http: { ...task.http, url: shown } }
    : {
        ...task,
        wait: {
          ...task.wait,
          ...(object && { object: { path: shown } }),
          ...(s3 && { s3: { ...s3, path: shown } }),
          ...(request && { http: { ...task.wait!.http!, url: shown } }),
        },
      };
  return plannedWait(filled);
}

async function fillIn(
  draft: RunDraft,
  template: string,
): Promise<{ text: string; shown: string }> {
  const named: ExpressionReferences[] = template.includes('${{')
    ? [templateReferences(template)]
    : [];
  if (named.length === 0) return { text: template, shown: template };
  const { context, hidden } = await expressionContext(draft, named);
  const text = maskErrors(hidden, () => renderTemplate(template, context));
  return { text, shown: maskText(text, hidden) };
}
