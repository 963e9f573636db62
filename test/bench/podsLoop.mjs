/*
 * The bare loop of pods.mjs, as a program of its own: makes pods, watches them,
 * reads each log, deletes each; nothing is stored.
 *
 *   node podsLoop.mjs KUBECONFIG NAMESPACE IMAGE COUNT WINDOW SCRIPT [volumes]
 *
 * With `volumes` each pod has an empty folder and a ConfigMap mounted, as one
 * with a working directory and sources must have: the kubelet looks only three
 * times a second whether volumes are there.
 *
 * Prints JSON: milliseconds of the whole and of each pod, from its creation
 * until its log is read.
 */
import { CoreV1Api, KubeConfig, makeInformer } from '@kubernetes/client-node';

const [kubeconfig, namespace, image, count, window, script, volumes] =
  process.argv.slice(2);
const config = new KubeConfig();
config.loadFromFile(kubeconfig);
const core = config.makeApiClient(CoreV1Api);

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
            ...(volumes && {
              volumeMounts: [
                { name: 'work', mountPath: '/work' },
                { name: 'sources', mountPath: '/sources' },
              ],
            }),
          },
        ],
        ...(volumes && {
          volumes: [
            { name: 'work', emptyDir: {} },
            // Every namespace has it.
            { name: 'sources', configMap: { name: 'kube-root-ca.crt' } },
          ],
        }),
      },
    },
  });
  const code = await ended;
  waiting.delete(name);
  if (code !== 0) throw new Error(`Pod ${name} ended with ${code}`);
  const log = await core.readNamespacedPodLog({ namespace, name });
  if (log !== 'done\n') throw new Error(`The log of ${name} is ${log}`);
  const ms = performance.now() - began;
  await core.deleteNamespacedPod({ namespace, name });
  return ms;
}

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
process.stdout.write(`${JSON.stringify({ ms, each })}\n`);
process.exit(0);
