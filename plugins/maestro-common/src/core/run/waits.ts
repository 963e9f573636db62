/**
 * What a deferred task waits for, in words: the portal, the command line and
 * "why is it not running" say the same.
 *
 * @packageDocumentation
 */
import type { TaskDefinition } from '../pipeline/definition';

/**
 * - `time`: a time comes
 * - `http`: a server gives the answer that is waited for
 * - `object`: a file or an object of S3 exists
 * - `run`: a run of another pipeline ended
 * - `asset`: an asset has an event
 * - `call`: one HTTP request is answered
 * - `approval`: a person decides
 * - `pipeline`: a run that the task started is over
 * - `trigger`: a trigger of Airflow fires
 *
 * @public
 */
export type WaitKind =
  | 'time'
  | 'http'
  | 'object'
  | 'run'
  | 'asset'
  | 'call'
  | 'approval'
  | 'pipeline'
  | 'trigger';

/** A wait as it stands now. Instants are epoch milliseconds. @public */
export interface WaitFacts {
  kind: WaitKind;
  /** What is waited for, such as `GET https://example.org/ready`. */
  what: string;
  since: number;
  /** How often was looked. */
  looks: number;
  lookedAt?: number;
  /** What the last look found, such as `HTTP 503`. */
  answer?: string;
  nextLookAt?: number;
  /** When it gives up. */
  timeoutAt?: number;
  /** The run that the task started. */
  runId?: string;
  /** The asset whose event is waited for. */
  asset?: string;
}

/** How the reason of a task begins that waits. @public */
export const WAITS_FOR = 'waits for ';

/**
 * How the reason of a task begins that waited, and whose wait is over; behind it
 * stands what for, with everything filled in.
 *
 * @public
 */
export const WAITED_FOR = 'waited for ';

/** Whether a task waits for something outside, without a process. @public */
export function isWaitingKind(kind: TaskDefinition['kind']): boolean {
  return kind !== 'run' && kind !== 'branch';
}

/** One sentence without its beginning: "Task x waits for …". @public */
export function describeWait(wait: WaitFacts): string {
  const parts = [wait.what];
  if (wait.kind === 'trigger' && wait.answer !== undefined) {
    parts.push(wait.answer);
  } else if (wait.answer !== undefined) {
    parts.push(
      `the last look${
        wait.lookedAt === undefined ? '' : ` at ${iso(wait.lookedAt)}`
      } found: ${wait.answer}`,
    );
  }
  if (wait.kind !== 'time' && wait.nextLookAt !== undefined) {
    parts.push(`it looks again at ${iso(wait.nextLookAt)}`);
  }
  if (wait.timeoutAt !== undefined) {
    parts.push(`it gives up at ${iso(wait.timeoutAt)}`);
  }
  return parts.join('; ');
}

/**
 * When a wait is looked at next: at its next look or when its time is over,
 * whichever comes first.
 *
 * @public
 */
export function nextWaitAt(
  nextLookAt: number | undefined,
  timeoutAt: number | undefined,
): number | undefined {
  if (nextLookAt === undefined) return timeoutAt;
  return timeoutAt === undefined ? nextLookAt : Math.min(nextLookAt, timeoutAt);
}

/** What a task is to wait for, as far as its definition says. @public */
export function plannedWait(task: TaskDefinition): string {
  const { wait, http, approve, pipeline } = task;
  if (approve) return `a decision: ${approve.message}`;
  if (pipeline) return `a run of pipeline "${pipeline.name}"`;
  if (http) return `the answer of ${http.method} ${http.url}`;
  if (wait?.http) {
    const { method, url, status, until } = wait.http;
    return `${method} ${url} to answer ${status.join(' or ')}${
      until === undefined ? '' : ` with ${until}`
    }`;
  }
  if (wait?.object) return `the file ${wait.object.path}`;
  if (wait?.s3) return `the object ${wait.s3.path}`;
  if (wait?.run) {
    const { pipeline: name, state, withinMs } = wait.run;
    const which =
      withinMs === undefined
        ? 'of the same logical date'
        : `of the last ${Math.round(withinMs / 60_000)} minutes`;
    return `a run of pipeline "${name}" ${which} to ${
      state === 'finished' ? 'end' : `end with ${state}`
    }`;
  }
  if (wait?.asset) {
    const { name, since, withinMs } = wait.asset;
    if (withinMs !== undefined) {
      return `an event of asset "${name}" of the last ${Math.round(
        withinMs / 60_000,
      )} minutes`;
    }
    return `an event of asset "${name}" since the ${
      since === 'ready' ? 'task was ready' : 'run was due'
    }`;
  }
  if (wait?.until !== undefined) return `the time ${wait.until}`;
  return wait?.forMs === undefined
    ? 'an event'
    : `${Math.round(wait.forMs / 1000)} seconds`;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
