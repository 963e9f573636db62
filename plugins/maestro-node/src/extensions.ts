import { createExtensionPoint } from '@backstage/backend-plugin-api';
import type { TaskExecutor } from './executor/types';
import type { PipelineSource, PipelineSourceFinder } from './pipelineSource';

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

/**
 * Where modules give the scheduler pipelines that are in no catalog file.
 *
 * @public
 */
export interface MaestroPipelineSourcesExtensionPoint {
  /** Throws when there is a source of that place already. */
  addSource(source: PipelineSource): void;
  /** Throws when there is a source or a finder of that place already. */
  addFinder(finder: PipelineSourceFinder): void;
}

/** @public */
export const maestroPipelineSourcesExtensionPoint =
  createExtensionPoint<MaestroPipelineSourcesExtensionPoint>({
    id: 'maestro.pipeline-sources',
  });
