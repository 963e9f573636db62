/**
 * A metric's value. JSON knows no NaN and no infinity: they are named.
 *
 * @public
 */
export type MetricValue = number | 'NaN' | 'Infinity' | '-Infinity';

/**
 * A run of an experiment. Times are epoch milliseconds.
 *
 * @public
 */
export interface MlflowRun {
  id: string;
  experimentId: string;
  name?: string;
  user?: string;
  /** MLflow's word: RUNNING, SCHEDULED, FINISHED, FAILED, KILLED. */
  status: string;
  startedAt?: number;
  endedAt?: number;
  /** In MLflow's trash. */
  deleted: boolean;
  /** The last value of each metric. */
  metrics: Record<string, MetricValue>;
  params: Record<string, string>;
}

/**
 * A version of a registered model. Times are epoch milliseconds.
 *
 * @public
 */
export interface MlflowModelVersion {
  version: string;
  /** MLflow's word: READY, PENDING_REGISTRATION, FAILED_REGISTRATION. */
  status: string;
  statusMessage?: string;
  description?: string;
  createdAt?: number;
  updatedAt?: number;
  aliases: string[];
  tags: Record<string, string>;
  /** Where the model's files are, without credentials. */
  source?: string;
  runId?: string;
  /** The run that made this version; absent when MLflow has it no more. */
  run?: MlflowRun;
}

/**
 * A registered model as one row of a list. Times are epoch milliseconds.
 *
 * @public
 */
export interface MlflowModel {
  name: string;
  description?: string;
  tags: Record<string, string>;
  aliases: { alias: string; version: string }[];
  createdAt?: number;
  updatedAt?: number;
  latestVersion?: MlflowModelVersion;
}

/**
 * One page of models.
 *
 * @public
 */
export interface MlflowModelList {
  models: MlflowModel[];
  nextPageToken?: string;
  /** What could not be had, such as the metrics, each a sentence. */
  warnings: string[];
}

/**
 * A model with a page of its versions, the newest first.
 *
 * @public
 */
export interface MlflowModelDetail {
  model: MlflowModel;
  versions: MlflowModelVersion[];
  nextPageToken?: string;
  warnings: string[];
}

/**
 * An experiment with its latest runs. Times are epoch milliseconds.
 *
 * @public
 */
export interface MlflowExperiment {
  id: string;
  name: string;
  createdAt?: number;
  updatedAt?: number;
  latestRuns: MlflowRun[];
}

/**
 * One page of experiments.
 *
 * @public
 */
export interface MlflowExperimentList {
  experiments: MlflowExperiment[];
  nextPageToken?: string;
}

/**
 * An experiment's runs, a page of them, the newest first.
 *
 * @public
 */
export interface MlflowRunList {
  experiment: Omit<MlflowExperiment, 'latestRuns'>;
  runs: MlflowRun[];
  nextPageToken?: string;
}

/**
 * Whether an MLflow server is configured and answers.
 *
 * @public
 */
export interface MlflowStatus {
  configured: boolean;
  /** The configuration key that names the server. */
  configKey: string;
  /** Where people open MLflow's own pages. */
  uiUrl?: string;
  /** What the server reports; absent when it does not answer. */
  version?: string;
  /** Why it does not answer, and what to do. */
  problem?: string;
}

/**
 * What the portal's pages, and other plugins, ask the MLflow backend.
 *
 * @public
 */
export interface MlflowApi {
  getStatus(): Promise<MlflowStatus>;
  /** Models, the most recently changed first. */
  listModels(options?: {
    /** Part of the name, in any case. */
    filter?: string;
    pageToken?: string;
  }): Promise<MlflowModelList>;
  getModel(
    name: string,
    options?: { pageToken?: string },
  ): Promise<MlflowModelDetail>;
  /** Experiments, the most recently changed first. */
  listExperiments(options?: {
    /** Part of the name, in any case. */
    filter?: string;
    pageToken?: string;
  }): Promise<MlflowExperimentList>;
  listRuns(
    experimentId: string,
    options?: { pageToken?: string },
  ): Promise<MlflowRunList>;
}
