import {
  OPERATION_PERMISSIONS,
  type OperationId,
} from '@maestro/plugin-maestro-common';
import { usePermission } from '@backstage/plugin-permission-react';
import { isResourcePermission } from '@backstage/plugin-permission-common';

/** What somebody is told who may not. */
const DEEDS = {
  triggerRun: 'start runs',
  cancelRun: 'cancel this run',
  clearTasks: 'clear tasks of this run',
  markTasks: 'mark tasks of this run',
  decideApproval: 'decide what this run asks',
  deleteRun: 'delete this run',
  setRunNote: 'write notes on this run',
  clearStepCache: 'forget results of tasks',
  createBackfill: 'backfill pipelines',
  setBackfillState: 'pause and cancel backfills',
  setPipelinePaused: 'pause and resume pipelines',
  createConnection: 'make connections',
  updateConnection: 'change connections',
  deleteConnection: 'delete connections',
  testConnection: 'test connections',
  setVariable: 'make and change variables',
  deleteVariable: 'delete variables',
  setPool: 'make and change pools',
  deletePool: 'delete pools',
  emitAssetEvent: 'tell events of assets',
  rotateWebhook: 'make secrets of webhooks',
} satisfies Partial<Record<OperationId, string>>;

/** An operation that a page offers to those who may. */
export type Deed = keyof typeof DEEDS;

/** @internal */
export interface May {
  allowed: boolean;
  /** Why not, for whoever wonders. */
  why?: string;
}

/**
 * Whether the one who looks may do something, by the same permission that the
 * server asks for.
 *
 * Until that is known, and when it cannot be known, it is allowed: the server
 * decides, and a button must not flicker or vanish because of a slow answer.
 *
 * @param runId - the run it is about; needed where a decision may depend on it
 */
export function useMay(deed: Deed, runId?: string): May {
  const permission = OPERATION_PERMISSIONS[deed];
  const { loading, allowed, error } = usePermission(
    isResourcePermission(permission)
      ? { permission, resourceRef: runId }
      : { permission },
  );
  if (loading || error || allowed) {
    return { allowed: true };
  }
  return {
    allowed: false,
    why: `You may not ${DEEDS[deed]}. Ask whoever looks after this portal's permissions for ${permission.name}.`,
  };
}
