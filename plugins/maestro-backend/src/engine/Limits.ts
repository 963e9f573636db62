import {
  canonicalOwner,
  canonicalSystem,
  finallyTasks,
  type PipelineDefinition,
  type TaskDefinition,
} from '@maestro/plugin-maestro-common';
import { num } from '../database/conversion';
import {
  countLiveAttempts,
  lockExecutor,
  lockLimit,
  lockPipeline,
  lockPool,
} from '../database/operations/attempts/limits';
import type { RunDraft } from './RunDraft';

/** From here on a limit is one of runs of several pipelines. */
const SHARED_RANK = 2;

/** A limit that a task stands before. */
interface Limit {
  key: string;
  /** For people. */
  what: string;
  /**
   * Rows are locked by ascending rank, and by key within one: pipeline, owner,
   * executor, pool. A limit of rank 0 has no row, only the run's own lock.
   */
  rank: number;
  /** Slots in all, under the lock of its row. */
  lock(): Promise<number>;
  /** The same without the lock, to tell it; undefined when there is none such. */
  slots(): Promise<number | undefined>;
  used(): Promise<number>;
}

/**
 * The free slots of each limit, counted once under the lock of the limit's row.
 *
 * What one claim needs is locked in one order, before any slot is taken. A
 * later claim in the same transaction may need more; PostgreSQL ends one of two
 * that meet so, and it is tried again.
 */
export class Limits {
  private readonly free = new Map<string, number>();
  /** By task number. */
  private readonly limits = new Map<number, Limit[]>();

  constructor(
    private readonly draft: RunDraft,
    private readonly full: Set<string> = new Set(),
    private readonly stillFull: ReadonlySet<string> = new Set(),
  ) {}

  /**
   * Locks and counts all that these tasks stand before. What another run of the
   * same transaction has locked is not counted again.
   *
   * @returns false when another run of the transaction has locked limits and
   * these need more: that would be another order than everywhere
   */
  async lockFor(
    tasks: ReadonlyArray<{ task: TaskDefinition; executor: string }>,
  ): Promise<boolean> {
    const { shared } = this.draft;
    const limits = new Map<string, Limit>();
    for (const { task, executor } of tasks) {
      const own = limitsOf(this.draft, task, executor);
      this.limits.set(task.no, own);
      own.forEach(limit => limits.set(limit.key, limit));
    }
    const inOrder = [...limits.values()]
      .filter(({ key }) => !this.stillFull.has(key))
      .sort((a, b) => a.rank - b.rank || (a.key < b.key ? -1 : 1));
    this.stillFull.forEach(key => this.free.set(key, 0));
    const rows = inOrder.filter(limit => limit.rank > 0);
    if (
      shared.isShared &&
      shared.free.size > 0 &&
      rows.some(({ rank, key }) => rank < SHARED_RANK || !shared.free.has(key))
    ) {
      return false;
    }
    for (const limit of inOrder) {
      const known = shared.isShared ? shared.free.get(limit.key) : undefined;
      if (known !== undefined) {
        this.free.set(limit.key, known);
        continue;
      }
      const slots = await limit.lock();
      const free = slots > 0 ? slots - (await limit.used()) : 0;
      this.free.set(limit.key, free);
      if (limit.rank >= SHARED_RANK) shared.free.set(limit.key, free);
    }
    return true;
  }

  /** Takes a slot of every limit, or none; they were locked by `lockFor`. */
  admit(task: TaskDefinition): boolean {
    const limits = this.limits.get(task.no)!;
    for (const { key } of limits) {
      if (this.free.get(key)! > 0) continue;
      this.full.add(key);
      return false;
    }
    const { shared } = this.draft;
    for (const { key } of limits) {
      const free = this.free.get(key)! - 1;
      this.free.set(key, free);
      if (shared.free.has(key)) shared.free.set(key, free);
    }
    return true;
  }
}

/** The first limit of a task that is full now, without locks: it is only told. */
export async function fullLimit(
  draft: RunDraft,
  task: TaskDefinition,
  executor: string,
): Promise<{ what: string; used: number; slots?: number } | undefined> {
  for (const { what, slots, used } of limitsOf(draft, task, executor)) {
    const all = await slots();
    if (all === undefined) return { what, used: 0 };
    const taken = await used();
    if (taken >= all) return { what, used: taken, slots: all };
  }
  return undefined;
}

