import { NotFoundError } from '@backstage/errors';
import {
  mappedGroupOf,
  mappedGroups,
  retriedGroups,
  tasksOfPast,
  whyNotRunning as explain,
  type PipelineDefinition,
  type TaskDefinition,
  type TaskState,
  type Why,
  type WaitFacts,
  type WhyFacts,
} from '@maestro/plugin-maestro-common';
import { bool, num, optionalNum, optionalText } from '../database/conversion';
import { rivalOf } from '../database/operations/backfills/backfillRows';
import { previousRun } from '../database/operations/runs/neighbourRuns';
import type {
  AttemptRow,
  BackfillRow,
  RunRow,
  TaskInstanceRow,
} from '../database/tables';
import { ownerOf } from '../engine/Limits';
import { isRefused } from '../engine/outcome';
import type { EngineStatusSource } from '../service/types';
import { findRun, findTaskNo, readDefinition, unknownNeedsOf } from './findRun';
import { mappedCounts } from './mappedCounts';
import { backfillUsage, liveAttemptUsage, liveRunUsage } from './slotUsage';
import type { ViewContext } from './ViewContext';
import { readWaits } from './waits';

/**
 * Behind these may stand a limit, or that nobody schedules; behind `running`
 * the limit of other instances.
 */
const LIMITED = new Set([
  'run_queued',
  'launching',
  'scheduler_behind',
  'running',
]);

/** These end by themselves, as long as somebody schedules. */
const TIMED = new Set([
  'waiting_for_retry',
  'waiting_for_event',
  'launch_refused',
  'group_up_for_retry',
]);

/** What is asked of attempts: command, inputs and masks may be MBs. */
const START = [
  'task_no',
  'map_index',
  'state',
  'message',
  'executor',
  'claimed_at',
  'lease_owner',
  'lease_until',
] as const;

type EngineFacts = Awaited<ReturnType<EngineStatusSource['status']>>;

/**
 * Why a run, or one of its tasks, does not go on: gathers the facts, and the
 * core says what they mean. What limits a task is looked up only for the one
 * at the end of the chain: nobody else's matters.
 *
 * @throws NotFoundError
 */
export async function whyNotRunning(
  ctx: ViewContext,
  engine: EngineStatusSource,
  options: { runId: string; taskId?: string; mapIndex?: number },
): Promise<Why> {
  const facts = await readFacts(ctx, options);
  const { chain } = explain(facts);
  // Behind it stands at most until when it may wait.
  const last = chain.findLast(({ code }) => code !== 'queued_timeout');
  if (!last) return { chain };
  if (TIMED.has(last.code)) {
    const noScheduler = nobodySchedules(await engine.status());
    return explain({ ...facts, noScheduler });
  }
  if (!LIMITED.has(last.code)) return { chain };
  const status = await engine.status();
  const task = facts.definition.tasks.find(({ id }) => id === last.names[0]);
  return explain({
    ...facts,
    noScheduler: nobodySchedules(status),
    ...(task ? await readLimits(ctx, status, facts, task) : {}),
  });
}

/** Whether no process is alive that schedules; undefined when it is not known. */
export function nobodySchedules({
  schedulers,
}: EngineFacts): boolean | undefined {
  return (
    schedulers &&
    !schedulers.some(({ alive, role }) => alive && role !== 'portal')
  );
}

async function cancellingOf(
  { db }: ViewContext,
  run: Pick<
    RunRow,
    'id' | 'state' | 'cancel_requested_at' | 'cancel_forced_at'
  >,
): Promise<NonNullable<WhyFacts['run']>['cancelling']> {
  const since = optionalNum(run.cancel_requested_at);
  if (since === undefined || run.state !== 'running') return undefined;
  const row = await db
    .table(db.knex, 'runs')
    .where({ id: run.id })
    .first('cancel_requested_by');
  return {
    since,
    by: optionalText(row?.cancel_requested_by ?? null),
    isForced: run.cancel_forced_at !== null,
  };
}

interface RunFacts extends WhyFacts {
  pipelineId: number;
}

