import {
  type AttemptDeferral,
  nameActors,
} from '@maestro/plugin-maestro-common';

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

/** What a deferral waits, or waited, for: the class of its trigger. */
export function awaitedWords({ trigger }: AttemptDeferral): string {
  return trigger === undefined
    ? 'an answer of people'
    : trigger.slice(trigger.lastIndexOf('.') + 1);
}

/**
 * What came with the event of a trigger, as people read it: instants as such,
 * not as the task SDK serializes them.
 */
export function firedWords(detail: string): string {
  try {
    return JSON.stringify(plainValue(JSON.parse(detail)));
  } catch {
    // Only its beginning is kept, or it is no JSON.
    return detail;
  }
}

function plainValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value !== 'object' || value === null) return value;
  const { __classname__: type, __data__: data } = value as {
    __classname__?: unknown;
    __data__?: unknown;
  };
  if (typeof type !== 'string') {
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, plainValue(each)]),
    );
  }
  const seconds = (data as { timestamp?: unknown } | null)?.timestamp;
  return typeof seconds === 'number'
    ? new Date(seconds * 1000).toISOString()
    : plainValue(data);
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
