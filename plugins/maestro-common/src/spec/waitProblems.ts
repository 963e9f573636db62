import { parseTemplate } from '../core/expressions/expressionTemplate';
import { isS3Address, parseS3Address } from '../core/s3Address';
import { looseDurationMs } from './duration';
import type { LooseTask } from './graphProblems';
import { compileParams } from './params';
import type { ProblemList, ProblemPath } from './problems';
import { at } from './schemaProblems';
import { stepsOf } from './taskSteps';

/** Least time between two looks, in milliseconds. */
const LEAST_EVERY_MS = 1_000;

const WAITS = ['for', 'until', 'http', 'object', 'run', 'asset'] as const;

/** Settings of a process, which a task that waits does not have. */
const ONLY_FOR_PROCESSES = [
  'executor',
  'pool',
  'image',
  'resources',
  'kubernetes',
  'env',
];

/** What no schema can say of tasks that wait for something outside. @internal */
export function findWaitProblems(
  entity: unknown,
  tasks: readonly LooseTask[],
  list: ProblemList,
): void {
  const own = at(entity, ['metadata', 'name']);
  for (const task of tasks) {
    if (list.isFull) return;
    const { path, raw } = task;
    const kinds = stepsOf(raw);
    if (isObject(raw.wait)) findInWait(raw.wait, [...path, 'wait'], own, list);
    if (isObject(raw.http)) findInRequest(raw.http, [...path, 'http'], list);
    if (isObject(raw.approve)) {
      findInApproval(raw.approve, [...path, 'approve'], list);
    }
    if (isObject(raw.pipeline) && raw.pipeline.name === own) {
      list.add(
        [...path, 'pipeline', 'name'],
        `Task "${task.id}" would start its own pipeline again and again`,
        'another pipeline',
      );
    }
    if (
      kinds.length === 1 &&
      !['run', 'branch', 'kubernetes.resource'].includes(kinds[0])
    ) {
      for (const key of ONLY_FOR_PROCESSES) {
        if (raw[key] !== undefined) {
          list.warn(
            [...path, key],
            `"${key}" has no effect: a task of kind "${kinds[0]}" has no process`,
          );
        }
      }
    }
  }
}

function findInWait(
  wait: Record<string, unknown>,
  path: ProblemPath,
  own: unknown,
  list: ProblemList,
): void {
  const named = WAITS.filter(key => wait[key] !== undefined);
  if (named.length !== 1) {
    list.add(
      path,
      named.length === 0
        ? 'It waits for nothing'
        : `It waits for several things: ${named.join(', ')}`,
      `one of ${WAITS.join(', ')}`,
    );
  }
  findEvery(wait, path, list);
  if (isObject(wait.http)) findInRequest(wait.http, [...path, 'http'], list);
  if (isObject(wait.object)) findInObject(wait.object, path, list);
  if (isObject(wait.run)) {
    const { pipeline, within, logicalDate } = wait.run;
    if (pipeline === own) {
      list.add(
        [...path, 'run', 'pipeline'],
        'The pipeline would wait for itself, for ever',
        'another pipeline',
      );
    }
    if (within !== undefined && logicalDate !== undefined) {
      list.add(
        [...path, 'run'],
        'It has both "within" and "logicalDate"',
        'one of them',
      );
    }
  }
  if (
    isObject(wait.asset) &&
    wait.asset.since !== undefined &&
    wait.asset.within !== undefined
  ) {
    list.add(
      [...path, 'asset'],
      'It has both "since" and "within"',
      'one of them',
    );
  }
  if (
    typeof wait.until === 'string' &&
    !wait.until.includes('${{') &&
    Number.isNaN(Date.parse(wait.until))
  ) {
    list.add(
      [...path, 'until'],
      `"${wait.until.slice(0, 60)}" is no instant`,
      "ISO 8601 such as 2026-12-01T04:00:00Z, or '${{ run.data_interval_end }}'",
    );
  }
}

