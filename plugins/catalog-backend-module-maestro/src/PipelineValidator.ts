import { InputError } from '@backstage/errors';
import type { Entity } from '@backstage/catalog-model';
import type { LocationSpec } from '@backstage/plugin-catalog-common';
import type { CatalogProcessor } from '@backstage/plugin-catalog-node';
import {
  PIPELINE_KIND,
  PIPELINE_SOURCE_ANNOTATION,
  formatProblem,
  validatePipeline,
} from '@maestro/plugin-maestro-common';

/** Problems named in one message; the panel of the portal lists them all. */
const MOST_PROBLEMS = 10;

/**
 * Refuses a Pipeline entity that the one validator refuses: what a JSON Schema
 * cannot say (cycles, unknown upstreams, bad cron, bad expressions).
 *
 * It runs before the catalog's schema check, because its messages name the
 * path and what was expected.
 */
export class PipelineValidator implements CatalogProcessor {
  getProcessorName(): string {
    return 'PipelineValidator';
  }

  async preProcessEntity(
    entity: Entity,
    location: LocationSpec,
  ): Promise<Entity> {
    if (entity.kind !== PIPELINE_KIND) return entity;
    // Its tasks are in the scheduler's store, which takes nothing from here.
    if (entity.metadata.annotations?.[PIPELINE_SOURCE_ANNOTATION])
      return entity;
    const result = validatePipeline(entity, { file: location.target });
    if (!result.ok) {
      const { problems } = result;
      const more =
        problems.length > MOST_PROBLEMS
          ? [`and ${problems.length - MOST_PROBLEMS} more`]
          : [];
      throw new InputError(
        [
          `Pipeline "${entity.metadata?.name}" in ${location.target} is invalid:`,
          ...problems.slice(0, MOST_PROBLEMS).map(p => formatProblem(p)),
          ...more,
        ].join('\n'),
      );
    }
    return entity;
  }
}
