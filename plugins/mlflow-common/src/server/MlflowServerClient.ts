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
  nameContains,
  nameContainsFilter,
  nameEqualsFilter,
} from './nameFilter';
import {
  errorAnswer,
  getExperimentAnswer,
  getModelAnswer,
  searchExperimentsAnswer,
  searchModelsAnswer,
  searchRunsAnswer,
  searchVersionsAnswer,
  WireExperiment,
  WireModelVersion,
  WireRegisteredModel,
  WireRun,
} from './wire';

const peer = { name: 'MLflow', configKey: 'mlflow.baseUrl' };

/**
 * How to reach an MLflow tracking server.
 *
 * @public
 */
export interface MlflowServerClientOptions {
  /** Address of the server, with its path prefix if it has one. */
  baseUrl: string;
  /** Milliseconds an answer may take, its body included. Default: 10,000. */
  timeoutMs?: number;
  /** Bytes an answer may have. Default: 16 MiB. */
  maxBytes?: number;
  /** Value of the Authorization header. Default: none is sent. */
  authorization?: string;
  /** Default: the global fetch. */
  fetch?: typeof fetch;
}

/**
 * A page of answers; `nextPageToken` is present when there are more.
 *
 * @public
 */
export interface MlflowServerPage<T> {
  items: T[];
  nextPageToken?: string;
}

/**
 * A typed client of the part of MLflow's REST API that reads models and runs.
 *
 * Every method throws ServiceUnavailableError when the server is away, slow,
 * refuses the credentials or answers something that is not MLflow's;
 * NotFoundError for an object that is not there; InputError for a question
 * MLflow refuses. The message names the URL and what to check.
 *
 * @public
 */
export class MlflowServerClient {
  readonly #baseUrl: string;
  readonly #limits: PeerLimits;
  readonly #headers: Record<string, string>;
  readonly #fetch: typeof fetch;

