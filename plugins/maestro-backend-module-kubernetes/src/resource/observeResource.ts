import {
  resourceCondition,
  resourceOutputs,
} from '@maestro/plugin-maestro-common';
import type { AttemptOutcome } from '@maestro/plugin-maestro-node';
import type { Ledger } from './ledger';
import type { ClusterObject } from './ResourceApi';

/** Largest outputs as JSON, bytes. */
export const MAX_RESOURCE_OUTPUTS = 64 * 1024;

/** Characters of a status that are told. */
const TOLD = 600;

/**
 * What is to be thought of an attempt: `absent` was not created as far as is
 * known, and is no attempt until it is.
 */
export type Finding =
  | { phase: 'absent' }
  | { phase: 'running' }
  | { phase: 'ended'; outcome: AttemptOutcome };

/**
 * An attempt by its ledger and its object; pure.
 *
 * @param last - the object as it was before it went, where somebody saw that
 */
export function observeResource(
  ledger: Ledger,
  object: ClusterObject | undefined,
  last?: ClusterObject,
): Finding {
  const { settled, end, created, kind } = ledger;
  if (settled) return { phase: 'ended', outcome: settled.outcome };
  // Ended by Maestro: over when it is gone, which finalizers may delay.
  if (end) {
    return object
      ? { phase: 'running' }
      : { phase: 'ended', outcome: { result: 'failed', ...end } };
  }
  const seen = object ?? last;
  const verdict = seen && judge(ledger, seen);
  if (verdict) return { phase: 'ended', outcome: verdict };
  if (object) return { phase: 'running' };
  if (!created && !last) return { phase: 'absent' };
  return {
    phase: 'ended',
    outcome: {
      result: 'failed',
      failure: 'evicted',
      message: `${kind.name} ${ledger.namespace}/${
        ledger.name
      } was deleted by somebody else before it was done${
        last ? `; ${statusWords(last)}` : ''
      }`,
    },
  };
}

function judge(
  { asked, kind }: Ledger,
  object: ClusterObject,
): AttemptOutcome | undefined {
  if (asked.failure && resourceCondition(asked.failure, object).isTrue) {
    return {
      result: 'failed',
      failure: 'exit_code',
      message: `${kind.name} has failed (${asked.failure}); ${statusWords(
        object,
      )}`,
    };
  }
  if (!resourceCondition(asked.success, object).isTrue) return undefined;
  if (!asked.outputs) return { result: 'success', exitCode: 0 };
  let outputs: string;
  try {
    outputs = JSON.stringify(resourceOutputs(asked.outputs, object));
  } catch (error) {
    return {
      result: 'failed',
      failure: 'outputs',
      message: `${kind.name} has succeeded, but not what it hands on: ${
        (error as Error).message
      }; ${statusWords(object)}`,
    };
  }
  const bytes = Buffer.byteLength(outputs);
  if (bytes > MAX_RESOURCE_OUTPUTS) {
    return {
      result: 'failed',
      failure: 'outputs',
      message: `Its outputs have ${bytes} bytes, at most ${MAX_RESOURCE_OUTPUTS} are taken: hand on where the data stands instead of the data`,
    };
  }
  return { result: 'success', exitCode: 0, outputs };
}

/** Why it is not over yet, for somebody who has waited long enough. */
export function unfinishedWords(
  { asked }: Ledger,
  object: ClusterObject | undefined,
): string {
  if (!object) return 'it was not there any more';
  const { problem } = resourceCondition(asked.success, object);
  const held = object.metadata.deletionTimestamp
    ? `; it is being deleted, held by ${
        object.metadata.finalizers?.join(', ') || 'nobody'
      }`
    : '';
  return `the condition ${JSON.stringify(asked.success)} was not true${
    problem ? ` (${problem})` : ''
  }; ${statusWords(object)}${held}`;
}

/** Its conditions where it has such, otherwise its status as it stands. */
export function statusWords({ status }: ClusterObject): string {
  if (typeof status !== 'object' || status === null) {
    return 'no controller has written a status into it';
  }
  const { conditions } = status as { conditions?: unknown };
  const told = Array.isArray(conditions)
    ? conditions
        .filter(each => typeof each === 'object' && each !== null)
        .map(({ type, status: is, reason, message }) =>
          [`${type}=${is}`, reason, message].filter(Boolean).join(' '),
        )
        .join('; ')
    : '';
  const text = told || JSON.stringify(status);
  return `its status: ${
    text.length > TOLD ? `${text.slice(0, TOLD)} …` : text
  }`;
}
