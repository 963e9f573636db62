import type { TaskDefinition } from '../core/pipeline/definition';
import { isS3Address } from '../core/s3Address';
import type {
  ApprovalDefinition,
  HttpCallDefinition,
  HttpConditionDefinition,
  SubRunDefinition,
  WaitDefinition,
} from '../core/pipeline/waitDefinition';
import { durationMs } from './duration';
import type { PipelineTaskSpec } from './pipelineSpec';

/** Time between two looks where `every` says nothing, in milliseconds. */
const EVERY_MS = { http: 30_000, run: 30_000, object: 60_000, asset: 30_000 };

/** Airflow's default for sensors: nothing is waited for by mistake for ever. */
const WAITS_END_AFTER_MS = 7 * 24 * 3_600_000;

type Spec<Step extends 'wait' | 'http' | 'approve' | 'pipeline'> = NonNullable<
  PipelineTaskSpec[Step]
>;

/**
 * What a task has that waits for something outside. Settings of a process (its
 * pool, image, environment) are left out, and a `timeout` of `defaults` too,
 * which means the work of processes: only its own bounds the waiting.
 *
 * @internal
 */
export function compileWaitTask(task: PipelineTaskSpec) {
  const steps: Pick<TaskDefinition, 'wait' | 'http' | 'approve' | 'pipeline'> =
    {
      ...(task.wait && { wait: compileWait(task.wait) }),
      ...(task.http && { http: compileHttp(task.http) }),
      ...(task.approve && { approve: compileApproval(task.approve) }),
      ...(task.pipeline && { pipeline: compileSubRun(task.pipeline) }),
    };
  const connection = (steps.wait?.http ?? steps.wait?.s3 ?? steps.http)
    ?.connection;
  return {
    ...steps,
    timeoutMs:
      optionalMs(task.timeout) ??
      (steps.wait?.everyMs !== undefined || steps.pipeline?.wait
        ? WAITS_END_AFTER_MS
        : undefined),
    connections: connection === undefined ? [] : [connection],
    variables: [],
    pool: undefined,
    executor: undefined,
    image: undefined,
    resources: undefined,
    kubernetes: undefined,
  };
}

function compileWait(wait: Spec<'wait'>): WaitDefinition {
  const every = optionalMs(wait.every);
  if (wait.http) {
    return {
      http: compileCondition(wait.http),
      everyMs: every ?? EVERY_MS.http,
    };
  }
  if (wait.object) {
    const { path, connection } = wait.object;
    const everyMs = every ?? EVERY_MS.object;
    // A path that an expression gives is one of S3 where a connection stands
    // with it: which connections a task uses is known before it runs.
    return connection !== undefined || isS3Address(path)
      ? { s3: { path, connection: connection ?? 'aws_default' }, everyMs }
      : { object: { path }, everyMs };
  }
  if (wait.run) {
    const withinMs = optionalMs(wait.run.within);
    return {
      run: {
        pipeline: wait.run.pipeline,
        state: wait.run.state ?? 'success',
        ...(withinMs === undefined ? { sameLogicalDate: true } : { withinMs }),
      },
      everyMs: every ?? EVERY_MS.run,
    };
  }
  if (wait.asset) {
    const { name, since = 'run' } = wait.asset;
    const withinMs = optionalMs(wait.asset.within);
    return {
      asset: { name, ...(withinMs === undefined ? { since } : { withinMs }) },
      everyMs: every ?? EVERY_MS.asset,
    };
  }
  return wait.until === undefined
    ? { forMs: optionalMs(wait.for) ?? 0 }
    : { until: wait.until };
}

function compileCondition(
  http: NonNullable<Spec<'wait'>['http']>,
): HttpConditionDefinition {
  const { method = 'GET', status = [200], ...rest } = http;
  return { ...present(rest), method, status: [...new Set(status)] };
}

function compileHttp(http: Spec<'http'>): HttpCallDefinition {
  const { method = 'GET', expect = 'response.status < 300', ...rest } = http;
  return { ...present(rest), method, expect };
}

function compileApproval(approve: Spec<'approve'>): ApprovalDefinition {
  const { timeout, onTimeout = 'fail', approvers = [], ...rest } = approve;
  const timeoutMs = optionalMs(timeout);
  return {
    ...present(rest),
    approvers: approvers.map(ref => ref.toLocaleLowerCase('en-US')),
    onTimeout,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}

function compileSubRun(step: Spec<'pipeline'>): SubRunDefinition {
  const { wait = true, ...rest } = step;
  return { ...present(rest), wait };
}

function optionalMs(text: string | undefined): number | undefined {
  return text === undefined ? undefined : durationMs(text);
}

// A definition is hashed and compared as JSON, where undefined has no place.
function present<T extends object>(value: T): T {
  return Object.fromEntries(
    Object.entries(value).filter(([, part]) => part !== undefined),
  ) as T;
}
