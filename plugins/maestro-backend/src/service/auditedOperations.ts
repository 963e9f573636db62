import type { AuditorServiceEventSeverityLevel } from '@backstage/backend-plugin-api';
import type { OperationId } from '@maestro/plugin-maestro-common';

/** How an operation stands in the audit log. */
export interface AuditEntry {
  eventId: string;
  queryType: string;
  severityLevel: AuditorServiceEventSeverityLevel;
}

function write(eventId: string, queryType: string): AuditEntry {
  return { eventId, queryType, severityLevel: 'medium' };
}

/** Every operation that changes something, or uses a secret. */
export const AUDITED_OPERATIONS: Partial<Record<OperationId, AuditEntry>> = {
  setPipelinePaused: write('pipeline-mutate', 'pause'),
  refreshPipelines: write('pipeline-mutate', 'refresh'),
  triggerRun: write('run-mutate', 'trigger'),
  previewBackfill: {
    ...write('backfill-mutate', 'preview'),
    severityLevel: 'low',
  },
  createBackfill: write('backfill-mutate', 'create'),
  setBackfillState: write('backfill-mutate', 'state'),
  cancelRun: write('run-mutate', 'cancel'),
  clearTasks: write('run-mutate', 'clear'),
  markTasks: write('run-mutate', 'mark'),
  decideApproval: write('run-mutate', 'decide-approval'),
  setRunNote: write('run-mutate', 'note'),
  deleteRun: { ...write('run-mutate', 'delete'), severityLevel: 'high' },
  deleteHistory: {
    ...write('pipeline-mutate', 'delete-history'),
    severityLevel: 'high',
  },
  emitAssetEvent: write('asset-mutate', 'emit'),
  rotateWebhook: {
    ...write('webhook-mutate', 'rotate'),
    severityLevel: 'high',
  },
  clearStepCache: write('pipeline-mutate', 'clear-step-cache'),
  createConnection: write('connection-mutate', 'create'),
  updateConnection: write('connection-mutate', 'update'),
  deleteConnection: write('connection-mutate', 'delete'),
  testConnection: write('connection-mutate', 'test'),
  setVariable: write('variable-mutate', 'set'),
  deleteVariable: write('variable-mutate', 'delete'),
  setPool: write('pool-mutate', 'set'),
  deletePool: write('pool-mutate', 'delete'),
};