async function readFacts(
  ctx: ViewContext,
  options: { runId: string; taskId?: string; mapIndex?: number },
): Promise<RunFacts> {
  const { db } = ctx;
  const run = await findRun(ctx, options.runId);
  const id = num(run.id);
  const pipelineId = num(run.pipeline_id);
  const versionId = num(run.version_id);
  const taskNo =
    options.taskId === undefined
      ? undefined
      : await findTaskNo(ctx, { id, versionId }, options.taskId);
  const definition = await readDefinition(ctx, versionId);
  const pipeline = await db
    .table(db.knex, 'pipelines')
    .where({ id: pipelineId })
    .select('paused', 'paused_at', 'paused_by')
    .first();
  const rows = (await db
    .table(db.knex, 'task_instances')
    .where({ run_id: id, map_index: -1 })) as TaskInstanceRow[];
  const { taskId, mapIndex = -1 } = options;
  const isOne = taskNo !== undefined && mapIndex >= 0;
  const beside = isOne ? tasksBeside(definition, taskNo) : [];
  if (isOne) {
    rows.push(await oneInstance(ctx, id, taskNo, { taskId, mapIndex }));
    rows.push(...(await instancesOf(ctx, id, beside, mapIndex)));
  }
  const states = definition.tasks.map((): TaskState => 'none');
  const stateSince: (number | undefined)[] = [];
  const retryAt: (number | undefined)[] = [];
  const failedTry: NonNullable<WhyFacts['failedTry']>[number][] = [];
  const failsAt: (number | undefined)[] = [];
  // Those of instances come last.
  for (const row of rows) {
    states[row.task_no] = row.state;
    stateSince[row.task_no] = sinceOf(row);
    retryAt[row.task_no] = optionalNum(row.next_try_at);
    failedTry[row.task_no] =
      row.state === 'up_for_retry' && row.try_number > 0
        ? { number: row.try_number, reason: optionalText(row.reason) }
        : undefined;
    const { queuedTimeoutMs } = definition.tasks[row.task_no];
    const readyAt = optionalNum(row.ready_at);
    failsAt[row.task_no] =
      queuedTimeoutMs === undefined || readyAt === undefined
        ? undefined
        : readyAt + queuedTimeoutMs;
  }
  return {
    now: await db.now(),
    pipelineId,
    definition,
    unknownNeeds: await unknownNeedsOf(ctx, versionId),
    paused: pipeline ? bool(pipeline.paused) : undefined,
    pausedAt: optionalNum(pipeline?.paused_at),
    pausedBy: optionalText(pipeline?.paused_by ?? null),
    run: {
      id: run.run_id,
      state: run.state,
      reason: optionalText(run.state_reason),
      queuedAt: num(run.created_at),
      cancelling: await cancellingOf(ctx, run),
    },
    taskNo,
    mapIndex: isOne ? mapIndex : undefined,
    children: await childrenOf(ctx, id, definition, beside),
    states,
    stateSince,
    retryAt,
    failedTry,
    failsAt,
    backfill: run.state === 'queued' ? await readBackfill(ctx, run) : undefined,
    waits: await waitsOf(
      ctx,
      id,
      definition,
      isOne ? `${taskNo}/${mapIndex}` : undefined,
    ),
    ...(await startFacts(ctx, id, isOne ? mapIndex : undefined)),
    ...(await readGroups(ctx, run, definition)),
    past: await readPast(ctx, run, definition),
    activeRuns:
      run.state === 'queued'
        ? await liveRunUsage(ctx, pipelineId, definition.maxActiveRuns)
        : undefined,
  };
}

/** The other tasks of its mapped group: an instance sees one instance of each. */
function tasksBeside(definition: PipelineDefinition, no: number): number[] {
  const group = mappedGroupOf(definition, no);
  return group === undefined
    ? []
    : mappedGroups(definition)
        .get(group)!
        .filter(other => other !== no);
}

/** By state, of mapped tasks that are seen as a whole. */
async function childrenOf(
  ctx: ViewContext,
  runId: number,
  definition: PipelineDefinition,
  beside: readonly number[],
): Promise<WhyFacts['children']> {
  if (!definition.tasks.some(task => task.map)) return undefined;
  const counts = new Map((await mappedCounts(ctx, [runId])).get(runId) ?? []);
  beside.forEach(no => counts.delete(no));
  return counts;
}

