import type { ViewContext } from '../../views/ViewContext';
import type {
  ArtifactSource,
  AssetControl,
  BackfillControl,
  ConnectionsService,
  EngineStatusSource,
  HistoryControl,
  LogSource,
  PipelineRefresher,
  PoolsService,
  RunControl,
  StepCacheControl,
  VariablesService,
  WebhookControl,
} from '../types';

/** What handlers work with: reads through views, writes through services. */
export interface HandlerContext {
  views: ViewContext;
  runControl: RunControl;
  backfillControl: BackfillControl;
  history: HistoryControl;
  stepCache: StepCacheControl;
  engineStatus: EngineStatusSource;
  pipelines: PipelineRefresher;
  /** Beginnings of the locations that sources look after. Default: none */
  sourcePlaces?: readonly string[];
  connections: ConnectionsService;
  variables: VariablesService;
  pools: PoolsService;
  assets: AssetControl;
  webhooks: WebhookControl;
  logs: LogSource;
  artifacts: ArtifactSource;
}
