/**
 * From an entity to the definition that is stored and run: every default
 * resolved, durations in milliseconds, tasks by number.
 *
 * @packageDocumentation
 */
import { InputError } from '@backstage/errors';
import { DateTime } from 'luxon';
import type { z } from 'zod';
import type {
  CacheDefinition,
  GroupDefinition,
  GroupMapDefinition,
  MapDefinition,
  AssetCondition,
  AssetPart,
  KeepLimits,
  PipelineDefinition,
  RetentionDefinition,
  ScheduleDefinition,
  TaskDefinition,
} from '../core/pipeline/definition';
import { expressionReferences } from '../core/expressions/expressions';
import { DEFAULT_MAP_ITEMS } from '../core/run/mapping';
import { durationMs } from './duration';
import {
  pipelineSpecSchema,
  WEEKDAYS,
  type PipelineSpec,
  type PipelineTaskSpec,
} from './pipelineSpec';
import { compileKubernetes } from './compileKubernetes';
import { compileResource, RESOURCE_TIMEOUT_MS } from './compileResource';
import { RESOURCE_EXECUTOR } from '../core/kubernetes/resourceDefinition';
import { compileWaitTask } from './compileWaits';
import { weighPriorities } from './priorities';
import { formatPath } from './problems';
import { taskKind } from './taskSteps';

/**
 * Annotation with the name of a pipeline whose name the catalog does not
 * allow (more than 63 characters).
 *
 * @public
 */
export const PIPELINE_NAME_ANNOTATION = 'maestro.dev/pipeline-name';

/**
 * The parts of an entity that make a pipeline.
 *
 * @public
 */
export interface PipelineEntity {
  apiVersion?: string;
  kind?: string;
  metadata: {
    name: string;
    title?: string;
    description?: string;
    tags?: string[];
    annotations?: Record<string, string>;
  };
  spec: PipelineSpec;
}

/**
 * Values that a task has when neither it nor `defaults` names one.
 *
 * @public
 */
export const PIPELINE_DEFAULTS = {
  maxActiveRuns: 16,
  timezone: 'UTC',
  pauseMs: 1000,
  retries: 0,
  retryDelayMs: 300_000,
  retryBackoff: 'fixed',
  maxRetryDelayMs: 3_600_000,
  priority: 1,
  cacheTtlMs: 30 * 86_400_000,
  triggerRule: 'all_success',
} as const;

/**
 * Resolves all defaults. The entity has been through `validatePipeline`; here
 * only what would make a wrong definition is refused again.
 *
 * @throws InputError
 * @public
 */
export function compilePipeline(entity: PipelineEntity): PipelineDefinition {
  const { metadata } = entity;
  const parsed = pipelineSpecSchema.safeParse(entity.spec);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = formatPath(['spec', ...(issue.path as string[])]);
    throw new InputError(
      `Pipeline "${metadata.name}" is not valid: ${path}: ${issue.message}`,
    );
  }
  const spec = parsed.data;
  const definition: PipelineDefinition = {
    formatVersion: 1,
    name: metadata.annotations?.[PIPELINE_NAME_ANNOTATION] ?? metadata.name,
    description: metadata.description,
    owner: spec.owner,
    system: spec.system,
    type: spec.type,
    tags: metadata.tags ?? [],
    schedules: schedulesOf(spec.schedule).map(compileSchedule),
    webhooks: spec.webhooks?.map(webhook => withoutUndefined(webhook)),
    slaMs: optionalMs(spec.sla),
    timeoutMs: optionalMs(spec.timeout),
    retention: compileRetention(spec.retention),
    overlap: spec.overlap,
    maxActiveRuns:
      spec.maxActiveRuns ??
      (isContinuous(spec.schedule) ? 1 : PIPELINE_DEFAULTS.maxActiveRuns),
    maxActiveTasks: spec.maxActiveTasks,
    params: spec.params && { type: 'object', ...spec.params },
    groups: compileGroups(metadata.name, spec),
    tasks: compileTasks(metadata.name, spec),
  };
  return withoutUndefined(definition);
}

