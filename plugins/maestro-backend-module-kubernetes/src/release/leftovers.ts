import type { V1ConfigMap, V1ObjectMeta, V1Pod } from '@kubernetes/client-node';
import { isEnded, observePod } from '../observe/observePod';
import { attemptObjectName, FINALIZER, LABEL } from '../pod/names';
import { readLedger } from '../resource/ledger';

/** One object that an installation left in a cluster. */
export interface Leftover {
  kind: 'Pod' | 'Secret' | 'ConfigMap';
  namespace: string;
  name: string;
  /** The installation that made it. */
  instance: string;
  what: 'task' | 'environment' | 'sources' | 'ledger';
  /** For people: how it stands, and what goes with it. */
  state?: string;
  /** A task is not over: taking this away ends it. */
  isRunning: boolean;
  /** What keeps it from going, Maestro's own and others'. */
  finalizers: string[];
  /** As it was seen, for a change that is refused when it is another by then. */
  resourceVersion?: string;
}

/**
 * Undefined for what only looks like Maestro's: anybody may write labels, and
 * the name of what Maestro makes follows from them.
 */
function common(
  kind: Leftover['kind'],
  metadata: V1ObjectMeta | undefined,
): Omit<Leftover, 'what'> | undefined {
  const { namespace, name, labels = {} } = metadata ?? {};
  const instance = labels[LABEL.instance];
  if (!namespace || !name || !instance) return undefined;
  if (labels[LABEL.managedBy] !== 'maestro') return undefined;
  return {
    kind,
    namespace,
    name,
    instance,
    isRunning: false,
    finalizers: metadata?.finalizers ?? [],
    resourceVersion: metadata?.resourceVersion,
  };
}

function isOfAttempt(metadata: V1ObjectMeta | undefined): boolean {
  const attemptId = metadata?.labels?.[LABEL.attempt];
  return (
    attemptId !== undefined && metadata!.name === attemptObjectName(attemptId)
  );
}

/** The pod of an attempt. */
export function podLeftover(pod: V1Pod): Leftover | undefined {
  const { metadata } = pod;
  const found = common('Pod', metadata);
  if (!found || !isOfAttempt(metadata)) return undefined;
  // Made from a manifest: it goes with its ledger, or was asked to stay.
  if (metadata!.labels![LABEL.resource] !== undefined) return undefined;
  const isRunning = !isEnded(pod);
  const words = [
    isRunning ? wordOf(observePod(pod).phase) : 'ended',
    ...(metadata!.deletionTimestamp ? ['deleted'] : []),
    ...(found.finalizers.length > 0
      ? [`held by ${found.finalizers.join(', ')}`]
      : []),
  ];
  return { ...found, what: 'task', isRunning, state: words.join(', ') };
}

function wordOf(phase: string): string {
  return phase === 'running' ? 'RUNNING' : 'WAITS TO RUN';
}

/** The environment of an attempt; its values are not asked for. */
export function secretLeftover(
  metadata: V1ObjectMeta | undefined,
): Leftover | undefined {
  const found = common('Secret', metadata);
  if (!found || !isOfAttempt(metadata)) return undefined;
  if (metadata!.labels![LABEL.resource] !== undefined) return undefined;
  return { ...found, what: 'environment' };
}

/** Sources of a version, or the ledger of an attempt. */
export function configMapLeftover(
  configMap: V1ConfigMap,
): Leftover | undefined {
  const { metadata } = configMap;
  const found = common('ConfigMap', metadata);
  if (!found) return undefined;
  const labels = metadata!.labels!;
  if (labels[LABEL.sources] === found.name) {
    return { ...found, what: 'sources' };
  }
  if (labels[LABEL.resource] === undefined || !isOfAttempt(metadata)) {
    return undefined;
  }
  const ledger = readLedger(configMap);
  if (!ledger?.kind?.name) {
    return { ...found, what: 'ledger', state: 'not readable' };
  }
  const isRunning = !ledger.settled;
  return {
    ...found,
    what: 'ledger',
    isRunning,
    state: `${isRunning ? 'NOT ENDED' : 'ended'}, ${
      ledger.kind.name
    } goes with it`,
  };
}

/** The Secret of a pod where nobody may list Secrets. */
export function secretOf({ namespace, name, instance }: Leftover): Leftover {
  return {
    kind: 'Secret',
    namespace,
    name,
    instance,
    what: 'environment',
    state: 'if it is there',
    isRunning: false,
    finalizers: [],
  };
}

/** Finalizers that are not Maestro's to take off. */
export function othersFinalizers({ finalizers }: Leftover): string[] {
  return finalizers.filter(finalizer => finalizer !== FINALIZER);
}
