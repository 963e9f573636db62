import { setTimeout as pause } from 'node:timers/promises';
import { worldTask } from './world.mjs';

/** Interval of the schedule of `ticking`, milliseconds. */
export const TICK_MS = 3_000;

/**
 * Puts work on a cluster: a pipeline that is due every three seconds, and ones
 * that are triggered again and again through whichever scheduler answers.
 * A trigger that got no answer is repeated with its key until one comes, as a
 * client would.
 *
 * @param options.everyMs - between two triggers, default 1.5 s
 * @returns `stop()`, which ends the triggers and pauses the schedule; `runKeys`
 *   and `everyMs` for the invariants
 */
export async function startLoad(cluster, { everyMs = 1_500 } = {}) {
  const { world } = cluster;
  await cluster.store('ticking', {
    schedule: { every: `PT${TICK_MS / 1000}S`, catchup: true },
    maxActiveRuns: 50,
    tasks: [
      worldTask(world, 'a', 0.2),
      worldTask(world, 'b', 0.4, { dependsOn: ['a'] }),
    ],
  });
  await cluster.store('diamond', {
    maxActiveRuns: 50,
    tasks: [
      worldTask(world, 'a', 0.1),
      worldTask(world, 'b', 0.5, { dependsOn: ['a'] }),
      worldTask(world, 'c', 1.5, { dependsOn: ['a'] }),
      worldTask(world, 'd', 0.1, { dependsOn: ['b', 'c'] }),
    ],
  });
  await cluster.store('trying', {
    maxActiveRuns: 50,
    tasks: [
      worldTask(world, 'a', 0.2, {
        firstExit: 3,
        retries: 1,
        retryDelay: 'PT1S',
      }),
    ],
  });
  await cluster.store('lasting', {
    maxActiveRuns: 3,
    tasks: [worldTask(world, 'a', 12), worldTask(world, 'b', 5)],
  });
  const runKeys = [];
  let isOver = false;
  // Also when its suite failed and stops the cluster.
  const isRunning = () => !isOver && !cluster.isStopped;
  const kinds = ['diamond', 'trying', 'diamond', 'lasting'];
  const triggering = (async () => {
    for (let i = 0; isRunning(); i += 1) {
      const runKey = `load-${i}`;
      const pipeline = kinds[i % kinds.length];
      if (await triggerUntilAnswered({ pipeline, runKey }))
        runKeys.push({ pipeline, runKey });
      await pause(everyMs);
    }
  })();

  /** False when the load was stopped before an answer came. */
  async function triggerUntilAnswered(args) {
    while (isRunning()) {
      try {
        await cluster.ask('trigger', args);
        return true;
      } catch {
        // Dead, stopped, or without its database: what the suite is about.
        await pause(300);
      }
    }
    return false;
  }

  return {
    runKeys,
    everyMs: { ticking: TICK_MS },
    async stop() {
      isOver = true;
      await triggering;
      for (let tries = 0; ; tries += 1) {
        try {
          await cluster.ask('pause', { pipeline: 'ticking', paused: true });
          return;
        } catch (error) {
          if (tries > 100) throw error;
          await pause(300);
        }
      }
    },
  };
}