function compileRetention(
  retention: PipelineSpec['retention'],
): RetentionDefinition | undefined {
  if (!retention) return undefined;
  const part = (limits: (typeof retention)['runs']): KeepLimits | undefined =>
    limits &&
    withoutUndefined({
      maxAgeMs: optionalMs(limits.maxAge),
      maxCount: limits.maxCount,
    });
  return withoutUndefined({
    runs: part(retention.runs),
    logs: part(retention.logs),
    artifacts: part(retention.artifacts),
  });
}

/** One schedule or several, as a list. @internal */
export function schedulesOf<T>(schedule: T | T[] | undefined): T[] {
  if (schedule === undefined) {
    return [];
  }
  return Array.isArray(schedule) ? schedule : [schedule];
}

/** Whether one run follows the other. @internal */
export function isContinuous(schedule: PipelineSpec['schedule']): boolean {
  return schedulesOf<{ continuous?: true }>(schedule as never).some(
    ({ continuous }) => continuous,
  );
}

type ScheduleSpec = Exclude<
  NonNullable<PipelineSpec['schedule']>,
  readonly unknown[]
>;

function compileSchedule(schedule: ScheduleSpec): ScheduleDefinition {
  const timezone = schedule.timezone ?? PIPELINE_DEFAULTS.timezone;
  return withoutUndefined({
    id: schedule.id ?? 'default',
    cron: schedule.cron,
    everyMs: optionalMs(schedule.every),
    continuous: schedule.continuous && {
      pauseMs: optionalMs(schedule.pause) ?? PIPELINE_DEFAULTS.pauseMs,
    },
    timezone,
    startAt: optionalInstant(schedule.startDate, timezone),
    endAt: optionalInstant(schedule.endDate, timezone),
    dates:
      schedule.dates &&
      [
        ...new Set(schedule.dates.map(date => readInstant(date, timezone))),
      ].sort((a, b) => a - b),
    days: schedule.days
      ?.map(day => WEEKDAYS.indexOf(day))
      .sort((a, b) => a - b),
    except: schedule.except && [...schedule.except].sort(),
    when: schedule.when,
    jitterMs: optionalMs(schedule.jitter),
    catchup: schedule.catchup ?? false,
    assets: schedule.assets && compileAssets(schedule.assets),
    cooldownMs: optionalMs(schedule.cooldown),
  });
}

/** Sorted, each once: the same condition is the same version. */
function compileAssets({
  any,
  all,
}: NonNullable<ScheduleSpec['assets']>): AssetCondition {
  const parts = (all ?? any)!.map(assetPart);
  const isNested = parts.some(part => typeof part !== 'string');
  return {
    mode: all ? 'all' : 'any',
    names: [...new Set(parts.flatMap(assetsOfPart))].sort(),
    ...(isNested ? { parts } : {}),
  };
}

function assetPart(
  part: string | { any?: string[]; all?: string[] },
): AssetPart {
  if (typeof part === 'string') return part;
  return {
    mode: part.all ? 'all' : 'any',
    parts: [...new Set(part.all ?? part.any)].sort(),
  };
}

function assetsOfPart(part: AssetPart): string[] {
  return typeof part === 'string' ? [part] : part.parts.flatMap(assetsOfPart);
}

/**
 * Epoch milliseconds of an ISO 8601 date or date and time; without an offset
 * it is read in the time zone of the schedule. `undefined` if it is none.
 *
 * @internal
 */
export function parseInstant(
  text: string,
  timezone: string,
): number | undefined {
  const instant = DateTime.fromISO(text, { zone: timezone });
  return instant.isValid ? instant.toMillis() : undefined;
}

function optionalInstant(text: string | undefined, timezone: string) {
  return text === undefined ? undefined : readInstant(text, timezone);
}

function readInstant(text: string, timezone: string): number {
  const instant = parseInstant(text, timezone);
  if (instant === undefined) {
    throw new InputError(
      `"${text}" is not a date, expected ISO 8601 such as 2025-01-31 or 2025-01-31T04:00:00Z`,
    );
  }
  return instant;
}

function optionalMs(text: string | undefined): number | undefined {
  return text === undefined ? undefined : durationMs(text);
}

