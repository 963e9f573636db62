import type { CatalogService } from '@backstage/plugin-catalog-node';
import { createTemplateAction } from '@backstage/plugin-scaffolder-node';
import { writePipeline } from './writePipeline';

/**
 * Scaffolder action `maestro:pipeline:create`: puts a rendered pipeline where
 * the catalog of this installation finds it, and waits until it is there.
 */
export function createPipelineAction(options: {
  catalog: CatalogService;
  /** Undefined where pipelines live in repositories only. */
  targetDir: string | undefined;
  /** How long the catalog may take, milliseconds. */
  waitMs?: number;
}) {
  const { catalog, targetDir, waitMs = 90_000 } = options;
  return createTemplateAction({
    id: 'maestro:pipeline:create',
    description:
      'Validates a rendered pipeline, writes it to the pipelines of this installation and waits until the catalog has it',
    supportsDryRun: true,
    schema: {
      input: {
        name: z => z.string().describe('Name of the pipeline'),
        source: z =>
          z
            .string()
            .optional()
            .describe(
              'Folder in the workspace with catalog-info.yaml. Default: itself',
            ),
      },
      output: {
        entityRef: z => z.string().describe('The pipeline in the catalog'),
        folder: z => z.string().describe('Where its files are'),
      },
    },
    async handler(ctx) {
      // The scaffolder checks the schema, but fills in no defaults of it.
      const { name, source = '.' } = ctx.input;
      if (!targetDir) {
        throw new Error(
          'This installation has no folder for pipelines of its own (maestro.scaffolder.targetDir or maestro.dataDir); use a template that publishes to a repository',
        );
      }
      const folder = await writePipeline(
        { workspace: ctx.workspacePath, source, targetDir, name },
        { dryRun: ctx.isDryRun },
      );
      const entityRef = `pipeline:default/${name}`;
      ctx.output('entityRef', entityRef);
      ctx.output('folder', folder);
      if (ctx.isDryRun) {
        ctx.logger.info(`Would write ${folder}`);
        return;
      }
      ctx.logger.info(`Wrote ${folder}; waiting for the catalog`);
      const credentials = await ctx.getInitiatorCredentials();
      const end = Date.now() + waitMs;
      while (Date.now() < end && !ctx.signal?.aborted) {
        if (await catalog.getEntityByRef(entityRef, { credentials })) {
          ctx.logger.info(`The catalog has ${entityRef}`);
          return;
        }
        await new Promise(resolve => setTimeout(resolve, 500));
      }
      throw new Error(
        `The catalog did not take up ${entityRef} within ${
          waitMs / 1000
        } s. Its files are in ${folder}: see the list of invalid pipelines on the Pipelines page`,
      );
    },
  });
}
