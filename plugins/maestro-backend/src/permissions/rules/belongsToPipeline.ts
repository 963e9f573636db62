import { createPermissionRule } from '@backstage/plugin-permission-node';
import { z } from 'zod/v4';
import { runResourceRef } from '../runResource';

/** Allows runs of named pipelines. */
export const belongsToPipeline = createPermissionRule({
  name: 'BELONGS_TO_PIPELINE',
  description: 'Allow runs of the named pipelines',
  resourceRef: runResourceRef,
  paramsSchema: z.object({
    pipelines: z.array(z.string()).describe('Names of pipelines'),
  }),
  apply: (run, { pipelines }) => pipelines.includes(run.pipeline),
  toQuery: ({ pipelines }) => ({ pipelines }),
});
