import type { PipelineDefinition } from '@maestro/plugin-maestro-common';

/** Defaults of the params schema: what a run gets that nobody gave any. */
export function defaultParams(
  definition: PipelineDefinition,
): Record<string, unknown> {
  const properties = (definition.params?.properties ?? {}) as Record<
    string,
    { default?: unknown }
  >;
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([, schema]) => schema?.default !== undefined)
      .map(([name, schema]) => [name, schema.default]),
  );
}