function compileGroups(
  pipeline: string,
  { groups, tasks }: Pick<PipelineSpec, 'groups' | 'tasks'>,
): GroupDefinition[] | undefined {
  return groups?.map((group, no) =>
    withoutUndefined({
      no,
      id: group.id,
      title: group.title,
      parent: groupNumber(pipeline, groups, group.id, group.parent),
      retries: group.retries ?? PIPELINE_DEFAULTS.retries,
      retryDelayMs:
        optionalMs(group.retryDelay) ?? PIPELINE_DEFAULTS.retryDelayMs,
      map: group.map && compileGroupMap(group.map, tasks),
    }),
  );
}

function compileGroupMap(
  map: NonNullable<NonNullable<PipelineSpec['groups']>[number]['map']>,
  tasks: readonly PipelineTaskSpec[],
): GroupMapDefinition {
  const list = compileMap(map);
  const named = new Set(
    list.over === undefined
      ? []
      : expressionReferences(list.over).tasks.map(({ id }) => id),
  );
  return {
    ...list,
    from: [...tasks.keys()].filter(no => named.has(tasks[no].id)),
  };
}

/** The list of a task that is in a group that is mapped. */
function groupMap(
  { groups }: Pick<PipelineSpec, 'groups'>,
  task: PipelineTaskSpec,
): MapDefinition | undefined {
  for (let id = task.group; id !== undefined; ) {
    const group = groups?.find(each => each.id === id);
    if (group?.map) {
      return { maxItems: group.map.maxItems ?? DEFAULT_MAP_ITEMS };
    }
    id = group?.parent;
  }
  return undefined;
}

function groupNumber(
  pipeline: string,
  groups: PipelineSpec['groups'],
  user: string,
  id: string | undefined,
): number | undefined {
  if (id === undefined) return undefined;
  const no = groups?.findIndex(group => group.id === id) ?? -1;
  if (no < 0) {
    throw new InputError(
      `"${user}" of pipeline "${pipeline}" is in group "${id}", which does not exist`,
    );
  }
  return no;
}

