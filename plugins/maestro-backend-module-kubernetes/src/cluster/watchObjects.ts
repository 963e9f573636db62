import {
  type KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  makeInformer,
} from '@kubernetes/client-node';
import { clusterError } from './ClusterError';

/** Delays between attempts to watch again, milliseconds. */
const WATCH_DELAYS = [500, 1_000, 2_000, 5_000, 10_000];

/** Who is told, until the signal aborts. */
export interface WatchListener<T> {
  changed(object: T): void;
  gone(object: T): void;
  failed(error: Error): void;
  signal: AbortSignal;
}

/**
 * Tells of every object that is there, comes, changes or goes. Survives
 * disconnects: goes on from what it saw last, or lists anew when the server has
 * forgotten that (410).
 *
 * @param options.what - for people, in front of what went wrong
 * @param options.path - of the kind, such as `/api/v1/namespaces/ml/pods`
 */
export async function watchObjects<T extends KubernetesObject>(
  config: KubeConfig,
  options: {
    what: string;
    path: string;
    labelSelector: string;
    list(): Promise<KubernetesListObject<T>>;
  },
  { changed, gone, failed, signal }: WatchListener<T>,
): Promise<void> {
  const { what, path, labelSelector, list } = options;
  const informer = makeInformer(config, path, list, labelSelector);
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  const seen = (object: T) => {
    failures = 0;
    if (!signal.aborted) changed(object);
  };
  informer.on('add', seen);
  informer.on('update', seen);
  informer.on('delete', object => {
    if (!signal.aborted) gone(object);
  });
  const again = (error: unknown) => {
    if (signal.aborted) return;
    failed(clusterError(what, error));
    // It does not start again by itself.
    clearTimeout(timer);
    timer = setTimeout(() => {
      informer.start().catch(again);
    }, WATCH_DELAYS[Math.min(failures, WATCH_DELAYS.length - 1)]);
    timer.unref();
    failures += 1;
  };
  informer.on('error', again);
  signal.addEventListener(
    'abort',
    () => {
      clearTimeout(timer);
      // Nobody is told any more, so that its end is all that matters.
      informer.stop().catch(() => {});
    },
    { once: true },
  );
  if (!signal.aborted) await informer.start().catch(again);
}
