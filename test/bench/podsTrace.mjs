/*
 * Watches the pods of a namespace for pods.mjs and says of each, when it has
 * ended, what happened when: a line of JSON each, times in epoch ms.
 *
 *   node podsTrace.mjs KUBECONFIG NAMESPACE
 *
 * - `made`, `placed`, `ended`: when the watch told that it was there, had a
 *   node, and that its container had ended
 * - `lines`: its log, with the times that the container runtime gave each line;
 *   missing when it was deleted before it could be read
 */
import { CoreV1Api, KubeConfig, makeInformer } from '@kubernetes/client-node';

const [kubeconfig, namespace] = process.argv.slice(2);
const config = new KubeConfig();
config.loadFromFile(kubeconfig);
const core = config.makeApiClient(CoreV1Api);
const pods = new Map();

const informer = makeInformer(
  config,
  `/api/v1/namespaces/${namespace}/pods`,
  () => core.listNamespacedPod({ namespace }),
);
async function seen({ metadata, spec, status }) {
  const at = Date.now();
  const { name, uid } = metadata;
  const pod = pods.get(uid) ?? { name, made: at };
  pods.set(uid, pod);
  if (spec.nodeName) pod.placed ??= at;
  if (pod.ended || !status?.containerStatuses?.[0]?.state?.terminated) return;
  pod.ended = at;
  const log = await core
    .readNamespacedPodLog({
      ...{ namespace, name, timestamps: true },
      container: spec.containers[0].name,
    })
    .catch(error => {
      if (error.code === 404) return undefined;
      throw error;
    });
  const lines = log
    ?.trimEnd()
    .split('\n')
    .map(line => {
      const [time, ...words] = line.split(' ');
      // Date.parse takes no nanoseconds.
      const fraction = Number(`0.${/\.(\d+)Z$/.exec(time)?.[1] ?? 0}`);
      const second = Date.parse(time.replace(/(\.\d+)?Z$/, 'Z'));
      return { at: second + fraction * 1000, text: words.join(' ') };
    });
  process.stdout.write(`${JSON.stringify({ ...pod, lines })}\n`);
}
informer.on('add', seen);
informer.on('update', seen);
informer.on('delete', ({ metadata }) => pods.delete(metadata.uid));
informer.on('error', error => {
  throw error;
});
await informer.start();
process.stdout.write('{}\n');