async function instancesOf(
  { db }: ViewContext,
  runId: number,
  nos: readonly number[],
  mapIndex: number,
): Promise<TaskInstanceRow[]> {
  if (nos.length === 0) return [];
  return (await db
    .table(db.knex, 'task_instances')
    .where({ run_id: runId, map_index: mapIndex })
    .whereIn('task_no', nos as number[])) as TaskInstanceRow[];
}

/** @throws NotFoundError */
async function oneInstance(
  { db }: ViewContext,
  runId: number,
  taskNo: number,
  { taskId, mapIndex }: { taskId?: string; mapIndex: number },
): Promise<TaskInstanceRow> {
  const row = (await db
    .table(db.knex, 'task_instances')
    .where({ run_id: runId, task_no: taskNo, map_index: mapIndex })
    .first()) as TaskInstanceRow | undefined;
  if (!row) {
    throw new NotFoundError(
      `Task "${taskId}" has no instance ${mapIndex} in this run`,
    );
  }
  return row;
}

/** What executors say that attempts wait for before they run, by task number. */
async function startFacts(
  { db }: ViewContext,
  runId: number,
  mapIndex: number | undefined,
): Promise<Pick<WhyFacts, 'startsWhen' | 'refused'>> {
  const rows = (await db
    .table(db.knex, 'attempts')
    .where({ run_id: runId })
    .whereIn('state', ['claimed', 'launched'])
    .whereNotNull('message')
    .orderBy('id')
    .select(...START)) as Pick<AttemptRow, (typeof START)[number]>[];
  const startsWhen: (string | undefined)[] = [];
  const refused: NonNullable<WhyFacts['refused']>[number][] = [];
  // Of a mapped task the instance that was asked about, or the first.
  const asked = rows.filter(row => row.map_index === mapIndex);
  for (const row of [...asked, ...rows]) {
    if (row.task_no in startsWhen) continue;
    startsWhen[row.task_no] = optionalText(row.message);
    if (!isRefused(row)) continue;
    refused[row.task_no] = {
      executor: row.executor,
      message: row.message!,
      since: num(row.claimed_at),
      againAt: num(row.lease_until!),
    };
  }
  return { startsWhen, refused };
}

/** What a queued run of a backfill waits for. */
async function readBackfill(
  ctx: ViewContext,
  run: Pick<RunRow, 'id' | 'backfill_id'>,
): Promise<WhyFacts['backfill']> {
  const { db } = ctx;
  const backfillId = optionalNum(run.backfill_id);
  if (backfillId === undefined) return undefined;
  const row = (await db
    .table(db.knex, 'backfills')
    .where({ id: backfillId })
    .first()) as BackfillRow | undefined;
  return (
    row && {
      id: row.backfill_id,
      paused: row.state === 'paused',
      by: optionalText(row.changed_by),
      activeRuns: await backfillUsage(ctx, backfillId, row.max_active),
      rival: await rivalOf(db, db.knex, { id: num(run.id), backfillId }),
    }
  );
}

/**
 * By task number; of a mapped task one that waits stands for all, or the one
 * that is asked about (`taskNo/mapIndex`).
 */
async function waitsOf(
  { db }: ViewContext,
  runId: number,
  definition: PipelineDefinition,
  one: string | undefined,
): Promise<(WaitFacts | undefined)[]> {
  const waits: (WaitFacts | undefined)[] = [];
  for (const [key, wait] of await readWaits(db, runId, definition)) {
    const who = wait.approval?.approvers ?? [];
    const no = Number(key.split('/')[0]);
    if (waits[no] && key !== one) continue;
    waits[no] = {
      ...wait,
      what:
        who.length === 0 ? wait.what : `${wait.what} (by ${who.join(', ')})`,
    };
  }
  return waits;
}

/** Which groups were run again, and when they will be. */
async function readGroups(
  { db }: ViewContext,
  run: Pick<RunRow, 'id' | 'cancel_requested_at'>,
  definition: PipelineDefinition,
): Promise<Pick<WhyFacts, 'groupRetries' | 'groupRetryAt'>> {
  if (retriedGroups(definition).length === 0) return {};
  const rows = await db
    .table(db.knex, 'group_retries')
    .where({ run_id: run.id });
  const retryAt = new Map<number, number>();
  for (const { group_no: no, next_at: at } of rows) {
    if (at !== null) retryAt.set(no, num(at));
  }
  return {
    groupRetries:
      run.cancel_requested_at === null
        ? new Map(rows.map(row => [row.group_no, row.used]))
        : 'given_up',
    groupRetryAt: retryAt,
  };
}

