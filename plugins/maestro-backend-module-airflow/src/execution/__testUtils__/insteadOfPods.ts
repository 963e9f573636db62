import { createLocalExecutor } from '@maestro/plugin-maestro-backend-module-local';
import type { LaunchRequest, TaskExecutor } from '@maestro/plugin-maestro-node';

/**
 * Stands in for the executor that makes pods, under its name: the same command
 * with the same environment and sources as a process.
 *
 * @param onLaunch - called with what it is asked for
 */
export function insteadOfPods(
  dataDir: string,
  onLaunch: (request: LaunchRequest) => void = () => {},
): TaskExecutor {
  const processes = createLocalExecutor({ dataDir, maxParallel: 40 });
  return new Proxy(processes, {
    get(target, key) {
      if (key === 'name') return 'kubernetes';
      if (key === 'launch') {
        return (request: LaunchRequest) => {
          onLaunch(request);
          return processes.launch(request);
        };
      }
      const value = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