function findEvery(
  wait: Record<string, unknown>,
  path: ProblemPath,
  list: ProblemList,
): void {
  if (wait.every === undefined) return;
  if (wait.for !== undefined || wait.until !== undefined) {
    list.warn(
      [...path, 'every'],
      '"every" has no effect: a time is waited for without looking',
    );
  }
  if ((looseDurationMs(wait.every) ?? LEAST_EVERY_MS) < LEAST_EVERY_MS) {
    list.add(
      [...path, 'every'],
      `"${wait.every}" is too often`,
      'PT1S or more',
    );
  }
}

function findInObject(
  object: Record<string, unknown>,
  path: ProblemPath,
  list: ProblemList,
): void {
  if (typeof object.path !== 'string') return;
  if (isS3Address(object.path)) {
    const filled = withoutExpressions(object.path);
    if (filled === undefined || parseS3Address(filled)) return;
    list.add(
      [...path, 'object', 'path'],
      `"${object.path.slice(0, 60)}" names no object of S3`,
      's3://bucket/key',
    );
    return;
  }
  if (object.connection !== undefined && !object.path.startsWith('${{')) {
    list.add(
      [...path, 'object', 'connection'],
      'A file needs no connection',
      's3://bucket/key as the path, or no connection',
    );
  }
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(object.path)?.[1];
  if (scheme !== undefined && scheme.toLowerCase() !== 'file') {
    list.add(
      [...path, 'object', 'path'],
      `"${scheme}:" cannot be looked at yet`,
      'a file where the scheduler runs, such as file:///data/x, or s3://bucket/key',
    );
  } else if (
    scheme === undefined &&
    !object.path.startsWith('/') &&
    !object.path.startsWith('${{')
  ) {
    list.add(
      [...path, 'object', 'path'],
      `"${object.path.slice(0, 60)}" is not absolute`,
      'such as /data/x, file:///data/x or s3://bucket/key',
    );
  }
}

/** With a text in the place of each expression; undefined for a broken one. */
function withoutExpressions(text: string): string | undefined {
  try {
    return parseTemplate(text)
      .map(part => ('text' in part ? part.text : 'any'))
      .join('');
  } catch {
    // What is wrong with it is a problem of its own.
    return undefined;
  }
}

function findInRequest(
  http: Record<string, unknown>,
  path: ProblemPath,
  list: ProblemList,
): void {
  const { url, connection, method, body } = http;
  if (typeof url === 'string' && !url.startsWith('${{')) {
    const isPath = url.startsWith('/');
    if (isPath && connection === undefined) {
      list.add(
        [...path, 'url'],
        `"${url.slice(0, 60)}" names no host`,
        'https://…, or a connection that gives the host',
      );
    } else if (!isPath && !/^https?:\/\//i.test(url)) {
      list.add(
        [...path, 'url'],
        `"${url.slice(0, 60)}" is no address`,
        'http://… or https://…',
      );
    } else if (/^https?:\/\/[^/?#]*@/i.test(url)) {
      list.add(
        [...path, 'url'],
        'The address holds a password, which everybody can read here',
        'a connection that gives the credentials',
      );
    }
  }
  if (
    body !== undefined &&
    (method === undefined || method === 'GET' || method === 'HEAD')
  ) {
    list.add(
      [...path, 'body'],
      `A ${method ?? 'GET'} request has no body`,
      'method: POST, PUT or PATCH',
    );
  }
}

function findInApproval(
  approve: Record<string, unknown>,
  path: ProblemPath,
  list: ProblemList,
): void {
  if (isObject(approve.input)) {
    try {
      compileParams(approve.input);
    } catch (error) {
      list.add([...path, 'input'], (error as Error).message);
    }
  }
  if (Array.isArray(approve.approvers)) {
    approve.approvers.forEach((ref, i) => {
      if (
        typeof ref === 'string' &&
        !/^(user|group):[^/\s]+\/\S+$/i.test(ref) &&
        !/^service:\S+$/.test(ref)
      ) {
        list.add(
          [...path, 'approvers', i],
          `"${ref.slice(0, 60)}" names nobody`,
          'an entity reference such as user:default/ada or group:default/ml-team',
        );
      }
    });
  }
  if (looseDurationMs(approve.timeout) === 0) {
    list.add(
      [...path, 'timeout'],
      `"${approve.timeout}" is no time at all`,
      'more than zero',
    );
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
