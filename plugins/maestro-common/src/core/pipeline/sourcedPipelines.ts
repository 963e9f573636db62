import type { PipelineDefinition } from './definition';

/**
 * Annotation of the entity of a pipeline that comes from a source, such as a
 * folder of DAG files: its location there. The scheduler has read it itself, so
 * that it takes nothing from the entity.
 *
 * @public
 */
export const PIPELINE_SOURCE_ANNOTATION = 'maestro.dev/pipeline-source';

/** Longest name of an entity. */
const MAX_NAME = 63;

/**
 * Name of the entity of a pipeline: its own where the catalog takes it, else
 * one that is made from it and is as unique.
 *
 * @public
 */
export function entityNameOf(pipeline: string): string {
  const isTaken =
    pipeline.length <= MAX_NAME &&
    /^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$/.test(pipeline);
  if (isTaken) return pipeline;
  const plain = pipeline
    .replace(/[^A-Za-z0-9_.-]/g, '-')
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '')
    .slice(0, MAX_NAME - 9)
    .replace(/[^A-Za-z0-9]+$/, '');
  return `${plain || 'pipeline'}-${shortHash(pipeline)}`;
}

/**
 * Entity reference of a pipeline that comes from a source.
 *
 * @public
 */
export function sourcedEntityRef({
  name,
}: Pick<PipelineDefinition, 'name'>): string {
  return `pipeline:default/${entityNameOf(name)}`.toLowerCase();
}

/** Eight hexadecimal digits (FNV-1a); only tells names apart. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, '0');
}
