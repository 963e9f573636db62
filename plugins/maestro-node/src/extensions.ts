import { createExtensionPoint } from '@backstage/backend-plugin-api';
import type { TaskExecutor } from './executor/types';

/**
 * Where modules give their executors to the scheduler.
 *
 * @public
 */
export interface MaestroExecutorsExtensionPoint {
  /** Throws when an executor of that name is there already. */
  addExecutor(executor: TaskExecutor): void;
}

/** @public */
export const maestroExecutorsExtensionPoint =
  createExtensionPoint<MaestroExecutorsExtensionPoint>({
    id: 'maestro.executors',
  });
