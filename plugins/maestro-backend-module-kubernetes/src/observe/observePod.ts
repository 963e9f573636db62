import type {
  V1ContainerState,
  V1ContainerStateTerminated,
  V1ContainerStatus,
  V1Pod,
} from '@kubernetes/client-node';
import type {
  AttemptOutcome,
  FailureClass,
  ObservedAttempt,
} from '@maestro/plugin-maestro-node';
import { TASK_CONTAINER } from '@maestro/plugin-maestro-common';
import { ANNOTATION, LABEL } from '../pod/names';
import { outputLimit } from '../pod/startScript';
import { causeFromOutside } from './fromOutside';
import { readTerminationMessage, type TaskEnd } from './terminationMessage';

/** Airflow's convention for "nothing to do". */
const SKIPPED = 99;

/** Why Maestro ends a pod, as it stands in the pod's annotation. */
export interface EndMark {
  failure: FailureClass;
  message: string;
}

/** An attempt as its pod shows it; pure. */
export function observePod(pod: V1Pod): ObservedAttempt {
  const { metadata } = pod;
  const attemptId = metadata?.labels?.[LABEL.attempt] ?? '';
  const object = `pod ${metadata?.namespace}/${metadata?.name}`;
  const status = taskStatus(pod);
  const ended = isEnded(pod);
  if (!ended) {
    const running = status?.state?.running;
    return {
      attemptId,
      object,
      ...(running
        ? { phase: 'running', startedAt: epoch(running.startedAt) }
        : { phase: 'starting', ...waits(pod) }),
    };
  }
  const end = status?.state?.terminated;
  // Without a start (its sandbox never was) there are no times.
  const startedAt = epoch(end?.startedAt);
  return {
    attemptId,
    phase: 'ended',
    object,
    ...(startedAt === undefined
      ? {}
      : {
          startedAt,
          endedAt: Math.max(startedAt, epoch(end?.finishedAt) ?? startedAt),
        }),
    outcome: outcomeOf(pod, end),
  };
}

/** Whether nothing of it runs and nothing will. */
export function isEnded(pod: V1Pod): boolean {
  const { status, metadata, spec } = pod;
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return true;
  const end = taskStatus(pod)?.state?.terminated;
  // The script's own words say how it was; without them the pod's phase, a
  // second later, says more.
  const words = end && readTerminationMessage(end.message);
  if (words && !mayBeOom(pod, end, words)) return true;
  // Never placed on a node: no kubelet will ever say anything.
  return Boolean(metadata?.deletionTimestamp && !spec?.nodeName);
}

/**
 * Whether somebody killed the command, and nobody said who. That memory ran out
 * is told to the container's runtime beside the end, and may reach it later: the
 * kubelet asks once more before it writes the phase.
 */
function mayBeOom(
  pod: V1Pod,
  { reason }: V1ContainerStateTerminated,
  { code, signalled }: TaskEnd,
): boolean {
  return (
    signalled &&
    signalName(code) === 'SIGKILL' &&
    reason !== 'OOMKilled' &&
    !endMark(pod) &&
    !pod.metadata?.deletionTimestamp
  );
}

export function taskStatus(pod: V1Pod): V1ContainerStatus | undefined {
  return pod.status?.containerStatuses?.find(
    ({ name }) => name === TASK_CONTAINER,
  );
}

/** Maestro's reason to end it, if it has one. */
export function endMark(pod: V1Pod): EndMark | undefined {
  const text = pod.metadata?.annotations?.[ANNOTATION.end];
  if (text === undefined) return undefined;
  try {
    const { failure, message } = JSON.parse(text);
    return { failure, message };
  } catch {
    // Somebody edited it; that it was ended is still known.
    return { failure: 'cancelled', message: 'it was ended by Maestro' };
  }
}

function outcomeOf(
  pod: V1Pod,
  end: V1ContainerStateTerminated | undefined,
): AttemptOutcome {
  const { containers, initContainers } = pod.spec ?? {};
  const task = readTerminationMessage(
    end?.message,
    outputLimit((containers?.length ?? 1) + (initContainers?.length ?? 0)),
  );
  const exitCode = task?.code ?? (end?.startedAt ? end.exitCode : undefined);
  const signal =
    task?.signalled && task.code > 128 ? signalName(task.code) : undefined;
  const failed = (failure: FailureClass, message: string): AttemptOutcome => ({
    result: 'failed',
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(task?.outputs === undefined ? {} : { outputs: task.outputs }),
    ...(signal ? { signal } : {}),
    failure,
    message,
  });

  const mark = endMark(pod);
  // One that was made too late and was done before it was ended has its own
  // end: if nobody gave it up, all of it would only be done again.
  const isOwnEnd = mark?.failure === 'launch' && task && !task.signalled;
  if (mark && !isOwnEnd) return failed(mark.failure, mark.message);
  if (exitCode !== 0) {
    if (end?.reason === 'OOMKilled') {
      return failed('oom', oomMessage(pod));
    }
    const outside = causeFromOutside(pod);
    // One that ends by itself while it is being evicted failed by itself.
    if (outside && (!task || task.signalled || pod.status?.reason)) {
      return failed(outside.failure, outside.message);
    }
  }
  if (!end) return notStarted(pod, failed);
  if (task === undefined) return withoutWords(pod, end, failed);
  if (signal) {
    return failed(
      'signal',
      signal === 'SIGKILL'
        ? 'The command was ended by SIGKILL from outside; Kubernetes does not say that memory ran out'
        : `The command was ended by ${signal}`,
    );
  }
  if (task.code !== 0 && task.code !== SKIPPED) {
    return failed(
      'exit_code',
      `The command ended with exit code ${task.code}; its log says why`,
    );
  }
  if (task.problem) {
    return failed(
      'outputs',
      `The command ended with exit code ${task.code}, but ${task.problem}`,
    );
  }
  const outputs = task.outputs === undefined ? {} : { outputs: task.outputs };
  return task.code === 0
    ? { result: 'success', exitCode: 0, ...outputs }
    : { result: 'skipped', exitCode: task.code, ...outputs };
}

