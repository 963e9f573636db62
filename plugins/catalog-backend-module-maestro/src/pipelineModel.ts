import {
  createCatalogModelLayer,
  type CatalogModelLayer,
} from '@backstage/catalog-model/alpha';
import {
  PIPELINE_API_VERSION,
  PIPELINE_KIND,
  pipelineSpecJsonSchema,
} from '@maestro/plugin-maestro-common';
import type { JsonObject } from '@backstage/types';

const [GROUP, VERSION] = PIPELINE_API_VERSION.split('/');

/**
 * The kind `Pipeline` for the catalog: its schema, made from the same zod
 * schema that the validator uses, and its relations.
 *
 * The relation pairs repeat those of Backstage's own kinds: a relation field
 * gives nothing for a kind whose pair is not declared.
 *
 * @public
 */
export const pipelineModel: CatalogModelLayer = createCatalogModelLayer({
  layerId: `${GROUP}/kind-pipeline`,
  builder: model => {
    model.addKind({
      group: GROUP,
      names: {
        kind: PIPELINE_KIND,
        singular: 'pipeline',
        plural: 'pipelines',
      },
      description:
        'A machine-learning pipeline: tasks, what they depend on, and when they run',
      versions: [
        {
          name: VERSION,
          relationFields: [
            {
              selector: { path: 'spec.owner' },
              relation: 'ownedBy',
              defaultKind: 'Group',
              defaultNamespace: 'inherit',
              allowedKinds: ['Group', 'User'],
            },
            {
              selector: { path: 'spec.system' },
              relation: 'partOf',
              defaultKind: 'System',
              defaultNamespace: 'inherit',
              allowedKinds: ['System'],
            },
            {
              selector: { path: 'spec.dependsOn' },
              relation: 'dependsOn',
              defaultKind: 'Component',
              defaultNamespace: 'inherit',
              allowedKinds: ['Component', 'Resource', 'API', PIPELINE_KIND],
            },
          ],
          schema: {
            jsonSchema: {
              type: 'object',
              required: ['spec'],
              properties: { spec: entitySpecJsonSchema() },
            },
          },
        },
      ],
    });
    model.addRelationPair({
      fromKind: PIPELINE_KIND,
      toKind: ['Group', 'User'],
      description: 'Who answers for it',
      forward: { type: 'ownedBy', title: 'owned by' },
      reverse: { type: 'ownerOf', title: 'owner of' },
    });
    model.addRelationPair({
      fromKind: PIPELINE_KIND,
      toKind: 'System',
      description: 'The system it belongs to',
      forward: { type: 'partOf', title: 'part of' },
      reverse: { type: 'hasPart', title: 'has part' },
    });
    model.addRelationPair({
      fromKind: PIPELINE_KIND,
      toKind: ['Component', 'Resource', 'API', PIPELINE_KIND],
      description: 'What it needs to run',
      forward: { type: 'dependsOn', title: 'depends on' },
      reverse: { type: 'dependencyOf', title: 'dependency of' },
    });
  },
});

/**
 * The schema of `spec`, with tasks or without: an entity of a pipeline from a
 * source (see `PIPELINE_SOURCE_ANNOTATION`) has none. That all others must have
 * tasks is said by the validator.
 */
function entitySpecJsonSchema(): JsonObject {
  const schema = pipelineSpecJsonSchema() as JsonObject & {
    required: string[];
  };
  return {
    ...schema,
    required: schema.required.filter(name => name !== 'tasks'),
  };
}
