import { BackstageCredentials } from '@backstage/backend-plugin-api';
import {
  MlflowExperimentList,
  MlflowModelDetail,
  MlflowModelList,
  MlflowRunList,
  MlflowStatus,
} from '@maestro/plugin-mlflow-common';

/** On whose behalf something is read. */
export interface MlflowReader {
  credentials: BackstageCredentials;
}

/** What the routes serve; one implementation reads, one authorizes. */
export interface MlflowService {
  getStatus(reader: MlflowReader): Promise<MlflowStatus>;
  listModels(
    query: { filter?: string; pageToken?: string },
    reader: MlflowReader,
  ): Promise<MlflowModelList>;
  getModel(
    query: { name: string; pageToken?: string },
    reader: MlflowReader,
  ): Promise<MlflowModelDetail>;
  listExperiments(
    query: { filter?: string; pageToken?: string },
    reader: MlflowReader,
  ): Promise<MlflowExperimentList>;
  listRuns(
    query: { experimentId: string; pageToken?: string },
    reader: MlflowReader,
  ): Promise<MlflowRunList>;
}
