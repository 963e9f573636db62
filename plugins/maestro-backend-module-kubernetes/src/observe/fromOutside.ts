import type { V1Pod } from '@kubernetes/client-node';
import type { FailureClass } from '@maestro/plugin-maestro-node';

/** What ended a pod that is not to blame. */
export interface OutsideCause {
  failure: FailureClass;
  message: string;
}

/** Reasons of the condition `DisruptionTarget`. */
const DISRUPTIONS: Record<string, [FailureClass, string]> = {
  PreemptionByScheduler: [
    'evicted',
    'The pod was preempted by one of higher priority',
  ],
  DeletionByTaintManager: [
    'evicted',
    'The pod was evicted because its node has a taint that it does not tolerate',
  ],
  EvictionByEvictionAPI: [
    'evicted',
    'The pod was evicted, as a drain of its node does',
  ],
  TerminationByKubelet: ['evicted', 'The pod was evicted by its node'],
  DeletionByPodGC: ['lost', 'The node of the pod is gone'],
};

/** The kubelet checks anew what the scheduler decided. */
const REFUSED_BY_NODE =
  /^(OutOf|NodeAffinity$|UnexpectedAdmissionError$|InsufficientResource)/;

/**
 * Why a pod ended although its command is not to blame: evicted, preempted,
 * node lost, deadline, deleted by somebody. Undefined when nothing says so.
 */
export function causeFromOutside(pod: V1Pod): OutsideCause | undefined {
  const { status, metadata, spec } = pod;
  const node = spec?.nodeName ? ` (node ${spec.nodeName})` : '';
  const tell = (text: string, detail?: string) =>
    `${text}${node}${detail ? `: ${detail.trim()}` : ''}`;
  switch (status?.reason) {
    case 'DeadlineExceeded':
      return {
        failure: 'timeout',
        message: tell('The pod ran longer than its deadline', status.message),
      };
    case 'Evicted':
    case 'Preempting':
    case 'NodeShutdown':
    case 'Terminated':
      return {
        failure: 'evicted',
        message: tell(`The pod was evicted by its node`, status.message),
      };
    case 'NodeLost':
      return {
        failure: 'lost',
        message: tell('The node of the pod is gone', status.message),
      };
    default:
  }
  if (REFUSED_BY_NODE.test(status?.reason ?? '')) {
    return {
      failure: 'evicted',
      message: tell('The node did not take the pod', status?.message),
    };
  }
  const target = status?.conditions?.find(
    ({ type, status: is }) => type === 'DisruptionTarget' && is === 'True',
  );
  const disruption = DISRUPTIONS[target?.reason ?? ''];
  if (disruption) {
    return {
      failure: disruption[0],
      message: tell(disruption[1], target?.message),
    };
  }
  if (target) {
    return {
      failure: 'evicted',
      message: tell(`The pod was disrupted (${target.reason})`, target.message),
    };
  }
  if (metadata?.deletionTimestamp) {
    return {
      failure: 'evicted',
      message: tell('The pod was deleted by somebody else'),
    };
  }
  return undefined;
}
