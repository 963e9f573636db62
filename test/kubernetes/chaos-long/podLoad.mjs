import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { worldTask } from '../../chaos/world.mjs';
import { NAMESPACE } from '../chaos/onPods.mjs';

/** Where pods see the folder of the world. */
const MOUNT = '/world';
const CLAIM = 'world';
const WIDTH = 10;
const TICK_MS = 10_000;

/** Lets pods write down what they do, under the same kernel locks. */
async function shareWorld({ kube, engine }) {
  fs.chmodSync(engine.world, 0o777);
  fs.chmodSync(path.join(engine.world, 'locks'), 0o777);
  fs.chmodSync(path.join(engine.world, 'world'), 0o666);
  const size = { storage: '1Gi' };
  const spec = { accessModes: ['ReadWriteMany'], storageClassName: '' };
  await kube.apply(
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: CLAIM },
      spec: { ...spec, capacity: size, hostPath: { path: engine.world } },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: CLAIM, namespace: NAMESPACE },
      spec: { ...spec, volumeName: CLAIM, resources: { requests: size } },
    },
  );
}

const podTask = (id, seconds, more = {}) =>
  worldTask(MOUNT, id, seconds, {
    executor: 'kubernetes',
    kubernetes: { volumes: [{ mountPath: MOUNT, claim: CLAIM }] },
    ...more,
  });

/**
 * About fifty tasks as pods all the time: runs of ten that are triggered again
 * and again, through whichever scheduler answers, and a schedule.
 *
 * @returns see startLoad of test/chaos
 */
export async function startPodLoad(world) {
  const { engine } = world;
  await shareWorld(world);
  await engine.store('ticking', {
    schedule: { every: `PT${TICK_MS / 1000}S`, catchup: true },
    maxActiveRuns: 50,
    tasks: [podTask('a', 1, { firstExit: 3, retries: 1, retryDelay: 'PT1S' })],
  });
  await engine.store('wide', {
    maxActiveRuns: 5,
    tasks: [
      ...Array.from({ length: WIDTH }, (_, i) => podTask(`t${i}`, 8 + i)),
      podTask('join', 1, {
        dependsOn: Array.from({ length: WIDTH }, (_, i) => `t${i}`),
      }),
    ],
  });
  const runKeys = [];
  let isOver = false;
  const isRunning = () => !isOver && !engine.isStopped;
  const ask = async (op, args, tries) => {
    for (let i = 0; i < tries && !engine.isStopped; i += 1) {
      try {
        return await engine.ask(op, args);
      } catch {
        // Dead or without its database: what the suite is about.
        await pause(300);
      }
    }
    throw new Error(`Nobody answered to ${op} ${JSON.stringify(args)}`);
  };
  const triggering = (async () => {
    for (let i = 0; isRunning(); i += 1) {
      const one = { pipeline: 'wide', runKey: `load-${i}` };
      await ask('trigger', one, 200);
      runKeys.push(one);
      // A queue that only grows would say nothing new.
      do await pause(1_500);
      while (isRunning() && (await openRuns(engine)) >= 5);
    }
  })();
  // Its failure is told by `stop`; until then it is no unhandled one.
  triggering.catch(() => undefined);
  return {
    runKeys,
    everyMs: { ticking: TICK_MS },
    async stop() {
      isOver = true;
      await triggering;
      await ask('pause', { pipeline: 'ticking', paused: true }, 200);
    },
  };
}

async function openRuns({ knex }) {
  const { n } = await knex('runs')
    .where({ trigger: 'api' })
    .whereNotIn('state', ['success', 'failed'])
    .count({ n: '*' })
    .first();
  return Number(n);
}
