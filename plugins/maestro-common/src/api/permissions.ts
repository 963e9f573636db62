import {
  createPermission,
  type BasicPermission,
  type Permission,
  type ResourcePermission,
} from '@backstage/plugin-permission-common';
import type { OperationId } from './types';

type Verb = 'create' | 'read' | 'update' | 'delete';

function permission(name: string, action: Verb): BasicPermission {
  return createPermission({
    name: `maestro.${name}`,
    attributes: { action },
  });
}

/** Resource type of runs in decisions that depend on the run. @public */
export const RESOURCE_TYPE_MAESTRO_RUN = 'maestro-run';

type RunPermission = ResourcePermission<typeof RESOURCE_TYPE_MAESTRO_RUN>;

function runPermission(name: string, action: Verb): RunPermission {
  return createPermission({
    name: `maestro.${name}`,
    attributes: { action },
    resourceType: RESOURCE_TYPE_MAESTRO_RUN,
  });
}

/** See pipelines, their versions, problems and the grid. @public */
export const pipelineReadPermission = permission('pipeline.read', 'read');
/** Pause and resume schedules. @public */
export const pipelinePausePermission = permission('pipeline.pause', 'update');
/** Have the catalog read now. @public */
export const pipelineRefreshPermission = permission(
  'pipeline.refresh',
  'update',
);
/** Run due times of the past. @public */
export const backfillCreatePermission = permission('backfill.create', 'create');
/** Pause, unpause and cancel backfills, with their runs. @public */
export const backfillUpdatePermission = permission('backfill.update', 'update');
/** See runs, attempts, outputs, events and reports. @public */
export const runReadPermission = runPermission('run.read', 'read');
/** Start runs; there is none yet to decide on. @public */
export const runCreatePermission = permission('run.create', 'create');
/** Cancel runs. @public */
export const runCancelPermission = runPermission('run.cancel', 'update');
/** Clear tasks, so that they run again. @public */
export const runClearPermission = runPermission('run.clear', 'update');
/** Write notes on runs. @public */
export const runUpdatePermission = runPermission('run.update', 'update');
/** Give tasks a state by hand. @public */
export const runMarkPermission = runPermission('run.mark', 'update');
/** Decide what tasks ask people. @public */
export const approvalDecidePermission = runPermission(
  'approval.decide',
  'update',
);
/** Delete runs, one by one. @public */
export const runDeletePermission = runPermission('run.delete', 'delete');
/** Delete the history of a pipeline. @public */
export const historyDeletePermission = permission('history.delete', 'delete');
/** Read the logs of attempts. @public */
export const logReadPermission = runPermission('log.read', 'read');
/** See assets and their events. @public */
export const assetReadPermission = permission('asset.read', 'read');
/** Tell events of assets by hand; they start runs. @public */
export const assetEmitPermission = permission('asset.emit', 'create');
/** Make and replace the secrets of webhooks. @public */
export const webhookRotatePermission = permission('webhook.rotate', 'update');
/** See connections; nobody sees their secrets. @public */
export const connectionReadPermission = permission('connection.read', 'read');
/** Make connections. @public */
export const connectionCreatePermission = permission(
  'connection.create',
  'create',
);
/** Change connections. @public */
export const connectionUpdatePermission = permission(
  'connection.update',
  'update',
);
/** Delete connections. @public */
export const connectionDeletePermission = permission(
  'connection.delete',
  'delete',
);
/** Have Maestro log in with a connection. @public */
export const connectionTestPermission = permission('connection.test', 'update');
/** See variables; secret ones without their value. @public */
export const variableReadPermission = permission('variable.read', 'read');
/** Make and change variables. @public */
export const variableUpdatePermission = permission('variable.update', 'update');
/** Delete variables. @public */
export const variableDeletePermission = permission('variable.delete', 'delete');
/** See pools and who has their slots. @public */
export const poolReadPermission = permission('pool.read', 'read');
/** Make pools and change how many slots they have. @public */
export const poolUpdatePermission = permission('pool.update', 'update');
/** Delete pools. @public */
export const poolDeletePermission = permission('pool.delete', 'delete');
/** See the state of the engine. @public */
export const statusReadPermission = permission('status.read', 'read');

/**
 * What each operation of the HTTP API asks for: checked by the server in one
 * place, and read by pages that hide what would be refused. The type demands
 * an entry for every operation of the document.
 *
 * @public
 */
export const OPERATION_PERMISSIONS: Readonly<Record<OperationId, Permission>> =
  {
    listPipelines: pipelineReadPermission,
    getPipeline: pipelineReadPermission,
    getPipelineVersion: pipelineReadPermission,
    getGrid: pipelineReadPermission,
    previewSchedule: pipelineReadPermission,
    listProblems: pipelineReadPermission,
    listSourcedPipelines: pipelineReadPermission,
    listBackfills: pipelineReadPermission,
    getBackfill: pipelineReadPermission,
    previewBackfill: pipelineReadPermission,
    createBackfill: backfillCreatePermission,
    setBackfillState: backfillUpdatePermission,
    setPipelinePaused: pipelinePausePermission,
    refreshPipelines: pipelineRefreshPermission,
    triggerRun: runCreatePermission,
    listRuns: runReadPermission,
    getRun: runReadPermission,
    whyNotRunning: runReadPermission,
    listAttempts: runReadPermission,
    listMapped: runReadPermission,
    listTaskState: runReadPermission,
    listOutputs: runReadPermission,
    downloadOutput: runReadPermission,
    listEvents: runReadPermission,
    getReport: runReadPermission,
    listApprovals: runReadPermission,
    decideApproval: approvalDecidePermission,
    cancelRun: runCancelPermission,
    clearTasks: runClearPermission,
    markTasks: runMarkPermission,
    setRunNote: runUpdatePermission,
    deleteRun: runDeletePermission,
    deleteHistory: historyDeletePermission,
    listStepCache: pipelineReadPermission,
    clearStepCache: runCreatePermission,
    readLog: logReadPermission,
    downloadLog: logReadPermission,
    listConnections: connectionReadPermission,
    getConnection: connectionReadPermission,
    createConnection: connectionCreatePermission,
    updateConnection: connectionUpdatePermission,
    deleteConnection: connectionDeletePermission,
    testConnection: connectionTestPermission,
    listVariables: variableReadPermission,
    getVariable: variableReadPermission,
    setVariable: variableUpdatePermission,
    deleteVariable: variableDeletePermission,
    listPools: poolReadPermission,
    setPool: poolUpdatePermission,
    deletePool: poolDeletePermission,
    getStatus: statusReadPermission,
    listAssets: assetReadPermission,
    listAssetState: assetReadPermission,
    listAssetEvents: assetReadPermission,
    emitAssetEvent: assetEmitPermission,
    listWebhooks: pipelineReadPermission,
    rotateWebhook: webhookRotatePermission,
    whyPipelineWaits: pipelineReadPermission,
  };

/** All permissions of Maestro, each once. @public */
export const maestroPermissions: readonly Permission[] = [
  ...new Set(Object.values(OPERATION_PERMISSIONS)),
];
