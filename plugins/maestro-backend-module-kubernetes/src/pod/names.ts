import { createHash } from 'node:crypto';

/** Labels and annotations of what Maestro makes. */
export const LABEL = {
  /** Which installation it belongs to. */
  instance: 'maestro.dev/instance',
  attempt: 'maestro.dev/attempt',
  run: 'maestro.dev/run',
  pipeline: 'maestro.dev/pipeline',
  task: 'maestro.dev/task',
  mapIndex: 'maestro.dev/map-index',
  /** The ConfigMap of its sources. */
  sources: 'maestro.dev/sources',
  /** Present on what a `kubernetes.resource` made, and on its ledger. */
  resource: 'maestro.dev/resource',
  managedBy: 'app.kubernetes.io/managed-by',
  /** Backstage's Kubernetes tab finds pods by it. */
  backstage: 'backstage.io/kubernetes-id',
} as const;

export const ANNOTATION = {
  pipeline: 'maestro.dev/pipeline',
  task: 'maestro.dev/task',
  /** Raw log limit, bytes. */
  logLimit: 'maestro.dev/log-limit',
  /** Its log begins with the line `LOG_BEGIN`. */
  logBegin: 'maestro.dev/log-begin',
  /** How long it may wait to run, milliseconds. */
  startTimeout: 'maestro.dev/start-timeout',
  /** How long it had waited when its pod was made, milliseconds. */
  waited: 'maestro.dev/waited',
  /** JSON `EndMark`: why Maestro ends it. */
  end: 'maestro.dev/end',
} as const;

/** Keeps a pod, and with it the outcome, until that is committed. */
export const FINALIZER = 'maestro.dev/outcome';

/** Name of an attempt's pod and of its Secret. */
export function attemptObjectName(attemptId: string): string {
  return `maestro-${attemptId}`;
}

/**
 * A text as a label's value: what does not fit is replaced, and then a short
 * hash of the whole keeps different texts different. Empty stays empty.
 */
export function labelValue(text: string): string {
  if (/^(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/.test(text)) {
    return text;
  }
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 8);
  const stem = text
    .replace(/[^A-Za-z0-9_.-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 50);
  return stem === '' ? hash : `${stem}-${hash}`;
}
