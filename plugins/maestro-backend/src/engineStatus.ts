import { num } from './database/conversion';
import type { Engine } from './engine/Engine';
import type { EngineStatusSource } from './service/types';

/** What people on call see of the engine: executors, and whether it moves. */
export function engineStatus(engine: Engine): EngineStatusSource {
  return {
    status: async () => {
      const { db, executors } = engine.ctx;
      const counts = (await db
        .knex('attempts')
        .whereRaw("state <> 'ended'")
        .groupBy('executor')
        .select('executor')
        .count({ live: '*' })) as Array<{
        executor: string;
        live: number | string;
      }>;
      const live = new Map(counts.map(row => [row.executor, num(row.live)]));
      const found = await Promise.all(
        [...executors.values()].map(async executor => {
          const health = await executor
            .health()
            .catch(error => ({ ok: false, message: String(error) }));
          return {
            name: executor.name,
            ...health,
            maxParallel: executor.capabilities.maxParallel,
            honoursResources: executor.capabilities.honoursResources,
            live: live.get(executor.name) ?? 0,
          };
        }),
      );
      const away = found.filter(executor => !executor.ok);
      const stalled = engine.stalledFor();
      const problems = [
        ...(found.length === 0
          ? ['No executor is installed: no task can run']
          : []),
        ...away.map(
          executor =>
            `Executor "${executor.name}" cannot launch: ${executor.message}`,
        ),
        ...(stalled === undefined
          ? []
          : [
              `The scheduler has made no progress for ${Math.round(
                stalled / 1000,
              )} s`,
            ]),
      ];
      return {
        ok: problems.length === 0,
        message: problems.length > 0 ? problems.join('. ') : undefined,
        executors: found,
        defaultExecutor: engine.ctx.defaultExecutor,
      };
    },
  };
}
