/*
 * The bare loop of pods.mjs, as a program of its own: makes pods, watches them,
 * reads each log, deletes each; nothing is stored.
 *
 *   node podsLoop.mjs KUBECONFIG NAMESPACE IMAGE COUNT WINDOW SCRIPT [folder]
 *
 * With `folder` each pod has an empty folder mounted, which is the working
 * directory that a task must have: with any volume the kubelet waits for it, and
 * looks for it every 0.3 s.
 *
 * Prints JSON: milliseconds of the whole and of each pod, from its creation
 * until its log is read, and the epoch ms at which each was asked for; `again`
 * is how many were made once more, since the container runtime could not start
 * them (Maestro launches such a task anew too).
 */
import { CoreV1Api, KubeConfig, makeInformer } from '@kubernetes/client-node';

const [kubeconfig, namespace, image, count, window, script, folder] =
  process.argv.slice(2);
const config = new KubeConfig();
config.loadFromFile(kubeconfig);
// The client makes a connection for each request, with its TLS handshake. A
// loop that does so is slower than it must be, and easy to keep up with.
const create = config.createDispatcher.bind(config);
let dispatcher;
config.createDispatcher = (...of) => {
  dispatcher ??= create(...of);
  return dispatcher;
};
const core = config.makeApiClient(CoreV1Api);

/** What the kubelet says of a container that never was. */
const START_ERROR = 128;

/** Who waits for the end of a pod, by its name. */
const waiting = new Map();
const list = () =>
  core.listNamespacedPod({ namespace, labelSelector: 'bench=bare' });
const informer = makeInformer(
  config,
  `/api/v1/namespaces/${namespace}/pods`,
  list,
  'bench=bare',
);
const seen = pod => {
  // A second before the phase of the pod says so.
  const end = pod.status?.containerStatuses?.[0]?.state?.terminated;
  if (end) waiting.get(pod.metadata.name)?.(end.exitCode);
};
informer.on('add', seen);
informer.on('update', seen);
informer.on('error', error => {
  throw error;
});
await informer.start();

async function one(number) {
  const name = `bare-${number}`;
  const asked = Date.now();
  const began = performance.now();
  const ended = new Promise(resolve => waiting.set(name, resolve));
  await core.createNamespacedPod({
    namespace,
    body: {
      metadata: { name, labels: { bench: 'bare' } },
      spec: {
        restartPolicy: 'Never',
        automountServiceAccountToken: false,
        containers: [
          {
            name: 'main',
            image,
            imagePullPolicy: 'IfNotPresent',
            command: ['sh', '-c', script],
            ...(folder && {
              volumeMounts: [{ name: 'work', mountPath: '/work' }],
            }),
          },
        ],
        ...(folder && { volumes: [{ name: 'work', emptyDir: {} }] }),
      },
    },
  });
  const code = await ended;
  waiting.delete(name);
  if (code === START_ERROR) {
    again += 1;
    await core.deleteNamespacedPod({ namespace, name });
    return one(`${number}-again`);
  }
  if (code !== 0) throw new Error(`Pod ${name} ended with ${code}`);
  const log = await core.readNamespacedPodLog({ namespace, name });
  if (log !== 'begin\ndone\n') throw new Error(`The log of ${name} is ${log}`);
  const ms = performance.now() - began;
  await core.deleteNamespacedPod({ namespace, name });
  return { ms, asked };
}

let again = 0;
const began = performance.now();
const each = [];
let next = 0;
await Promise.all(
  Array.from({ length: Math.min(Number(window), Number(count)) }, async () => {
    while (next < Number(count)) {
      next += 1;
      each.push(await one(next));
    }
  }),
);
const ms = performance.now() - began;
await informer.stop();
process.stdout.write(`${JSON.stringify({ ms, each, again })}\n`);
process.exit(0);