type Failed = (failure: FailureClass, message: string) => AttemptOutcome;

/** Words of a start that somebody broke off, by the kubelet or containerd. */
const INTERRUPTED =
  /context (?:canceled|deadline exceeded)|ttrpc: |error reading from server|transport is closing|connection (?:refused|reset)/;

/** The container ended, and the start script left no words. */
function withoutWords(
  pod: V1Pod,
  end: V1ContainerStateTerminated,
  failed: Failed,
): AttemptOutcome {
  const { reason, message, exitCode } = end;
  const said = message ? `: ${message.trim().slice(0, 2000)}` : '';
  if (reason === 'StartError' || reason === 'ContainerCannotRun') {
    if (INTERRUPTED.test(message ?? '')) {
      return failed(
        'launch',
        `The kubelet or its container runtime went away as the container was started${said}`,
      );
    }
    return failed(
      'config',
      `The container could not be started${said}. The image must have /bin/sh, and its user must be able to run it`,
    );
  }
  if (reason === 'ContainerStatusUnknown') {
    return failed(
      'lost',
      `The kubelet lost the container before it knew how it ended (node ${pod.spec?.nodeName})${said}`,
    );
  }
  if (exitCode === 0) {
    return failed(
      'outputs',
      'The container ended with exit code 0 and handed nothing on (outputs_truncated): what the task wrote cannot be trusted',
    );
  }
  return failed(
    exitCode > 128 ? 'signal' : 'launch',
    exitCode > 128
      ? `The container was ended from outside by ${signalName(exitCode)}`
      : `The container ended with exit code ${exitCode} before the command was run${said}`,
  );
}

/** The task's container never ran. */
function notStarted(pod: V1Pod, failed: Failed): AttemptOutcome {
  const init = (pod.status?.initContainerStatuses ?? []).find(
    ({ state }) => (state?.terminated?.exitCode ?? 0) !== 0,
  );
  if (init) {
    const { exitCode, reason, message } = init.state!.terminated!;
    return failed(
      reason === 'OOMKilled' ? 'oom' : 'exit_code',
      `Init container "${init.name}" ended with exit code ${exitCode}${
        message ? `: ${message.trim().slice(0, 2000)}` : ''
      }`,
    );
  }
  const { reason, message } = pod.status ?? {};
  return failed(
    pod.metadata?.deletionTimestamp ? 'evicted' : 'launch',
    pod.metadata?.deletionTimestamp
      ? 'The pod was deleted by somebody else before it ran'
      : `The pod ended before the command was run${
          reason ? ` (${reason})` : ''
        }${message ? `: ${message}` : ''}`,
  );
}

function oomMessage(pod: V1Pod): string {
  const limit = pod.spec?.containers.find(({ name }) => name === TASK_CONTAINER)
    ?.resources?.limits?.memory;
  return limit
    ? `Memory ran out: the container may have ${limit}; raise \`resources.limits.memory\`, or let it grow with \`kubernetes.moreMemory\``
    : 'Memory ran out on the node: give the task `resources.requests.memory`, so that it gets a node that has it';
}

const SIGNALS: Record<number, string> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  10: 'SIGUSR1',
  11: 'SIGSEGV',
  12: 'SIGUSR2',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM',
  24: 'SIGXCPU',
  25: 'SIGXFSZ',
  31: 'SIGSYS',
};

function signalName(code: number): string {
  return SIGNALS[code - 128] ?? `signal ${code - 128}`;
}

function waits(pod: V1Pod): { waitsFor?: string } {
  const waitsFor = waitingReason(pod);
  return waitsFor === undefined ? {} : { waitsFor };
}

/** What a pod that does not run yet waits for, in the cluster's words. */
export function waitingReason(pod: V1Pod): string | undefined {
  const { conditions, containerStatuses, initContainerStatuses } =
    pod.status ?? {};
  const scheduled = conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') {
    return scheduled.message
      ? `${scheduled.reason ?? 'Unschedulable'}: ${scheduled.message}`
      : scheduled.reason;
  }
  const waiting = [
    ...(initContainerStatuses ?? []),
    ...(containerStatuses ?? []),
  ].find(({ state }) => state?.waiting && isTelling(state));
  if (!waiting) return undefined;
  const { reason, message } = waiting.state!.waiting!;
  return message ? `${reason}: ${message}` : reason;
}

function isTelling({ waiting }: V1ContainerState): boolean {
  return !['ContainerCreating', 'PodInitializing'].includes(
    waiting?.reason ?? 'ContainerCreating',
  );
}

function epoch(time: Date | undefined): number | undefined {
  if (time === undefined) return undefined;
  const ms = new Date(time).getTime();
  // The kubelet writes the year 1 where it knows no time.
  return ms > 0 ? ms : undefined;
}