/** What tasks with `dependsOnPast` look at. */
async function readPast(
  ctx: ViewContext,
  run: Pick<RunRow, 'id' | 'pipeline_id' | 'logical_date' | 'state'>,
  definition: PipelineDefinition,
): Promise<WhyFacts['past']> {
  const wanted = tasksOfPast(definition);
  if (wanted.size === 0 || run.state !== 'running') return undefined;
  const { db } = ctx;
  const before = await previousRun(db, db.knex, run);
  if (!before) return undefined;
  const theirs = await readDefinition(ctx, num(before.version_id));
  const rows = await db
    .table(db.knex, 'task_instances')
    .where({ run_id: before.id })
    .select('task_no', 'state');
  const states = new Map<string, TaskState[]>();
  for (const { task_no: no, state } of rows) {
    const { id } = theirs.tasks[no];
    states.set(id, [...(states.get(id) ?? []), state]);
  }
  return { runId: before.run_id, state: before.state, states };
}

function sinceOf(instance: TaskInstanceRow): number | undefined {
  switch (instance.state) {
    case 'none':
      return undefined;
    case 'scheduled':
      return optionalNum(instance.ready_at);
    case 'queued':
      return optionalNum(instance.queued_at);
    // What is deferred waits since its try began.
    case 'running':
    case 'deferred':
      return optionalNum(instance.started_at);
    default:
      return optionalNum(instance.ended_at);
  }
}

async function readLimits(
  ctx: ViewContext,
  { executors, defaultExecutor }: EngineFacts,
  { definition, pipelineId, children }: RunFacts,
  task: TaskDefinition,
): Promise<
  Pick<
    WhyFacts,
    'activeTasks' | 'activeOfTask' | 'owner' | 'pool' | 'executor' | 'mapSlots'
  >
> {
  const { db } = ctx;
  const name = task.executor ?? defaultExecutor;
  const found = executors.find(candidate => candidate.name === name);
  const pool =
    task.pool === undefined
      ? undefined
      : await db
          .table(db.knex, 'pools')
          .where({ name: task.pool })
          .select('slots')
          .first();
  const counts = children?.get(task.no);
  const parallel = task.map?.parallel;
  const owner = ownerOf(definition);
  const ownerSlots = ctx.ownerSlots?.(owner);
  return {
    mapSlots:
      parallel === undefined || !counts
        ? undefined
        : {
            name: task.id,
            used: counts.queued + counts.running,
            slots: parallel,
          },
    activeOfTask:
      task.maxActive === undefined
        ? undefined
        : await liveAttemptUsage(ctx, {
            name: 'maxActive',
            slots: task.maxActive,
            match: { pipeline_id: pipelineId, task_id: task.id },
          }),
    owner:
      ownerSlots === undefined
        ? undefined
        : await liveAttemptUsage(ctx, {
            name: owner,
            slots: ownerSlots,
            match: { owner },
          }),
    activeTasks:
      definition.maxActiveTasks === undefined
        ? undefined
        : await liveAttemptUsage(ctx, {
            name: definition.name,
            slots: definition.maxActiveTasks,
            match: { pipeline_id: pipelineId },
          }),
    pool:
      task.pool === undefined
        ? undefined
        : {
            ...(await liveAttemptUsage(ctx, {
              name: task.pool,
              // A pool that does not exist has no slots, as for a claim.
              slots: pool?.slots ?? 0,
              match: { pool: task.pool },
            })),
            absent: pool === undefined,
          },
    executor:
      found === undefined
        ? { name: name ?? 'of no name', healthy: false, absent: true }
        : {
            name: found.name,
            healthy: found.ok,
            problem: found.ok ? undefined : found.message,
            slots: await liveAttemptUsage(ctx, {
              name: found.name,
              slots: found.maxParallel,
              match: { executor: found.name },
            }),
          },
  };
}
