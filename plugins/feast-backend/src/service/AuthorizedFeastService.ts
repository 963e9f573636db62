import { PermissionsService } from '@backstage/backend-plugin-api';
import {
  FeastDataSource,
  FeastEntity,
  FeastFeatureService,
  FeastFeatureView,
  FeastList,
  feastRegistryReadPermission,
  FeastStatus,
} from '@maestro/plugin-feast-common';
import { demandPermission } from '@maestro/plugin-peer-node';
import { FeastReader, FeastService } from './FeastService';

/** Asks the permission framework before it reads. */
export class AuthorizedFeastService implements FeastService {
  readonly #service: FeastService;
  readonly #permissions: PermissionsService;

  constructor(service: FeastService, permissions: PermissionsService) {
    this.#service = service;
    this.#permissions = permissions;
  }

  /** Whether a server is there is no secret to those who may use the portal. */
  getStatus(reader: FeastReader): Promise<FeastStatus> {
    return this.#service.getStatus(reader);
  }

  async listFeatureViews(
    reader: FeastReader,
  ): Promise<FeastList<FeastFeatureView>> {
    await this.#demand(reader);
    return this.#service.listFeatureViews(reader);
  }

  async listFeatureServices(
    reader: FeastReader,
  ): Promise<FeastList<FeastFeatureService>> {
    await this.#demand(reader);
    return this.#service.listFeatureServices(reader);
  }

  async listEntities(reader: FeastReader): Promise<FeastList<FeastEntity>> {
    await this.#demand(reader);
    return this.#service.listEntities(reader);
  }

  async listDataSources(
    reader: FeastReader,
  ): Promise<FeastList<FeastDataSource>> {
    await this.#demand(reader);
    return this.#service.listDataSources(reader);
  }

  #demand({ credentials }: FeastReader) {
    return demandPermission(
      this.#permissions,
      feastRegistryReadPermission,
      credentials,
    );
  }
}
