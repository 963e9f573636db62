import { ServiceUnavailableError, stringifyError } from '@backstage/errors';
import {
  checkFeastServer,
  FeastDataSource,
  FeastEntity,
  FeastFeatureService,
  FeastFeatureView,
  FeastList,
  FeastRegistryClient,
  FeastServiceStatus,
  FeastStatus,
} from '@maestro/plugin-feast-common';
import { FeastConfig } from '../config';
import { FeastService } from './FeastService';
import {
  dataSourceView,
  entityViews,
  featureServiceView,
  featureViewView,
  servicesByView,
} from './views';

/** Reads a Feast registry; keeps nothing between two questions. */
export class DefaultFeastService implements FeastService {
  readonly #config: FeastConfig;
  readonly #client: FeastRegistryClient | undefined;
  readonly #now: () => number;

  static fromConfig(
    config: FeastConfig,
    options: { now?: () => number } = {},
  ): DefaultFeastService {
    const { registryUrl } = config;
    return new DefaultFeastService(
      config,
      registryUrl
        ? new FeastRegistryClient({ ...config, registryUrl })
        : undefined,
      options.now ?? Date.now,
    );
  }

  private constructor(
    config: FeastConfig,
    client: FeastRegistryClient | undefined,
    now: () => number,
  ) {
    this.#config = config;
    this.#client = client;
    this.#now = now;
  }

  async getStatus(): Promise<FeastStatus> {
    const { serverUrl, timeoutMs, authorization } = this.#config;
    const client = this.#client;
    const [registry, server] = await Promise.all([
      statusOf(
        'feast.registryUrl',
        client && (async () => ({ version: await client.version() })),
      ),
      statusOf(
        'feast.serverUrl',
        serverUrl
          ? () => checkFeastServer({ serverUrl, timeoutMs, authorization })
          : undefined,
      ),
    ]);
    return { registry, server };
  }

  async listFeatureViews(): Promise<FeastList<FeastFeatureView>> {
    const [views, services] = await Promise.all([
      this.#registry().listFeatureViews(),
      this.#registry().listFeatureServices(),
    ]);
    const servicesOf = servicesByView(services.items);
    const now = this.#now();
    return {
      items: views.items.map(view =>
        featureViewView(view, {
          now,
          staleAfterMs: this.#config.staleAfterMs,
          services: servicesOf(view.project, view.spec.name),
        }),
      ),
      truncated: views.truncated,
      asOf: now,
    };
  }

  async listFeatureServices(): Promise<FeastList<FeastFeatureService>> {
    const { items, truncated } = await this.#registry().listFeatureServices();
    return {
      items: items.map(featureServiceView),
      truncated,
      asOf: this.#now(),
    };
  }

  async listEntities(): Promise<FeastList<FeastEntity>> {
    const [entities, views] = await Promise.all([
      this.#registry().listEntities(),
      this.#registry().listFeatureViews(),
    ]);
    return {
      items: entityViews(entities.items, views.items),
      truncated: entities.truncated,
      asOf: this.#now(),
    };
  }

  async listDataSources(): Promise<FeastList<FeastDataSource>> {
    const { items, truncated } = await this.#registry().listDataSources();
    return { items: items.map(dataSourceView), truncated, asOf: this.#now() };
  }

  #registry(): FeastRegistryClient {
    if (!this.#client) {
      throw new ServiceUnavailableError(
        "No Feast registry is configured; set feast.registryUrl in the portal's configuration to its address",
      );
    }
    return this.#client;
  }
}

async function statusOf(
  configKey: string,
  ask: (() => Promise<{ version: string } | void>) | undefined,
): Promise<FeastServiceStatus> {
  if (!ask) {
    return { configured: false, configKey };
  }
  try {
    return { configured: true, configKey, ...(await ask()) };
  } catch (error) {
    const problem =
      error instanceof Error ? error.message : stringifyError(error);
    return { configured: true, configKey, problem };
  }
}
