import type { V1Pod } from '@kubernetes/client-node';
import { durationWords } from '@maestro/plugin-maestro-common';
import { ANNOTATION } from '../pod/names';
import { endMark, isEnded, type EndMark, waitingReason } from './observePod';

/** Waiting reasons that more waiting does not mend. */
const IMAGE = new Set([
  'InvalidImageName',
  'ErrImageNeverPull',
  // Only after the kubelet has tried twice.
  'ImagePullBackOff',
  'ImageInspectError',
]);
const CONFIG = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'PreCreateHookError',
  'PostStartHookError',
]);

/** A registry that says no says it again. */
const REFUSED = /not found|not exist|denied|unauthorized|forbidden|invalid/i;

/**
 * Whether a pod that does not run yet must be ended, and why.
 *
 * @param now - epoch ms
 * @param startTimeoutMs - how long a pod may wait to run unless it says itself
 */
export function verdict(
  pod: V1Pod,
  now: number,
  startTimeoutMs: number,
): EndMark | undefined {
  const { status, metadata } = pod;
  if (isEnded(pod) || endMark(pod) || metadata?.deletionTimestamp) {
    return undefined;
  }
  for (const container of [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ]) {
    const { reason, message } = container.state?.waiting ?? {};
    if (reason === undefined) continue;
    const told = message ? `${reason}: ${message}` : reason;
    const name = container.image;
    if (
      IMAGE.has(reason) ||
      (reason === 'ErrImagePull' && REFUSED.test(message ?? ''))
    ) {
      return {
        failure: 'image',
        message: `Image ${name} of container "${container.name}" cannot be had: ${told}`,
      };
    }
    if (CONFIG.has(reason)) {
      return {
        failure: 'config',
        message: `Container "${container.name}" cannot be made: ${told}`,
      };
    }
  }
  if (hasRun(pod)) return undefined;
  const limit = Number(
    metadata?.annotations?.[ANNOTATION.startTimeout] ?? startTimeoutMs,
  );
  const since = new Date(metadata?.creationTimestamp ?? now).getTime();
  if (now - since < limit) return undefined;
  return {
    failure: 'queued_timeout',
    message: `Its pod did not run within ${durationWords(limit)}: ${
      waitingReason(pod) ?? 'it was not said why; look at its events'
    }`,
  };
}

function hasRun(pod: V1Pod): boolean {
  return [
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.containerStatuses ?? []),
  ].some(({ state }) => state?.running ?? state?.terminated);
}
