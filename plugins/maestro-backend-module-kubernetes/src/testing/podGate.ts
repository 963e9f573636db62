import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Exec, type KubeConfig, type V1Status } from '@kubernetes/client-node';
import type { ConformanceGate } from '@maestro/plugin-maestro-node/conformance';
import { attemptObjectName } from '../pod/names';

const FILE = '/tmp/go';

/** How long a pod may take until something can be run in it, milliseconds. */
const OPEN_MS = 120_000;

/**
 * Where tasks in pods wait until a test lets them go on.
 *
 * @param options.container - of the task
 * @param options.podOf - default that of the executor
 */
export function podGate(options: {
  config: KubeConfig;
  namespace: string;
  container: string;
  podOf?(attemptId: string): string;
}): ConformanceGate {
  const { config, namespace, container, podOf = attemptObjectName } = options;
  const touch = (pod: string) =>
    new Promise<void>((resolve, reject) => {
      const told = ({ status, message }: V1Status) =>
        status === 'Success' ? resolve() : reject(new Error(message));
      // Without any stream it is refused.
      const said = new PassThrough().resume();
      new Exec(config)
        .exec(
          ...([namespace, pod, container] as const),
          ['touch', FILE],
          ...([said, said, null, false, told] as const),
        )
        .then(
          socket =>
            socket.addEventListener('close', () =>
              reject(new Error('the connection ended')),
            ),
          reject,
        );
    });
  return {
    file: FILE,
    open: async attemptId => {
      const pod = podOf(attemptId);
      for (const deadline = Date.now() + OPEN_MS; ; await sleep(200)) {
        try {
          await touch(pod);
          return;
        } catch (error) {
          // It need not run yet.
          if (Date.now() < deadline) continue;
          throw new Error(`No ${FILE} in pod ${pod}: ${error}`);
        }
      }
    },
  };
}
