import {
  definitionNeeds,
  type PipelineDefinition,
  unknownNeeds,
} from '@maestro/plugin-maestro-common';

/*
 * How a definition stands in `pipeline_versions.definition`: its JSON, and
 * before it, where it needs something that not every build knows, a line
 *
 *   needs task.map …
 *
 * Builds from before there was such a line take the column for JSON and cannot
 * read it at all: they leave the pipeline alone as well, with an error in their
 * log for each thing they would have done.
 */
const NEEDS = 'needs ';

/** A pipeline that only newer code may run. */
export class DefinitionNeedsError extends Error {
  readonly name = 'DefinitionNeedsError';

  constructor(readonly needs: string[]) {
    super(
      `it uses ${needs.join(
        ', ',
      )}, which this build of Maestro does not know: a newer scheduler has to run it`,
    );
  }
}

/** The text to store. */
export function writeDefinition(definition: PipelineDefinition): string {
  const text = JSON.stringify(definition);
  const needs = definitionNeeds(definition);
  return needs.length === 0 ? text : `${NEEDS}${needs.join(' ')}\n${text}`;
}

/**
 * A stored definition, to act on.
 *
 * @throws DefinitionNeedsError when this code does not know all of it
 */
export function readDefinition(text: string): PipelineDefinition {
  const { json } = split(text);
  const unknown = unknownNeedsIn(text);
  if (unknown.length > 0) throw new DefinitionNeedsError(unknown);
  return JSON.parse(json) as PipelineDefinition;
}

/** What a stored definition needs and this code does not know. */
export function unknownNeedsIn(text: string): string[] {
  return unknownNeeds(split(text).needs);
}

/** A stored definition, to show: what is not known in it is left out. */
export function readShownDefinition(text: string): PipelineDefinition {
  return JSON.parse(split(text).json) as PipelineDefinition;
}

function split(text: string): { needs: string[]; json: string } {
  if (!text.startsWith(NEEDS)) return { needs: [], json: text };
  const end = text.indexOf('\n');
  return {
    needs: text.slice(NEEDS.length, end).split(' '),
    json: text.slice(end + 1),
  };
}
