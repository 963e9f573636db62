import type { AttemptDeferral } from '@maestro/plugin-maestro-common';
import { json } from '../../database/conversion';
import type { AttemptRow } from '../../database/tables';
import { RESCHEDULED } from '../declaredOutcome';
import type { RunDraft } from '../RunDraft';
import { maskValue } from '../maskValue';

/** Most of what is kept of how a deferral ended, in characters. */
const MAX_DETAIL = 1_000;

/** What became of a deferral; `detail` as it may be shown. */
export interface DeferralEnd {
  end: NonNullable<AttemptDeferral['end']>;
  detail?: string;
}

/*
 * What an attempt waited for after its end, and what came of it, stands on that
 * attempt (`follow_up.deferral`), for people: the wait itself goes when it is
 * over. Arguments are not in it, and the event only masked and cut.
 */

/** `follow_up` of an attempt that has ended to wait. */
export function followUpOfDeferral(deferral: AttemptDeferral): string {
  return JSON.stringify({ action: RESCHEDULED, deferral });
}

/** What an attempt that has ended waits, or waited, for. */
export function deferralOf({
  state,
  follow_up: text,
}: Pick<AttemptRow, 'state' | 'follow_up'>): AttemptDeferral | undefined {
  if (state !== 'ended' || text === null) return undefined;
  return json<{ deferral?: AttemptDeferral }>(text).deferral;
}

/**
 * The columns that say how a deferral ended: once, what comes later changes
 * nothing.
 *
 * @param followUp - instead of that the try goes on
 */
export function deferralEnded(
  draft: RunDraft,
  attempt: AttemptRow,
  { end, detail }: DeferralEnd,
  followUp?: object,
): Pick<AttemptRow, 'follow_up'> {
  const deferral = deferralOf(attempt);
  // It began to wait before this was kept.
  if (!deferral) {
    return {
      follow_up: followUp ? JSON.stringify(followUp) : attempt.follow_up,
    };
  }
  const ended =
    deferral.end === undefined
      ? { ...deferral, end, endedAt: draft.now, detail: cut(detail) }
      : deferral;
  return {
    follow_up: JSON.stringify({
      ...(followUp ?? json<object>(attempt.follow_up!)),
      deferral: ended,
    }),
  };
}

/** An event of a trigger for people: JSON, with secrets hidden. */
export function shownEvent(
  payload: unknown,
  secrets: readonly string[],
): string {
  return JSON.stringify(maskValue(payload ?? null, secrets));
}

function cut(text: string | undefined): string | undefined {
  return text === undefined || text.length <= MAX_DETAIL
    ? text
    : `${text.slice(0, MAX_DETAIL - 1)}…`;
}
