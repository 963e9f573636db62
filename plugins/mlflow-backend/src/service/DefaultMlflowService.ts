import { ServiceUnavailableError, stringifyError } from '@backstage/errors';
import {
  MlflowExperimentList,
  MlflowModelDetail,
  MlflowModelList,
  MlflowRunList,
  MlflowServerClient,
  MlflowStatus,
  WireRun,
} from '@maestro/plugin-mlflow-common';
import { MlflowConfig } from '../config';
import { findLatestRuns } from './latestRuns';
import { MlflowService } from './MlflowService';
import { findSourceRuns } from './sourceRuns';
import {
  experimentView,
  latestVersionOf,
  modelView,
  runView,
  versionView,
} from './views';

const configKey = 'mlflow.baseUrl';
const modelsPerPage = 50;
const versionsPerPage = 25;
const experimentsPerPage = 25;
const latestRunsPerExperiment = 5;
const runsPerPage = 50;

/** Reads an MLflow server; keeps nothing between two questions. */
export class DefaultMlflowService implements MlflowService {
  readonly #config: MlflowConfig | undefined;
  readonly #client: MlflowServerClient | undefined;

  static fromConfig(config: MlflowConfig | undefined): DefaultMlflowService {
    return new DefaultMlflowService(
      config,
      config && new MlflowServerClient(config),
    );
  }

  private constructor(
    config: MlflowConfig | undefined,
    client: MlflowServerClient | undefined,
  ) {
    this.#config = config;
    this.#client = client;
  }

  async getStatus(): Promise<MlflowStatus> {
    if (!this.#config || !this.#client) {
      return { configured: false, configKey };
    }
    const status = { configured: true, configKey, uiUrl: this.#config.uiUrl };
    try {
      return { ...status, version: await this.#client.version() };
    } catch (error) {
      return { ...status, problem: messageOf(error) };
    }
  }

  async listModels(query: {
    filter?: string;
    pageToken?: string;
  }): Promise<MlflowModelList> {
    const { items, nextPageToken } = await this.#server().searchModels({
      nameContains: query.filter,
      pageToken: query.pageToken,
      limit: modelsPerPage,
    });
    const { runs, warnings } = await this.#sourceRuns(
      items.map(model => latestVersionOf(model)?.run_id),
    );
    return {
      models: items.map(model => modelView(model, runs)),
      nextPageToken,
      warnings,
    };
  }

  async getModel(query: {
    name: string;
    pageToken?: string;
  }): Promise<MlflowModelDetail> {
    const [model, versions] = await Promise.all([
      this.#server().getModel(query.name),
      this.#server().searchVersions(query.name, {
        pageToken: query.pageToken,
        limit: versionsPerPage,
      }),
    ]);
    const { runs, warnings } = await this.#sourceRuns([
      latestVersionOf(model)?.run_id,
      ...versions.items.map(version => version.run_id),
    ]);
    const { aliases } = model;
    return {
      model: modelView(model, runs),
      versions: versions.items.map(v => versionView(v, { aliases, runs })),
      nextPageToken: versions.nextPageToken,
      warnings,
    };
  }

  async listExperiments(query: {
    filter?: string;
    pageToken?: string;
  }): Promise<MlflowExperimentList> {
    const { items, nextPageToken } = await this.#server().searchExperiments({
      nameContains: query.filter,
      pageToken: query.pageToken,
      limit: experimentsPerPage,
    });
    const latest = await findLatestRuns(
      this.#server(),
      items.map(experiment => experiment.experiment_id),
      latestRunsPerExperiment,
    );
    return {
      experiments: items.map(experiment => ({
        ...experimentView(experiment),
        latestRuns: latest.get(experiment.experiment_id)!.map(runView),
      })),
      nextPageToken,
    };
  }

  async listRuns(query: {
    experimentId: string;
    pageToken?: string;
  }): Promise<MlflowRunList> {
    const [experiment, runs] = await Promise.all([
      this.#server().getExperiment(query.experimentId),
      this.#server().searchRuns({
        experimentIds: [query.experimentId],
        pageToken: query.pageToken,
        limit: runsPerPage,
      }),
    ]);
    return {
      experiment: experimentView(experiment),
      runs: runs.items.map(runView),
      nextPageToken: runs.nextPageToken,
    };
  }

  #server(): MlflowServerClient {
    if (!this.#client) {
      throw new ServiceUnavailableError(
        `No MLflow server is configured; set ${configKey} in the portal's configuration to its address`,
      );
    }
    return this.#client;
  }

  // A server may let the portal read models but not runs. A list without
  // metrics, with the reason, serves people better than no list.
  async #sourceRuns(runIds: (string | undefined)[]): Promise<{
    runs: ReadonlyMap<string, WireRun>;
    warnings: string[];
  }> {
    try {
      return {
        runs: await findSourceRuns(this.#server(), runIds),
        warnings: [],
      };
    } catch (error) {
      return {
        runs: new Map(),
        warnings: [`Metrics could not be read: ${messageOf(error)}`],
      };
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : stringifyError(error);
}
