import {
  InputError,
  NotFoundError,
  ServiceUnavailableError,
} from '@backstage/errors';
import {
  excerpt,
  parsePeerAnswer,
  PeerAnswer,
  PeerLimits,
  requestPeer,
} from '@maestro/plugin-peer-common';
import { z } from 'zod';
import {
  dataSourcesAnswer,
  entitiesAnswer,
  errorAnswer,
  featureServicesAnswer,
  featureViewsAnswer,
  versionAnswer,
  WireDataSource,
  WireEntity,
  WireFeatureService,
  WireFeatureView,
} from './wire';

const peer = { name: 'The Feast registry', configKey: 'feast.registryUrl' };

// The largest page the registry gives (101 is refused with status 422).
const pageSize = 100;

/**
 * How to reach a Feast registry server (`feast serve_registry --rest-api`).
 *
 * @public
 */
export interface FeastRegistryClientOptions {
  /** Address of the REST API, with its path prefix if it has one. */
  registryUrl: string;
  /** Only this project. Default: all projects. */
  project?: string;
  /** Milliseconds an answer may take, its body included. Default: 10,000. */
  timeoutMs?: number;
  /** Bytes one answer may have. Default: 32 MiB. */
  maxBytes?: number;
  /** Objects of one kind that are read at most. Default: 5,000. */
  maxObjects?: number;
  /** Value of the Authorization header. Default: none is sent. */
  authorization?: string;
  /** Default: the global fetch. */
  fetch?: typeof fetch;
}

/**
 * All objects of one kind; `truncated` when there are more than were read.
 *
 * @public
 */
export interface FeastObjects<T> {
  items: T[];
  truncated: boolean;
}

/**
 * A typed client of the part of the Feast registry's REST API that describes
 * features.
 *
 * It asks the registry for its present state, not for its cache: the cache
 * may be minutes old, and freshness is judged by what it says.
 *
 * Every method throws ServiceUnavailableError when the server is away, slow,
 * refuses the credentials or answers something that is not Feast's. The
 * message names the URL and what to check.
 *
 * @public
 */
export class FeastRegistryClient {
  readonly #options: FeastRegistryClientOptions;
  readonly #limits: PeerLimits;
  readonly #fetch: typeof fetch;
  readonly #maxObjects: number;

  constructor(options: FeastRegistryClientOptions) {
    this.#options = options;
    this.#limits = {
      timeoutMs: options.timeoutMs ?? 10_000,
      maxBytes: options.maxBytes ?? 32 * 1024 * 1024,
    };
    this.#maxObjects = options.maxObjects ?? 5_000;
    this.#fetch = options.fetch ?? ((...args) => fetch(...args));
  }

  /** The version of Feast the registry reports, such as `0.67.0`. */
  async version(): Promise<string> {
    const { version } = await this.#get('version', {}, versionAnswer);
    return version;
  }

  /** Feature views of all types. */
  listFeatureViews(): Promise<FeastObjects<WireFeatureView>> {
    return this.#list('feature_views', featureViewsAnswer);
  }

  /** Feature services. */
  listFeatureServices(): Promise<FeastObjects<WireFeatureService>> {
    return this.#list('feature_services', featureServicesAnswer);
  }

  /** Entities, among them Feast's own `__dummy`. */
  listEntities(): Promise<FeastObjects<WireEntity>> {
    return this.#list('entities', entitiesAnswer);
  }

  /** Data sources. */
  listDataSources(): Promise<FeastObjects<WireDataSource>> {
    return this.#list('data_sources', dataSourcesAnswer);
  }

  async #list<T extends { project?: string }>(
    path: string,
    schema: z.ZodType<{ items: T[]; hasNext: boolean }>,
  ): Promise<FeastObjects<T>> {
    const { project } = this.#options;
    const items: T[] = [];
    for (let page = 1; ; page++) {
      const answer = await this.#get(
        project ? path : `${path}/all`,
        { project, allow_cache: false, limit: pageSize, page },
        schema,
      );
      // Only the answers about all projects name the project of an object.
      items.push(
        ...answer.items.map(item => (project ? { ...item, project } : item)),
      );
      if (!answer.hasNext || items.length >= this.#maxObjects) {
        return {
          items: items.slice(0, this.#maxObjects),
          truncated: answer.hasNext || items.length > this.#maxObjects,
        };
      }
    }
  }

  async #get<T>(
    path: string,
    query: Record<string, string | number | boolean | undefined>,
    schema: z.ZodType<T>,
  ): Promise<T> {
    const base = this.#options.registryUrl.replace(/\/+$/, '');
    const url = new URL(`${base}/${path}`);
    for (const [key, value] of Object.entries(query)) {
      if (value !== undefined) {
        url.searchParams.set(key, String(value));
      }
    }
    const { authorization } = this.#options;
    const answer = await requestPeer({
      peer,
      url,
      limits: this.#limits,
      fetch: this.#fetch,
      headers: authorization ? { authorization } : {},
    });
    return parse(url, answer, schema);
  }
}

function parse<T>(url: URL, answer: PeerAnswer, schema: z.ZodType<T>): T {
  return parsePeerAnswer(answer, schema, {
    refusal: json => refusal(url, answer, json),
    stranger: detail => notFeast(url, detail),
  });
}

function notFeast(url: URL, detail: string): ServiceUnavailableError {
  return new ServiceUnavailableError(
    `${url.origin}${url.pathname} does not answer like a Feast registry (${detail}); check that ${peer.configKey} names a server started with "feast serve_registry --rest-api"`,
  );
}

function refusal(url: URL, answer: PeerAnswer, json: unknown): Error {
  const where = `${url.origin}${url.pathname}`;
  if (answer.status === 401 || answer.status === 403) {
    return new ServiceUnavailableError(
      `The Feast registry refused the portal at ${where} (status ${answer.status}); check feast.token and what that user may read`,
    );
  }
  const error = errorAnswer.safeParse(json);
  if (!error.success || error.data.detail === 'Not Found') {
    return notFeast(url, `status ${answer.status}: ${excerpt(answer.text)}`);
  }
  const message = `Feast: ${excerpt(error.data.detail)}`;
  if (answer.status === 404) {
    return new NotFoundError(message);
  }
  if (answer.status < 500) {
    return new InputError(`${message} (${error.data.error_type}, ${where})`);
  }
  return new ServiceUnavailableError(
    `The Feast registry failed at ${where} with status ${answer.status} (${
      error.data.error_type
    }: ${excerpt(error.data.detail)}); see its log`,
  );
}
