import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { worldTask } from '../../chaos/world.mjs';
import { until } from '../../portal/until.mjs';
import { NAMESPACE } from '../chaos/onPods.mjs';

/** Where pods see the folder of the world. */
const MOUNT = '/world';
const CLAIM = 'world';
/** Debian's, which has the `flock` and `date` that tasks of a world need. */
const IMAGE = 'docker.io/library/python:3.11-slim';

const WIDTH = 8;
const TICK_MS = 10_000;
/** Tasks of a run of `wide`. */
const WIDE = WIDTH + 2;

/**
 * Lets pods write down what they do, under locks of the one kernel that runs
 * them all: two pods of the same task that live at once meet there.
 */
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

/** Without this a second pod would be seen by nobody, and all would be green. */
async function assertLocksAreShared({ kube }) {
  const names = ['lock-a', 'lock-b'];
  await kube.apply(
    ...names.map(name => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: NAMESPACE },
      spec: {
        restartPolicy: 'Never',
        securityContext: { runAsUser: 1000 },
        volumes: [
          { name: 'world', persistentVolumeClaim: { claimName: CLAIM } },
        ],
        containers: [
          {
            name: 'lock',
            image: IMAGE,
            command: [
              ...['sh', '-c'],
              `exec 9>>${MOUNT}/locks/shared; flock -n 9 || exit 7; sleep 300`,
            ],
            volumeMounts: [{ name: 'world', mountPath: MOUNT }],
          },
        ],
      },
    })),
  );
  await until(
    'of two pods one sees that the other has its lock',
    async () => {
      const { items } = await kube.json(
        ...['get', 'pods', ...names, `--namespace=${NAMESPACE}`],
      );
      const codes = items.map(
        ({ status }) =>
          status.containerStatuses?.[0].state.terminated?.exitCode,
      );
      return codes.includes(7);
    },
    { timeoutMs: 180_000 },
  );
  await kube.kubectl([
    ...['delete', 'pod', ...names, `--namespace=${NAMESPACE}`],
    '--grace-period=1',
  ]);
}

const podTask = (id, seconds, more = {}) =>
  worldTask(MOUNT, id, seconds, {
    executor: 'kubernetes',
    image: IMAGE,
    kubernetes: { volumes: [{ mountPath: MOUNT, claim: CLAIM }] },
    ...more,
  });

/** Ids of the tasks between the first and the last. */
const MIDDLE = Array.from({ length: WIDTH }, (_, i) => `t${i}`);

/**
 * Triggers runs of ten tasks one after another, through whichever scheduler
 * answers, beside a schedule of tasks that fail once. A trigger without an
 * answer is repeated with its key, as a client would.
 *
 * @param options.tasks - how many at least; runs are whole
 * @param options.everyMs - between two triggers
 * @returns `done`, which resolves when all are triggered and the schedule is
 * paused; `runKeys` and `everyMs` for the invariants
 */
export async function startPodLoad(world, { tasks, everyMs }) {
  const { engine } = world;
  await shareWorld(world);
  await assertLocksAreShared(world);
  await engine.store('ticking', {
    schedule: { every: `PT${TICK_MS / 1000}S`, catchup: true },
    maxActiveRuns: 50,
    tasks: [podTask('a', 1, { firstExit: 3, retries: 1, retryDelay: 'PT1S' })],
  });
  await engine.store('wide', {
    maxActiveRuns: 50,
    tasks: [
      podTask('first', 1),
      ...MIDDLE.map((id, i) =>
        podTask(id, 2 + 2 * i, { dependsOn: ['first'] }),
      ),
      podTask('last', 1, { dependsOn: MIDDLE }),
    ],
  });
  const runKeys = [];
  const ask = async (op, args) => {
    while (!engine.isStopped) {
      try {
        return await engine.ask(op, args);
      } catch {
        // Dead, stopped or busy with both: what the suite is about.
        await pause(300);
      }
    }
    throw new Error(`The suite ended before anybody answered to ${op}`);
  };
  const triggering = (async () => {
    for (let i = 0; i < Math.ceil(tasks / WIDE); i += 1) {
      const one = { pipeline: 'wide', runKey: `load-${i}` };
      await ask('trigger', one);
      runKeys.push(one);
      await pause(everyMs);
    }
    await ask('pause', { pipeline: 'ticking', paused: true });
  })();
  // Its failure is told by `done`; until then it is no unhandled one.
  triggering.catch(() => undefined);
  return { runKeys, everyMs: { ticking: TICK_MS }, done: () => triggering };
}
