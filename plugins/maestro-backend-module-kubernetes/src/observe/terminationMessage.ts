import { MAX_OUTPUT_BYTES } from '../pod/startScript';

/** What the start script said at the end; see `START_SCRIPT`. */
export interface TaskEnd {
  code: number;
  /** Whether a signal ended the command. */
  signalled: boolean;
  /** JSON text of the outputs. */
  outputs?: string;
  /** Why there are none although the task wrote some. */
  problem?: string;
}

/**
 * Reads a termination message.
 *
 * @param limit - bytes of outputs that its pod allowed
 *
 * @returns undefined when the start script did not come to write it, or the
 * message was cut: Kubernetes keeps the last 4,096 bytes without a word
 */
export function readTerminationMessage(
  message: string | undefined,
  limit: number = MAX_OUTPUT_BYTES,
): TaskEnd | undefined {
  const head =
    /^maestro\/1 (exit|signal) (\d{1,3}) (none|json|large|nofile) (\d+)\n/.exec(
      message ?? '',
    );
  if (!message || !head) return undefined;
  const [line, how, code, kind, size] = head;
  const end = { code: Number(code), signalled: how === 'signal' };
  switch (kind) {
    case 'large':
      return {
        ...end,
        problem: `the output file has ${size} bytes, ${limit} are allowed in this pod: send larger values through the task API`,
      };
    case 'nofile':
      return { ...end, problem: 'the output file is no plain file' };
    case 'json':
      return { ...end, ...readOutputs(message.slice(line.length), size) };
    default:
      return end;
  }
}

function readOutputs(
  text: string,
  size: string,
): Pick<TaskEnd, 'outputs' | 'problem'> {
  // What is no UTF-8 comes with replacement characters, which are longer.
  const bytes = Buffer.byteLength(text);
  if (bytes !== Number(size)) {
    return {
      problem: `the output file did not arrive as it was written (outputs_truncated): ${bytes} bytes came of ${size}; it must be UTF-8`,
    };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return {
      problem: `the output file is no JSON (${(error as Error).message})`,
    };
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return {
      problem: 'the output file must hold one JSON object such as {"rows": 10}',
    };
  }
  return { outputs: text };
}
