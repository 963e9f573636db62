import type {
  AuthService,
  DiscoveryService,
  LoggerService,
} from '@backstage/backend-plugin-api';
import {
  ANNOTATION_LOCATION,
  ANNOTATION_ORIGIN_LOCATION,
  type Entity,
} from '@backstage/catalog-model';
import type {
  EntityProvider,
  EntityProviderConnection,
} from '@backstage/plugin-catalog-node';
import {
  createMaestroClient,
  entityNameOf,
  PIPELINE_API_VERSION,
  PIPELINE_KIND,
  PIPELINE_NAME_ANNOTATION,
  PIPELINE_SOURCE_ANNOTATION,
  type SourcedPipelineEntry,
} from '@maestro/plugin-maestro-common';

/** What the catalog takes for a tag. */
const TAG = /^[a-z0-9:+#]+(-[a-z0-9:+#]+)*$/;
const MAX_TAG = 63;

/**
 * Gives the catalog an entity of each pipeline that the scheduler has from a
 * source, such as a folder of DAG files. The scheduler's store is the one
 * truth: a DAG whose file is broken now goes on being there with its last good
 * version, and so does its entity.
 */
export class SourcedPipelineProvider implements EntityProvider {
  private connection: EntityProviderConnection | undefined;
  private last = '';
  private complained = false;

  constructor(
    private readonly options: {
      /** All of them, or an error. */
      list(): Promise<SourcedPipelineEntry[]>;
      logger: LoggerService;
    },
  ) {}

  /** Asks the scheduler, which may be another process. */
  static fromApi(options: {
    auth: AuthService;
    discovery: DiscoveryService;
    logger: LoggerService;
  }): SourcedPipelineProvider {
    const { auth, discovery, logger } = options;
    return new SourcedPipelineProvider({
      logger,
      async list() {
        const { token } = await auth.getPluginRequestToken({
          onBehalfOf: await auth.getOwnServiceCredentials(),
          targetPluginId: 'maestro',
        });
        const client = createMaestroClient({
          baseUrl: await discovery.getBaseUrl('maestro'),
          fetch: (input, init) => {
            const request = new Request(input, init);
            request.headers.set('Authorization', `Bearer ${token}`);
            return fetch(request);
          },
        });
        return (await client.listSourcedPipelines()).items;
      },
    });
  }

  getProviderName(): string {
    return 'maestro-sourced-pipelines';
  }

  async connect(connection: EntityProviderConnection): Promise<void> {
    this.connection = connection;
  }

  /**
   * Tells the catalog what changed. A scheduler that does not answer changes
   * nothing: its pipelines stay.
   */
  async refresh(): Promise<void> {
    if (!this.connection) return;
    let items: SourcedPipelineEntry[];
    try {
      items = await this.options.list();
      this.complained = false;
    } catch (error) {
      if (!this.complained) {
        this.options.logger.warn(
          `Pipelines of the scheduler's sources could not be listed, what is known stays: ${error}`,
        );
      }
      this.complained = true;
      return;
    }
    const entities = items.map(toEntity);
    const now = JSON.stringify(entities);
    if (now === this.last) return;
    await this.connection.applyMutation({
      type: 'full',
      entities: entities.map(entity => ({
        locationKey: 'maestro-sourced-pipelines',
        entity,
      })),
    });
    this.last = now;
  }
}

function toEntity(pipeline: SourcedPipelineEntry): Entity {
  const { name, location, ownerRef, title, description, tags, type } = pipeline;
  const entityName = entityNameOf(name);
  return {
    apiVersion: PIPELINE_API_VERSION,
    kind: PIPELINE_KIND,
    metadata: {
      name: entityName,
      ...(title ? { title } : {}),
      ...(description ? { description } : {}),
      tags: catalogTags(tags),
      annotations: {
        [ANNOTATION_LOCATION]: location,
        [ANNOTATION_ORIGIN_LOCATION]: location,
        [PIPELINE_SOURCE_ANNOTATION]: location,
        ...(entityName === name ? {} : { [PIPELINE_NAME_ANNOTATION]: name }),
      },
    },
    spec: { type, owner: ownerRef, lifecycle: 'production' },
  };
}

/** Airflow's tags are any text; what the catalog does not take is left out. */
function catalogTags(tags: readonly string[]): string[] {
  const plain = tags.map(tag =>
    tag
      .toLowerCase()
      .replace(/[\s_./]+/g, '-')
      .replace(/^-+|-+$/g, ''),
  );
  return [
    ...new Set(plain.filter(tag => TAG.test(tag) && tag.length <= MAX_TAG)),
  ];
}
