/**
 * Why is it not running? From plain facts to one chain of causes, each behind
 * the one before it: the task waits for another, that one waits for its retry.
 * The portal, the command line and the tests show the same chain.
 *
 * @packageDocumentation
 */
import {
  isFinalRunState,
  isFinalTaskState,
  type TaskState,
} from '../pipeline/states';
import { lookAtSchedulers, type WhyCause, type WhyFacts } from './whyCause';
import { assetCauses } from './whyAssets';
import {
  cancellingCause,
  finishedRunCause,
  isStopped,
  nobodyCause,
  pausedCause,
  queuedRunChain,
} from './whyRun';
import { dueCauses } from './whyDue';
import { taskChain } from './whyTask';

/**
 * The chain of causes, the nearest first; never empty.
 *
 * @public
 */
export function whyNotRunning(facts: WhyFacts): { chain: WhyCause[] } {
  const { run, unknownNeeds } = facts;
  if (unknownNeeds?.length && !(run && isFinalRunState(run.state))) {
    return { chain: [newerCodeCause(unknownNeeds)] };
  }
  if (!run) {
    return {
      chain: [
        ...pausedCause(facts),
        ...nobodyCause(facts, facts.definition.name),
        ...assetCauses(facts),
        ...dueCauses(facts),
      ],
    };
  }
  if (facts.taskNo === undefined || !facts.states) {
    return { chain: runChain(facts) };
  }
  return { chain: taskChain(facts, facts.taskNo) };
}

function newerCodeCause(needs: readonly string[]): WhyCause {
  return {
    code: 'newer_code_needed',
    message: `The pipeline uses ${needs.join(
      ', ',
    )}, which this build of Maestro does not know: start a scheduler of the newer build, or go back to a version of the pipeline without it.`,
    names: [...needs],
    action: lookAtSchedulers(needs[0]),
  };
}

function runChain(facts: WhyFacts): WhyCause[] {
  const run = facts.run!;
  switch (run.state) {
    case 'queued':
      return queuedRunChain(facts);
    case 'success':
    case 'failed':
      return [finishedRunCause(run)];
    default:
  }
  const states = facts.states ?? [];
  if (run.cancelling) {
    const { tasks } = facts.definition;
    const open = tasks.filter(({ no }) => !isFinalTaskState(states[no]));
    // What cleans up says itself what it waits for, once only that is left.
    if (open.length === 0 || open.some(task => isStopped(facts, task))) {
      return [cancellingCause(facts, run.cancelling)];
    }
  }
  // Ask the first task that could go on.
  const order = ['running', 'queued', 'scheduled', 'up_for_retry'] as const;
  for (const state of [...order, 'up_for_reschedule', 'deferred', 'none']) {
    const no = states.indexOf(state as TaskState);
    if (no >= 0) {
      return taskChain(facts, no);
    }
  }
  return [
    {
      code: 'running',
      message: 'The run is running.',
      names: [run.id],
    },
  ];
}
