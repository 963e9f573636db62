import type { EngineStatus } from '@maestro/plugin-maestro-common';
import { num } from './database/conversion';
import {
  listSchedulers,
  type PresentExecutor,
  type PresentScheduler,
} from './database/operations/schedulers/listSchedulers';
import type { Engine } from './engine/Engine';
import type { EngineStatusSource } from './service/types';

type ExecutorStatus = EngineStatus['executors'][number];

/**
 * What people on call see of the engine: executors of all schedulers, who
 * schedules, and whether it moves.
 */
export function engineStatus(engine: Engine): EngineStatusSource {
  return {
    status: async () => {
      const { db, scheduler, defaultExecutor, isScheduling } = engine.ctx;
      const schedules = isScheduling?.() !== false;
      const present = await listSchedulers(db, db.knex);
      const others = present.filter(
        one => one.alive && one.role !== 'portal' && one.name !== scheduler,
      );
      const own = schedules ? await ownExecutors(engine) : [];
      const executors = together(
        [...own, ...others.flatMap(one => one.executors)],
        await liveAttempts(engine),
      );
      const problems = [
        ...(!schedules && others.length === 0
          ? [
              'No scheduler is active: runs wait until one is started (maestro.role: scheduler, or all)',
            ]
          : []),
        ...(executors.length === 0 && (schedules || others.length > 0)
          ? ['No executor is installed: no task can run']
          : []),
        ...executors
          .filter(executor => !executor.ok)
          .map(
            executor =>
              `Executor "${executor.name}" cannot launch: ${executor.message}`,
          ),
        ...stalled(engine),
      ];
      return {
        ok: problems.length === 0,
        message: problems.length > 0 ? problems.join('. ') : undefined,
        executors,
        defaultExecutor,
        schedulers: present.map(one => ({
          ...shown(one),
          self: one.name === scheduler,
        })),
      };
    },
  };
}

function shown({ executors, ...one }: PresentScheduler) {
  const sick = executors.filter(executor => !executor.ok);
  return {
    ...one,
    executors: executors.map(executor => executor.name),
    message:
      sick.length === 0
        ? undefined
        : sick
            .map(({ name, message }) => `Executor "${name}": ${message}`)
            .join('. '),
  };
}

function stalled(engine: Engine): string[] {
  const silent = engine.stalledFor();
  return silent === undefined
    ? []
    : [`The scheduler has made no progress for ${Math.round(silent / 1000)} s`];
}

async function liveAttempts(engine: Engine): Promise<Map<string, number>> {
  const counts = (await engine.ctx.db
    .knex('attempts')
    .whereRaw("state <> 'ended'")
    .groupBy('executor')
    .select('executor')
    .count({ live: '*' })) as Array<{
    executor: string;
    live: number | string;
  }>;
  return new Map(counts.map(row => [row.executor, num(row.live)]));
}

function ownExecutors(engine: Engine): Promise<PresentExecutor[]> {
  return Promise.all(
    [...engine.ctx.executors.values()].map(async executor => ({
      name: executor.name,
      instance: executor.instance,
      ...(await executor
        .health()
        .catch(error => ({ ok: false, message: String(error) }))),
      maxParallel: executor.capabilities.maxParallel,
      honoursResources: executor.capabilities.honoursResources,
    })),
  );
}

/** Each instance once, however many see it; those of one name as one. */
function together(
  found: readonly PresentExecutor[],
  live: ReadonlyMap<string, number>,
): ExecutorStatus[] {
  const instances = new Map<string, PresentExecutor>();
  for (const executor of found) {
    const key = JSON.stringify([executor.name, executor.instance]);
    if (!instances.has(key)) instances.set(key, executor);
  }
  const byName = new Map<string, ExecutorStatus>();
  for (const executor of instances.values()) {
    const { name, ok, message, maxParallel, honoursResources } = executor;
    const known = byName.get(name);
    byName.set(name, {
      name,
      // One host that can launch is enough for the others' tasks.
      ok: ok || known?.ok === true,
      message: known?.message ?? message,
      maxParallel: (known?.maxParallel ?? 0) + maxParallel,
      honoursResources: honoursResources && known?.honoursResources !== false,
      live: live.get(name) ?? 0,
    });
  }
  return [...byName.values()];
}