  constructor(options: MlflowServerClientOptions) {
    this.#baseUrl = options.baseUrl.replace(/\/+$/, '');
    this.#limits = {
      timeoutMs: options.timeoutMs ?? 10_000,
      maxBytes: options.maxBytes ?? 16 * 1024 * 1024,
    };
    this.#headers = options.authorization
      ? { authorization: options.authorization }
      : {};
    this.#fetch = options.fetch ?? ((...args) => fetch(...args));
  }

  /** The version the server reports, such as `3.17.2`. */
  async version(): Promise<string> {
    const url = new URL(`${this.#baseUrl}/version`);
    const answer = await this.#request(url);
    const version = answer.text.trim();
    if (answer.status !== 200 || !/^\d+\.\d+[\w.+-]{0,40}$/.test(version)) {
      throw notMlflow(url, `status ${answer.status}: ${excerpt(answer.text)}`);
    }
    return version;
  }

  /** Registered models, the most recently changed first. */
  async searchModels(
    options: { nameContains?: string; limit?: number; pageToken?: string } = {},
  ): Promise<MlflowServerPage<WireRegisteredModel>> {
    const text = options.nameContains;
    const answer = await this.#get(
      'registered-models/search',
      {
        filter: text ? nameContainsFilter(text) : undefined,
        order_by: 'last_updated_timestamp DESC',
        max_results: options.limit ?? 50,
        page_token: options.pageToken,
      },
      searchModelsAnswer,
    );
    return page(
      answer.registered_models.filter(m => !text || nameContains(m.name, text)),
      answer.next_page_token,
    );
  }

  /** One registered model. */
  async getModel(name: string): Promise<WireRegisteredModel> {
    const answer = await this.#get(
      'registered-models/get',
      { name },
      getModelAnswer,
    );
    return answer.registered_model;
  }

  /** Versions of one model, the newest first. */
  async searchVersions(
    name: string,
    options: { limit?: number; pageToken?: string } = {},
  ): Promise<MlflowServerPage<WireModelVersion>> {
    const answer = await this.#get(
      'model-versions/search',
      {
        filter: nameEqualsFilter(name),
        order_by: 'version_number DESC',
        max_results: options.limit ?? 50,
        page_token: options.pageToken,
      },
      searchVersionsAnswer,
    );
    return page(
      answer.model_versions.filter(version => version.name === name),
      answer.next_page_token,
    );
  }

  /** Experiments, the most recently changed first. */
  async searchExperiments(
    options: {
      nameContains?: string;
      limit?: number;
      pageToken?: string;
      /** Also those in MLflow's trash. Default: false. */
      includeDeleted?: boolean;
    } = {},
  ): Promise<MlflowServerPage<WireExperiment>> {
    const text = options.nameContains;
    const answer = await this.#post(
      'experiments/search',
      {
        filter: text ? nameContainsFilter(text) : undefined,
        order_by: ['last_update_time DESC'],
        max_results: options.limit ?? 50,
        page_token: options.pageToken,
        view_type: options.includeDeleted ? 'ALL' : 'ACTIVE_ONLY',
      },
      searchExperimentsAnswer,
    );
    return page(
      answer.experiments.filter(e => !text || nameContains(e.name, text)),
      answer.next_page_token,
    );
  }

  /** One experiment. */
  async getExperiment(experimentId: string): Promise<WireExperiment> {
    const answer = await this.#get(
      'experiments/get',
      { experiment_id: experimentId },
      getExperimentAnswer,
    );
    return answer.experiment;
  }

  /** Runs of some experiments, the most recently started first. */
  async searchRuns(options: {
    experimentIds: string[];
    /** Only these runs; at most 100, each of letters and digits. */
    runIds?: string[];
    limit?: number;
    pageToken?: string;
    /** Also those in MLflow's trash. Default: false. */
    includeDeleted?: boolean;
  }): Promise<MlflowServerPage<WireRun>> {
    // A run id comes from the server; one that could leave its quotes is no
    // id that MLflow makes, so it finds nothing.
    const runIds = options.runIds?.filter(id => /^[\w-]{1,64}$/.test(id));
    if (options.experimentIds.length === 0 || runIds?.length === 0) {
      return { items: [] };
    }
    const answer = await this.#post(
      'runs/search',
      {
        experiment_ids: options.experimentIds,
        filter: runIds
          ? `attributes.run_id IN (${runIds.map(id => `'${id}'`).join(', ')})`
          : undefined,
        order_by: ['attributes.start_time DESC'],
        max_results: options.limit ?? 50,
        page_token: options.pageToken,
        run_view_type: options.includeDeleted ? 'ALL' : 'ACTIVE_ONLY',
      },
      searchRunsAnswer,
    );
    return page(answer.runs, answer.next_page_token);
  }

  async #get<T>(
    path: string,
    query: Record<string, string | number | undefined>,
    schema: z.ZodType<T>,
  ): Promise<T> {
    const url = this.#api(path);
    for (const [key, value] of Object.entries(query)) {
      if (value !== undefined) {
        url.searchParams.set(key, String(value));
      }
    }
    return this.#parse(url, await this.#request(url), schema);
  }

  async #post<T>(path: string, body: object, schema: z.ZodType<T>): Promise<T> {
    const url = this.#api(path);
    return this.#parse(url, await this.#request(url, body), schema);
  }

  #api(path: string): URL {
    return new URL(`${this.#baseUrl}/api/2.0/mlflow/${path}`);
  }

  #request(url: URL, body?: object): Promise<PeerAnswer> {
    return requestPeer({
      peer,
      url,
      body,
      limits: this.#limits,
      fetch: this.#fetch,
      headers: this.#headers,
    });
  }

  #parse<T>(url: URL, answer: PeerAnswer, schema: z.ZodType<T>): T {
    return parsePeerAnswer(answer, schema, {
      refusal: json => refusal(url, answer, json),
      stranger: detail => notMlflow(url, detail),
    });
  }
}

function page<T>(items: T[], token: string | undefined): MlflowServerPage<T> {
  return token ? { items, nextPageToken: token } : { items };
}

function notMlflow(url: URL, detail: string): ServiceUnavailableError {
  return new ServiceUnavailableError(
    `${url.origin}${url.pathname} does not answer like an MLflow server (${detail}); check ${peer.configKey}`,
  );
}

function refusal(url: URL, answer: PeerAnswer, json: unknown): Error {
  const where = `${url.origin}${url.pathname}`;
  if (answer.status === 401 || answer.status === 403) {
    return new ServiceUnavailableError(
      `MLflow refused the portal at ${where} (status ${answer.status}); check mlflow.auth and what that user may read`,
    );
  }
  const error = errorAnswer.safeParse(json);
  if (!error.success) {
    return notMlflow(url, `status ${answer.status}: ${excerpt(answer.text)}`);
  }
  const message = `MLflow: ${excerpt(error.data.message)}`;
  if (error.data.error_code === 'RESOURCE_DOES_NOT_EXIST') {
    return new NotFoundError(message);
  }
  if (answer.status < 500) {
    return new InputError(`${message} (${error.data.error_code}, ${where})`);
  }
  return new ServiceUnavailableError(
    `MLflow failed at ${where} with status ${answer.status} (${
      error.data.error_code
    }: ${excerpt(error.data.message)}); see the log of the MLflow server`,
  );
}
