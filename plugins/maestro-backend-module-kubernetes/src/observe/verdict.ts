import type { V1Pod } from '@kubernetes/client-node';
import { durationWords } from '@maestro/plugin-maestro-common';
import { ANNOTATION } from '../pod/names';
import {
  endMark,
  isEnded,
  type EndMark,
  taskStatus,
  waitingReason,
} from './observePod';

const IMAGE = new Set([
  'InvalidImageName',
  'ErrImageNeverPull',
  'ErrImagePull',
  'ImagePullBackOff',
  'ImageInspectError',
  'RegistryUnavailable',
]);
const CONFIG = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'PreCreateHookError',
  'PostStartHookError',
]);

/** These say by themselves that more waiting mends nothing. */
const HOPELESS = new Set(['InvalidImageName', 'ErrImageNeverPull']);

/** A registry that answers so answers so again. */
const IMAGE_REFUSED =
  /: not found|manifest unknown|name unknown|repository does not exist|access denied|access to the resource is denied|unauthorized|authentication required|insufficient_scope|403 forbidden|invalid reference/i;

/** Only somebody who changes the task, or what it names, mends these. */
const CONFIG_WRONG =
  /" not found|couldn't find key|runasnonroot|non-root|non-numeric user|no such file|invalid/i;

/** Why a pod cannot start as things are. */
export interface Trouble extends EndMark {
  /** Whether the kubelet, which tries again, may still get over it. */
  mayPass: boolean;
}

/** What keeps the containers of a pod from starting that its task waits for. */
export function troubleOf(pod: V1Pod): Trouble | undefined {
  const { status } = pod;
  // A sidecar that comes back badly does not take a running task along.
  if (taskStatus(pod)?.state?.running) return undefined;
  for (const container of [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ]) {
    const { reason, message } = container.state?.waiting ?? {};
    if (reason === undefined) continue;
    const told = message ? `${reason}: ${message}` : reason;
    if (IMAGE.has(reason)) {
      return {
        failure: 'image',
        message: `Image ${container.image} of container "${container.name}" cannot be had: ${told}`,
        mayPass: !HOPELESS.has(reason) && !IMAGE_REFUSED.test(message ?? ''),
      };
    }
    if (CONFIG.has(reason)) {
      return {
        failure: 'config',
        message: `Container "${container.name}" cannot be made: ${told}`,
        mayPass: !CONFIG_WRONG.test(message ?? '') || lacksOwn(pod, message),
      };
    }
  }
  return undefined;
}

/**
 * Whether it is the attempt's own Secret that the kubelet does not find. That was
 * there before the pod: what the kubelet asks knows it a moment later.
 */
function lacksOwn({ metadata }: V1Pod, message: string | undefined): boolean {
  return Boolean(message?.includes(`secret "${metadata?.name}" not found`));
}

/** How long what may pass is borne, milliseconds. */
export interface Patience {
  /** A pod may wait to run, unless it says itself. */
  startTimeoutMs: number;
  /** The kubelet may try again after an error that may pass. */
  troubleMs: number;
}

/**
 * Whether a pod that does not run yet must be ended, and why.
 *
 * @param now - epoch ms
 * @param troubledMs - for how long its trouble has been seen here
 */
export function verdict(
  pod: V1Pod,
  now: number,
  { startTimeoutMs, troubleMs }: Patience,
  troubledMs: number = 0,
): EndMark | undefined {
  const { metadata } = pod;
  if (isEnded(pod) || endMark(pod) || metadata?.deletionTimestamp) {
    return undefined;
  }
  const trouble = troubleOf(pod);
  if (trouble && (!trouble.mayPass || troubledMs >= troubleMs)) {
    return { failure: trouble.failure, message: trouble.message };
  }
  if (hasRun(pod)) return undefined;
  const limit = Number(
    metadata?.annotations?.[ANNOTATION.startTimeout] ?? startTimeoutMs,
  );
  const since =
    new Date(metadata?.creationTimestamp ?? now).getTime() -
    Number(metadata?.annotations?.[ANNOTATION.waited] ?? 0);
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
