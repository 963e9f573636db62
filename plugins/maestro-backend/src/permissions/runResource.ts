import { createPermissionResourceRef } from '@backstage/plugin-permission-node';
import { RESOURCE_TYPE_MAESTRO_RUN } from '@maestro/plugin-maestro-common';

/** A run as rules see it. */
export interface RunResource {
  runId: string;
  /** Name of its pipeline. */
  pipeline: string;
}

/** What a rule asks of a list of runs. */
export interface RunFilter {
  /** Names of pipelines; the run belongs to one of them. */
  pipelines: string[];
}

/** Runs in decisions that depend on the run. */
export const runResourceRef = createPermissionResourceRef<
  RunResource,
  RunFilter
>().with({ pluginId: 'maestro', resourceType: RESOURCE_TYPE_MAESTRO_RUN });
