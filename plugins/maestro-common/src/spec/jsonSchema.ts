import { z } from 'zod';
import { pipelineSpecSchema } from './pipelineSpec';
import type { ProblemPath } from './problems';

/**
 * JSON Schema of `spec` as people write it, for the catalog's model layer and
 * for editors. It has no `$ref`, and no `allOf`, `anyOf`, `oneOf` or `if` at
 * its root, which the model layer refuses.
 *
 * @public
 */
export function pipelineSpecJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(pipelineSpecSchema, {
    io: 'input',
    target: 'draft-7',
    reused: 'inline',
  }) as Record<string, unknown>;
  return schema;
}

interface SchemaNode {
  properties?: Record<string, SchemaNode>;
  items?: SchemaNode;
  additionalProperties?: SchemaNode | boolean;
  anyOf?: SchemaNode[];
}

let schema: SchemaNode | undefined;

/**
 * The keys that `spec` allows at a path below it.
 *
 * @internal
 */
export function knownKeys(path: ProblemPath): string[] {
  schema ??= pipelineSpecJsonSchema() as SchemaNode;
  let nodes: SchemaNode[] = [schema];
  for (const part of path) {
    nodes = nodes
      .flatMap(node => node.anyOf ?? [node])
      .flatMap(node => {
        const next =
          typeof part === 'number' ? node.items : node.properties?.[part];
        return next ? [next] : [];
      });
  }
  return [
    ...new Set(
      nodes
        .flatMap(node => node.anyOf ?? [node])
        .flatMap(node => Object.keys(node.properties ?? {})),
    ),
  ];
}
