import type { Config } from '@backstage/config';
import type { Entity } from '@backstage/catalog-model';
import type { CatalogProcessor } from '@backstage/plugin-catalog-node';
import { PIPELINE_KIND } from '@maestro/plugin-maestro-common';

const ID = 'backstage.io/kubernetes-id';

/**
 * Whether Backstage's Kubernetes plugin looks at a cluster. Without one its tab
 * could only say that there is none.
 */
export function hasClusters(config: Config): boolean {
  const methods =
    config.getOptionalConfigArray('kubernetes.clusterLocatorMethods') ?? [];
  return methods.some(
    method =>
      method.getString('type') !== 'config' ||
      (method.getOptionalConfigArray('clusters') ?? []).length > 0,
  );
}

/**
 * Gives a pipeline the annotation by which Backstage's Kubernetes tab finds its
 * pods: their label is the pipeline's name. One that the entity has stays.
 */
export class KubernetesTab implements CatalogProcessor {
  getProcessorName(): string {
    return 'MaestroKubernetesTab';
  }

  async preProcessEntity(entity: Entity): Promise<Entity> {
    const { annotations } = entity.metadata ?? {};
    if (entity.kind !== PIPELINE_KIND || annotations?.[ID]) return entity;
    return {
      ...entity,
      metadata: {
        ...entity.metadata,
        annotations: { ...annotations, [ID]: entity.metadata.name },
      },
    };
  }
}
