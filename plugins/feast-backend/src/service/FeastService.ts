import { BackstageCredentials } from '@backstage/backend-plugin-api';
import {
  FeastDataSource,
  FeastEntity,
  FeastFeatureService,
  FeastFeatureView,
  FeastList,
  FeastStatus,
} from '@maestro/plugin-feast-common';

/** On whose behalf something is read. */
export interface FeastReader {
  credentials: BackstageCredentials;
}

/** What the routes serve; one implementation reads, one authorizes. */
export interface FeastService {
  getStatus(reader: FeastReader): Promise<FeastStatus>;
  listFeatureViews(reader: FeastReader): Promise<FeastList<FeastFeatureView>>;
  listFeatureServices(
    reader: FeastReader,
  ): Promise<FeastList<FeastFeatureService>>;
  listEntities(reader: FeastReader): Promise<FeastList<FeastEntity>>;
  listDataSources(reader: FeastReader): Promise<FeastList<FeastDataSource>>;
}
