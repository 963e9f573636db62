import type { Entity } from '@backstage/catalog-model';
import { PIPELINE_NAME_ANNOTATION } from '@maestro/plugin-maestro-common';

/** The name people use for the pipeline that an entity describes. */
export function pipelineName(entity: Entity): string {
  return (
    entity.metadata.annotations?.[PIPELINE_NAME_ANNOTATION] ??
    entity.metadata.name
  );
}
