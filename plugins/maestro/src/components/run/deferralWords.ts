import type { AttemptDeferral } from '@maestro/plugin-maestro-common';
import { nameActors } from '@maestro/plugin-maestro-react';

const ENDS: Readonly<Record<NonNullable<AttemptDeferral['end']>, string>> = {
  event: 'its trigger had an event',
  trigger_failed: 'its trigger failed, and so does the task',
  trigger_ended: 'its trigger ended the task',
  timeout: 'its time was over, and the task fails',
  answer: 'answered',
  default: 'nobody answered in time: the default counts',
  left: 'it waits no more',
  unreadable: 'it could not go on',
};

/** What a deferral waits, or waited, for. */
export function awaitedWords({ trigger }: AttemptDeferral): string {
  return trigger === undefined ? 'an answer of people' : trigger;
}

/** What ended it, in words; undefined while it waits. */
export function endWords({ end, detail }: AttemptDeferral): string | undefined {
  switch (end) {
    case undefined:
      return undefined;
    case 'answer':
      return `${ENDS.answer}${detail ? ` by ${nameActors(detail)}` : ''}`;
    case 'event':
      return ENDS.event;
    default:
      return `${ENDS[end] ?? end}${detail ? `: ${nameActors(detail)}` : ''}`;
  }
}
