import { parseEntityRef, stringifyEntityRef } from '@backstage/catalog-model';
import type {
  PipelineDefinition,
  TaskDefinition,
} from '@maestro/plugin-maestro-common';
import type { TaskExecutor } from '@maestro/plugin-maestro-node';
import { num } from '../database/conversion';
import {
  countLiveAttempts,
  lockExecutor,
  lockLimit,
  lockPipeline,
  lockPool,
} from '../database/operations/attempts/limits';
import type { RunDraft } from './RunDraft';

/** One limit of a task: its name, and how many slots are free. */
interface Limit {
  key: string;
  free(): Promise<number>;
}

/**
 * The free slots of each limit, counted once in a transaction under the lock of
 * the limit's row. Rows are locked in one order everywhere: pipeline, owner,
 * executor, pool; a run that starts has its pipeline's lock already.
 */
export class Limits {
  private readonly free = new Map<string, number>();

  constructor(
    private readonly draft: RunDraft,
    private readonly full: Set<string> = new Set(),
  ) {}

  /** Takes a slot of every limit, or none. */
  async admit(task: TaskDefinition, executor: TaskExecutor): Promise<boolean> {
    const limits = this.limitsOf(task, executor);
    for (const { key, free } of limits) {
      if (!this.free.has(key)) this.free.set(key, await free());
      if (this.free.get(key)! <= 0) {
        this.full.add(key);
        return false;
      }
    }
    for (const { key } of limits) {
      this.free.set(key, this.free.get(key)! - 1);
    }
    return true;
  }

  private limitsOf(task: TaskDefinition, executor: TaskExecutor): Limit[] {
    const { draft } = this;
    const { ctx, tx, definition } = draft;
    const pipelineId = num(draft.run.pipeline_id);
    const live = (match: Parameters<typeof countLiveAttempts>[2]) =>
      countLiveAttempts(ctx.db, tx, match);
    const limits: Limit[] = [];
    const parallel = task.map?.parallel;
    if (parallel !== undefined) {
      limits.push({
        key: `map:${task.no}`,
        // Of this run alone, so that no lock but its own is needed.
        free: async () => {
          const counts = draft.childCounts.get(task.no);
          return parallel - (counts ? counts.queued + counts.running : 0);
        },
      });
    }
    const { maxActiveTasks } = definition;
    if (maxActiveTasks !== undefined) {
      limits.push({
        key: 'pipeline',
        free: async () => {
          await lockPipeline(ctx.db, tx, pipelineId);
          return maxActiveTasks - (await live({ pipeline_id: pipelineId }));
        },
      });
    }
    const { maxActive } = task;
    if (maxActive !== undefined) {
      limits.push({
        key: `task:${task.no}`,
        free: async () => {
          await lockPipeline(ctx.db, tx, pipelineId);
          // By id: in another version it may have another number.
          const match = { pipeline_id: pipelineId, task_id: task.id };
          return maxActive - (await live(match));
        },
      });
    }
    const owner = ownerOf(definition);
    const ownerSlots = ctx.ownerSlots?.(owner);
    if (ownerSlots !== undefined) {
      limits.push({
        key: `owner:${owner}`,
        free: async () => {
          await lockLimit(ctx.db, tx, `owner:${owner}`);
          return ownerSlots - (await live({ owner }));
        },
      });
    }
    limits.push({
      key: `executor:${executor.name}`,
      free: () => this.executorSlots(executor),
    });
    const { pool } = task;
    if (pool !== undefined) {
      limits.push({
        key: `pool:${pool}`,
        free: async () => {
          const slots = await lockPool(ctx.db, tx, pool);
          return slots - (await live({ pool }));
        },
      });
    }
    return limits;
  }

  private async executorSlots(executor: TaskExecutor): Promise<number> {
    const { ctx, tx, now } = this.draft;
    if (ctx.notStarted?.has(executor.name)) return 0;
    const instance = { executor: executor.name, instance: executor.instance };
    const seen = await lockExecutor(ctx.db, tx, instance, now);
    // Others may be about to end its work as lost: first it must be heard of
    // again, which the next round of the reconciler sees to.
    if (seen && seen.silentMs > seen.ttlMs / 2) return 0;
    const live = await countLiveAttempts(ctx.db, tx, {
      executor: executor.name,
      executor_instance: executor.instance,
    });
    return executor.capabilities.maxParallel - live;
  }
}

/** The owner of a pipeline as a full entity reference. */
export function ownerOf({ owner }: PipelineDefinition): string {
  return canonicalOwner(owner);
}

/** `ml-team` as `group:default/ml-team`; what is no reference stays as it is. */
export function canonicalOwner(owner: string): string {
  try {
    return stringifyEntityRef(
      parseEntityRef(owner, {
        defaultKind: 'group',
        defaultNamespace: 'default',
      }),
    );
  } catch (error) {
    if (error instanceof TypeError) return owner;
    throw error;
  }
}
