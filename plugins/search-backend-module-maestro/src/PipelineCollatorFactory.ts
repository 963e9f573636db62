import { Readable } from 'node:stream';
import type { AuthService } from '@backstage/backend-plugin-api';
import type { Entity } from '@backstage/catalog-model';
import type { CatalogService } from '@backstage/plugin-catalog-node';
import { catalogEntityReadPermission } from '@backstage/plugin-catalog-common/alpha';
import type { Permission } from '@backstage/plugin-permission-common';
import type {
  DocumentCollatorFactory,
  IndexableDocument,
} from '@backstage/plugin-search-common';
import {
  PIPELINE_KIND,
  type PipelineSpec,
} from '@maestro/plugin-maestro-common';

/**
 * A pipeline in the search index. Type of the index: `pipeline`.
 *
 * @public
 */
export interface PipelineDocument extends IndexableDocument {
  kind: string;
  namespace: string;
  name: string;
  /** Such as training. */
  pipelineType: string;
  owner: string;
  lifecycle: string;
  tags: string[];
}

/** Entities read in one page. */
const PAGE = 500;

/**
 * Gives the search every pipeline of the catalog: found by name, words of its
 * description, tags, owner and the ids of its tasks.
 */
export class PipelineCollatorFactory implements DocumentCollatorFactory {
  readonly type = 'pipeline';
  readonly visibilityPermission: Permission = catalogEntityReadPermission;

  constructor(
    private readonly options: { catalog: CatalogService; auth: AuthService },
  ) {}

  async getCollator(): Promise<Readable> {
    return Readable.from(this.documents());
  }

  private async *documents(): AsyncGenerator<PipelineDocument> {
    const { auth, catalog } = this.options;
    let cursor: string | undefined;
    do {
      const credentials = await auth.getOwnServiceCredentials();
      const page = await catalog.queryEntities(
        cursor
          ? { cursor, limit: PAGE }
          : { filter: { kind: PIPELINE_KIND }, limit: PAGE },
        { credentials },
      );
      for (const entity of page.items) yield toDocument(entity);
      cursor = page.pageInfo.nextCursor;
    } while (cursor);
  }
}

function toDocument(entity: Entity): PipelineDocument {
  const {
    name,
    namespace = 'default',
    title,
    description,
    tags,
  } = entity.metadata;
  const spec = entity.spec as PipelineSpec | undefined;
  const tasks = spec?.tasks ?? [];
  return {
    title: title ?? name,
    text: [
      name,
      // Words inside a name are found too: training in model_training_pipeline.
      name.replace(/[_.-]+/g, ' '),
      description ?? '',
      ...(tags ?? []),
      ...tasks.map(task => `${task.id} ${task.title ?? ''}`),
    ].join(' '),
    location: `/catalog/${namespace}/pipeline/${name}`.toLowerCase(),
    kind: entity.kind,
    namespace,
    name,
    pipelineType: spec?.type ?? '',
    owner: spec?.owner ?? '',
    lifecycle: spec?.lifecycle ?? '',
    tags: tags ?? [],
    authorization: {
      resourceRef: `pipeline:${namespace}/${name}`.toLowerCase(),
    },
  };
}
