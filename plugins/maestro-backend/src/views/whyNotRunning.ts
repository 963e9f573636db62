import {
  whyNotRunning as explain,
  type TaskDefinition,
  type TaskState,
  type Why,
  type WhyFacts,
} from '@maestro/plugin-maestro-common';
import { bool, num, optionalNum, optionalText } from '../database/conversion';
import type { TaskInstanceRow } from '../database/tables';
import type { EngineStatusSource } from '../service/types';
import { findRun, findTaskNo, readDefinition } from './findRun';
import { aggregateCells } from './gridDigest';
import { liveAttemptUsage, liveRunUsage } from './slotUsage';
import type { ViewContext } from './ViewContext';

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
  options: { runId: string; taskId?: string },
): Promise<Why> {
  const facts = await readFacts(ctx, options);
  const { chain } = explain(facts);
  const last = chain.at(-1);
  if (last?.code !== 'launching' && last?.code !== 'scheduler_behind') {
    return { chain };
  }
  const task = facts.definition.tasks.find(({ id }) => id === last.names[0]);
  if (!task) return { chain };
  return explain({ ...facts, ...(await readLimits(ctx, engine, facts, task)) });
}

interface RunFacts extends WhyFacts {
  pipelineId: number;
}

async function readFacts(
  ctx: ViewContext,
  options: { runId: string; taskId?: string },
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
    .select('paused')
    .first();
  const instances = (await db
    .table(db.knex, 'task_instances')
    .where({ run_id: id })) as TaskInstanceRow[];
  const cells = aggregateCells(
    instances.map(({ task_no, map_index, state, try_number }) => ({
      no: task_no,
      mapIndex: map_index,
      state,
      tries: try_number,
    })),
  );
  const states = definition.tasks.map((): TaskState => 'none');
  cells.forEach(({ no, state }) => {
    states[no] = state;
  });
  const stateSince: (number | undefined)[] = [];
  const retryAt: (number | undefined)[] = [];
  for (const instance of instances) {
    // Of a mapped task, an instance that shows the state of all.
    if (instance.state !== states[instance.task_no]) continue;
    stateSince[instance.task_no] ??= sinceOf(instance);
    retryAt[instance.task_no] ??= optionalNum(instance.next_try_at);
  }
  return {
    now: await db.now(),
    pipelineId,
    definition,
    paused: pipeline ? bool(pipeline.paused) : undefined,
    run: {
      id: run.run_id,
      state: run.state,
      reason: optionalText(run.state_reason),
      queuedAt: num(run.created_at),
    },
    taskNo,
    states,
    stateSince,
    retryAt,
    activeRuns:
      run.state === 'queued'
        ? await liveRunUsage(ctx, pipelineId, definition.maxActiveRuns)
        : undefined,
  };
}

function sinceOf(instance: TaskInstanceRow): number | undefined {
  switch (instance.state) {
    case 'none':
      return undefined;
    case 'scheduled':
      return optionalNum(instance.ready_at);
    case 'queued':
      return optionalNum(instance.queued_at);
    case 'running':
      return optionalNum(instance.started_at);
    default:
      return optionalNum(instance.ended_at);
  }
}

async function readLimits(
  ctx: ViewContext,
  engine: EngineStatusSource,
  { definition, pipelineId }: RunFacts,
  task: TaskDefinition,
): Promise<Pick<WhyFacts, 'activeTasks' | 'pool' | 'executor'>> {
  const { db } = ctx;
  const { executors, defaultExecutor } = await engine.status();
  const name = task.executor ?? defaultExecutor;
  const executor = executors.find(candidate => candidate.name === name);
  const pool =
    task.pool === undefined
      ? undefined
      : await db
          .table(db.knex, 'pools')
          .where({ name: task.pool })
          .select('slots')
          .first();
  return {
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
        : await liveAttemptUsage(ctx, {
            name: task.pool,
            // A pool that does not exist has no slots, as for a claim.
            slots: pool?.slots ?? 0,
            match: { pool: task.pool },
          }),
    executor: executor && {
      name: executor.name,
      healthy: executor.ok,
      slots: await liveAttemptUsage(ctx, {
        name: executor.name,
        slots: executor.maxParallel,
        match: { executor: executor.name },
      }),
    },
  };
}