function limitsOf(
  draft: RunDraft,
  task: TaskDefinition,
  executor: string,
): Limit[] {
  const { ctx, tx, definition } = draft;
  const pipelineId = num(draft.run.pipeline_id);
  const live = (match: Parameters<typeof countLiveAttempts>[2]) =>
    countLiveAttempts(ctx.db, tx, match);
  const limits: Limit[] = [];
  const add = (
    limit: Omit<Limit, 'lock' | 'slots'> & { all: number; lock(): unknown },
  ) =>
    limits.push({
      ...limit,
      lock: async () => {
        await limit.lock();
        return limit.all;
      },
      slots: async () => limit.all,
    });

  const parallel = task.map?.parallel;
  if (parallel !== undefined) {
    add({
      key: `map:${task.no}`,
      what: `map.parallel of task "${task.id}"`,
      rank: 0,
      all: parallel,
      lock: () => {},
      used: async () => {
        const counts = draft.childCounts.get(task.no);
        return counts ? counts.queued + counts.running : 0;
      },
    });
  }
  const { maxActiveTasks, name } = definition;
  const lockTheirs = () => lockPipeline(ctx.db, tx, pipelineId);
  if (maxActiveTasks !== undefined && !task.callback) {
    add({
      key: 'pipeline',
      what: `maxActiveTasks of "${name}"`,
      rank: 1,
      all: maxActiveTasks,
      lock: lockTheirs,
      used: async () => {
        let used = await live({ pipeline_id: pipelineId });
        // Callbacks are no work of the pipeline.
        for (const no of finallyTasks(definition)) {
          const { id, callback } = definition.tasks[no];
          if (!callback) continue;
          used -= await live({ pipeline_id: pipelineId, task_id: id });
        }
        return used;
      },
    });
  }
  if (task.maxActive !== undefined) {
    add({
      key: `task:${task.no}`,
      what: `maxActive of task "${task.id}"`,
      rank: 1,
      all: task.maxActive,
      lock: lockTheirs,
      // By id: in another version it may have another number.
      used: () => live({ pipeline_id: pipelineId, task_id: task.id }),
    });
  }
  const owner = ownerOf(definition);
  const ownerSlots = ctx.ownerSlots?.(owner);
  if (ownerSlots !== undefined) {
    add({
      key: `owner:${owner}`,
      what: `the limit of owner "${owner}"`,
      rank: 2,
      all: ownerSlots,
      lock: () => lockLimit(ctx.db, tx, `owner:${owner}`),
      used: () => live({ owner }),
    });
  }
  limits.push(executorLimit(draft, executor));
  const { pool } = task;
  if (pool !== undefined) {
    limits.push({
      key: `pool:${pool}`,
      what: `pool "${pool}"`,
      rank: 4,
      lock: () => lockPool(ctx.db, tx, pool),
      slots: async () =>
        (await ctx.db.table(tx, 'pools').where({ name: pool }).first())?.slots,
      used: () => live({ pool }),
    });
  }
  return limits;
}

function executorLimit({ ctx, tx, now }: RunDraft, name: string): Limit {
  const executor = ctx.executors.get(name)!;
  const instance = { executor: name, instance: executor.instance };
  const { maxParallel, launchesAtOnce } = executor.capabilities;
  const used = () =>
    countLiveAttempts(ctx.db, tx, {
      executor: name,
      executor_instance: executor.instance,
    });
  return {
    key: `executor:${name}`,
    what: `executor "${name}"`,
    rank: 3,
    lock: async () => {
      if (ctx.notStarted?.has(name)) return 0;
      const seen = await lockExecutor(ctx.db, tx, instance, now);
      // Others may be about to end its work as lost: first it must be heard of
      // again, which the next round of the reconciler sees to.
      if (seen && seen.silentMs > seen.ttlMs / 2) return 0;
      if (launchesAtOnce === undefined) return maxParallel;
      const room = launchesAtOnce - (ctx.launching?.(name) ?? 0);
      // The dispatcher comes back when there is some.
      return room > 0 ? Math.min(maxParallel, (await used()) + room) : 0;
    },
    slots: async () => maxParallel,
    used,
  };
}

/** The owner of a pipeline as a full entity reference. */
export function ownerOf({ owner }: PipelineDefinition): string {
  return canonicalOwner(owner);
}

/** The system that a pipeline is part of, as a full entity reference. */
export function systemOf({ system }: PipelineDefinition): string | undefined {
  return system === undefined ? undefined : canonicalSystem(system);
}
