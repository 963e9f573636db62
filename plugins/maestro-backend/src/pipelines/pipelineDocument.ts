import type { Entity } from '@backstage/catalog-model';
import {
  type PipelineProblem,
  PIPELINE_KIND,
  type PipelineDefinition,
  validatePipeline,
  validatePipelineText,
} from '@maestro/plugin-maestro-common';
import { parseAllDocuments } from 'yaml';
import type { SourceTree } from './sources/SourceTree';

/** What the folder says about a pipeline. */
export type ReadPipeline =
  | { kind: 'valid'; entity: Entity; definition: PipelineDefinition }
  | { kind: 'invalid'; problems: PipelineProblem[] }
  /** The file does not have it now; the catalog will say so soon. */
  | { kind: 'absent' };

/** Parts of an entity that the catalog fills in from other files. */
const PLACEHOLDER = /^[ \t-]*["']?\$(text|json|yaml|openapi)["']?[ \t]*:/m;

/**
 * Finds a pipeline in the file of its folder, so that spec and sources are of
 * one read. What the catalog has may be older, or filled in by it: then, and
 * when the file is not there, `entity` of the catalog is what counts.
 *
 * @param file - place for people, in the problems
 */
export function readPipeline(
  tree: SourceTree | undefined,
  entity: Entity,
  file: string,
): ReadPipeline {
  const content = tree?.files.find(
    ({ path }) => path === tree.entityFile,
  )?.content;
  const text = content?.toString('utf8');
  if (text === undefined || PLACEHOLDER.test(text)) {
    return validated(entity, file);
  }
  const checked = validatePipelineText(text, { file });
  const syntax = checked.problems.filter(({ path }) => path === '');
  if (syntax.length > 0) return { kind: 'invalid', problems: syntax };

  const documents = pipelinesOf(text);
  const document = documents.find(
    ({ metadata }) =>
      metadata?.name === entity.metadata.name &&
      (metadata.namespace ?? 'default') ===
        (entity.metadata.namespace ?? 'default'),
  );
  if (!document) return { kind: 'absent' };
  const result = validated(document, file);
  // With lines, when it is clear whose they are.
  return result.kind === 'invalid' && documents.length === 1
    ? { kind: 'invalid', problems: checked.problems }
    : result;
}

function validated(entity: Entity, file: string): ReadPipeline {
  const result = validatePipeline(entity, { file });
  return result.ok
    ? { kind: 'valid', entity, definition: result.definition }
    : { kind: 'invalid', problems: result.problems };
}

function pipelinesOf(text: string): Entity[] {
  const documents = parseAllDocuments(text);
  return (Array.isArray(documents) ? documents : [])
    .map(document => document.toJS() as Entity | null)
    .filter(
      (entity): entity is Entity =>
        typeof entity === 'object' && entity?.kind === PIPELINE_KIND,
    );
}
