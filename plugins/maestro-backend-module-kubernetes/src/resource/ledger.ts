import type { V1ConfigMap } from '@kubernetes/client-node';
import type { ResourceDefinition } from '@maestro/plugin-maestro-common';
import type {
  AttemptOutcome,
  LaunchRequest,
} from '@maestro/plugin-maestro-node';
import type { EndMark } from '../observe/observePod';
import { ANNOTATION, attemptObjectName, LABEL, labelValue } from '../pod/names';
import type { ClusterObject, ResourceKind } from './ResourceApi';

/** Why Maestro ends a resource, and how that was found. */
export interface ResourceEndMark extends EndMark {
  detail?: string;
}

/** How an attempt ended, once somebody has seen it. */
export interface SettledOutcome {
  outcome: AttemptOutcome;
  /** Epoch ms. */
  startedAt: number;
  endedAt: number;
}

/**
 * What the cluster knows of an attempt: a ConfigMap that is made before the
 * object and goes after it. The object belongs to others, whose controllers
 * write into it and may remove it; here its end is kept until it is committed.
 * The object is owned by it, so that what a crash leaves goes with it.
 */
export interface Ledger {
  attemptId: string;
  namespace: string;
  name: string;
  uid: string;
  resourceVersion: string;
  kind: ResourceKind;
  asked: Omit<ResourceDefinition, 'manifest'>;
  logLimitBytes: number;
  /** The object was seen; before that nobody can say that it was deleted. */
  created: boolean;
  end?: ResourceEndMark;
  settled?: SettledOutcome;
}

/** Labels by which the objects of an attempt are found. */
function ownLabels(
  request: LaunchRequest,
  instance: string,
): Record<string, string> {
  const { labels, attemptId } = request;
  return {
    [LABEL.instance]: instance,
    [LABEL.attempt]: attemptId,
    [LABEL.resource]: 'true',
    [LABEL.run]: labels.runId,
    [LABEL.pipeline]: labelValue(labels.pipeline),
    [LABEL.task]: labelValue(labels.taskId),
    ...(labels.mapIndex >= 0
      ? { [LABEL.mapIndex]: String(labels.mapIndex) }
      : {}),
    [LABEL.managedBy]: 'maestro',
    [LABEL.backstage]: labelValue(labels.pipeline),
  };
}

/** The ConfigMap that a ledger begins as. */
export function newLedger(options: {
  request: LaunchRequest;
  resource: ResourceDefinition;
  kind: ResourceKind;
  namespace: string;
  instance: string;
}): V1ConfigMap {
  const { request, resource, kind, namespace, instance } = options;
  const { manifest: _, ...asked } = resource;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: attemptObjectName(request.attemptId),
      namespace,
      labels: ownLabels(request, instance),
    },
    data: {
      kind: JSON.stringify(kind),
      asked: JSON.stringify(asked),
      logLimitBytes: String(request.logLimitBytes),
    },
  };
}

/** Undefined for what somebody has edited until it is none any more. */
export function readLedger(configMap: V1ConfigMap): Ledger | undefined {
  const { metadata, data = {} } = configMap;
  const attemptId = metadata?.labels?.[LABEL.attempt];
  if (!attemptId) return undefined;
  try {
    return {
      attemptId,
      namespace: metadata!.namespace!,
      name: metadata!.name!,
      uid: metadata!.uid!,
      resourceVersion: metadata!.resourceVersion!,
      kind: JSON.parse(data.kind),
      asked: JSON.parse(data.asked),
      logLimitBytes: Number(data.logLimitBytes),
      created: data.created === 'true',
      ...(data.end ? { end: JSON.parse(data.end) } : {}),
      ...(data.settled ? { settled: JSON.parse(data.settled) } : {}),
    };
  } catch {
    return undefined;
  }
}

/** The object of an attempt, which goes when its ledger goes. */
export function ownedObject(
  request: LaunchRequest,
  resource: ResourceDefinition,
  ledger: Ledger,
  instance: string,
): ClusterObject {
  const { manifest } = resource;
  const metadata = (manifest.metadata ?? {}) as Record<string, object>;
  return {
    ...manifest,
    metadata: {
      ...metadata,
      name: ledger.name,
      namespace: ledger.namespace,
      labels: { ...metadata.labels, ...ownLabels(request, instance) },
      annotations: {
        ...(metadata.annotations as Record<string, string>),
        [ANNOTATION.pipeline]: request.labels.pipeline,
        [ANNOTATION.task]: request.labels.taskId,
      },
      ownerReferences: [
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          name: ledger.name,
          uid: ledger.uid,
        },
      ],
    },
  };
}
