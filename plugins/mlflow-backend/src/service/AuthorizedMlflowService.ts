import { PermissionsService } from '@backstage/backend-plugin-api';
import { BasicPermission } from '@backstage/plugin-permission-common';
import {
  MlflowExperimentList,
  MlflowModelDetail,
  MlflowModelList,
  mlflowExperimentReadPermission,
  mlflowModelReadPermission,
  MlflowRunList,
  MlflowStatus,
} from '@maestro/plugin-mlflow-common';
import { demandPermission } from '@maestro/plugin-peer-node';
import { MlflowReader, MlflowService } from './MlflowService';

/**
 * Asks the permission framework before it reads.
 *
 * A model's version shows the parameters and metrics of its source run with
 * the permission to read models alone: they are what describes the model.
 */
export class AuthorizedMlflowService implements MlflowService {
  readonly #service: MlflowService;
  readonly #permissions: PermissionsService;

  constructor(service: MlflowService, permissions: PermissionsService) {
    this.#service = service;
    this.#permissions = permissions;
  }

  /** Whether a server is there is no secret to those who may use the portal. */
  getStatus(reader: MlflowReader): Promise<MlflowStatus> {
    return this.#service.getStatus(reader);
  }

  async listModels(
    query: { filter?: string; pageToken?: string },
    reader: MlflowReader,
  ): Promise<MlflowModelList> {
    await this.#demand(mlflowModelReadPermission, reader);
    return this.#service.listModels(query, reader);
  }

  async getModel(
    query: { name: string; pageToken?: string },
    reader: MlflowReader,
  ): Promise<MlflowModelDetail> {
    await this.#demand(mlflowModelReadPermission, reader);
    return this.#service.getModel(query, reader);
  }

  async listExperiments(
    query: { filter?: string; pageToken?: string },
    reader: MlflowReader,
  ): Promise<MlflowExperimentList> {
    await this.#demand(mlflowExperimentReadPermission, reader);
    return this.#service.listExperiments(query, reader);
  }

  async listRuns(
    query: { experimentId: string; pageToken?: string },
    reader: MlflowReader,
  ): Promise<MlflowRunList> {
    await this.#demand(mlflowExperimentReadPermission, reader);
    return this.#service.listRuns(query, reader);
  }

  #demand(permission: BasicPermission, { credentials }: MlflowReader) {
    return demandPermission(this.#permissions, permission, credentials);
  }
}