function compileTasks(
  pipeline: string,
  spec: z.output<typeof pipelineSpecSchema>,
): TaskDefinition[] {
  const all = [...spec.tasks, ...(spec.finally ?? [])];
  const numbers = new Map(all.map((task, no) => [task.id, no]));
  if (numbers.size < all.length) {
    throw new InputError(
      `Pipeline "${pipeline}" has two tasks with the same id`,
    );
  }
  const numbersOf = (task: PipelineTaskSpec, ids: readonly string[]) =>
    [...new Set(ids)]
      .map(id => {
        const no = numbers.get(id);
        if (no === undefined) {
          throw new InputError(
            `Task "${task.id}" of pipeline "${pipeline}" names task "${id}", which does not exist`,
          );
        }
        return no;
      })
      .sort((a, b) => a - b);

  const tasks = all.map((task, no): TaskDefinition => {
    const own = { ...spec.defaults, ...withoutUndefined(task) };
    const { branch, run, map } = task;
    const kind = taskKind(task);
    return withoutUndefined({
      no,
      id: task.id,
      title: task.title,
      description: task.description,
      kind,
      upstream: numbersOf(task, [
        ...(task.dependsOn ?? []),
        ...(task.teardown?.of ?? []),
      ]),
      downstream: [],
      triggerRule: task.teardown
        ? 'all_done_setup_success'
        : task.triggerRule ?? PIPELINE_DEFAULTS.triggerRule,
      setup: task.setup || undefined,
      teardown: task.teardown && {
        of: numbersOf(task, task.teardown.of),
        ...(task.teardown.failsRun ? { failsRun: true as const } : {}),
      },
      finally: no >= spec.tasks.length || undefined,
      group: groupNumber(pipeline, spec.groups, task.id, task.group),
      retries: own.retries ?? PIPELINE_DEFAULTS.retries,
      retryDelayMs:
        optionalMs(own.retryDelay) ?? PIPELINE_DEFAULTS.retryDelayMs,
      retryBackoff: own.retryBackoff ?? PIPELINE_DEFAULTS.retryBackoff,
      maxRetryDelayMs:
        optionalMs(own.maxRetryDelay) ?? PIPELINE_DEFAULTS.maxRetryDelayMs,
      retryOn: own.retryOn,
      noRetryOn: own.noRetryOn,
      timeoutMs: optionalMs(own.timeout),
      queuedTimeoutMs:
        kind === 'run' ? optionalMs(own.queuedTimeout) : undefined,
      slaMs: optionalMs(task.sla),
      priority: task.priority ?? PIPELINE_DEFAULTS.priority,
      ...pastOf(task, own, no >= spec.tasks.length),
      maxActive: own.maxActive,
      pool: own.pool,
      executor: own.executor,
      image: own.image,
      resources: own.resources,
      kubernetes: compileKubernetes(spec.defaults?.kubernetes, task.kubernetes),
      connections: own.connections ?? [],
      variables: own.variables ?? [],
      produces: task.produces?.map(one =>
        typeof one === 'string'
          ? { asset: one, on: 'success' as const }
          : { asset: one.asset, on: one.on ?? ('success' as const) },
      ),
      ...(task['kubernetes.resource'] && resourceOf(task, own)),
      command: run?.command,
      env: run && { ...spec.defaults?.env, ...task.env, ...run.env },
      cache: run && compileCache(task.cache),
      map: map ? compileMap(map) : groupMap(spec, task),
      branch: branch && {
        if: branch.if,
        then: numbersOf(task, branch.then),
        else: numbersOf(task, branch.else),
      },
      ...(kind !== 'run' && kind !== 'branch' && compileWaitTask(task)),
    });
  });
  // In the order of task numbers, so `downstream` is ascending too.
  for (const task of tasks) {
    for (const no of task.upstream) {
      tasks[no].downstream.push(task.no);
    }
  }
  weighPriorities(
    tasks,
    all.map(task => task.weightRule ?? spec.defaults?.weightRule ?? 'absolute'),
  );
  return tasks;
}

/** Of what processes and pods are given it has nothing. */
function resourceOf(
  task: PipelineTaskSpec,
  own: Pick<PipelineTaskSpec, 'timeout'>,
): Partial<TaskDefinition> {
  return {
    executor: RESOURCE_EXECUTOR,
    image: undefined,
    resources: undefined,
    kubernetes: undefined,
    connections: [],
    variables: [],
    timeoutMs: optionalMs(own.timeout) ?? RESOURCE_TIMEOUT_MS,
    resource: compileResource(task['kubernetes.resource']!),
  };
}

function compileCache(
  cache: PipelineTaskSpec['cache'],
): CacheDefinition | undefined {
  if (cache === undefined) return undefined;
  const { key, ttl, version, sources } = cache === true ? {} : { ...cache };
  return withoutUndefined({
    key,
    ttlMs: optionalMs(ttl) ?? PIPELINE_DEFAULTS.cacheTtlMs,
    version: version ?? 1,
    sources: sources && [...new Set(sources)].sort(),
  });
}

function compileMap(map: NonNullable<PipelineTaskSpec['map']>): MapDefinition {
  const { over, maxItems = DEFAULT_MAP_ITEMS, parallel } = map;
  return withoutUndefined({
    ...(typeof over === 'string' ? { over } : { items: over }),
    maxItems,
    parallel,
  });
}

/** What cleans up waits for no other run. */
function pastOf(
  task: PipelineTaskSpec,
  own: Pick<PipelineTaskSpec, 'dependsOnPast' | 'waitForDownstream'>,
  isFinally: boolean,
): Pick<TaskDefinition, 'dependsOnPast' | 'waitForDownstream'> {
  if (isFinally || task.teardown) return {};
  const waitForDownstream = own.waitForDownstream || undefined;
  return {
    dependsOnPast: own.dependsOnPast || waitForDownstream,
    waitForDownstream,
  };
}

// A definition is hashed and compared as JSON, where undefined has no place.
function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(
    Object.entries(value).filter(([, part]) => part !== undefined),
  ) as T;
}
