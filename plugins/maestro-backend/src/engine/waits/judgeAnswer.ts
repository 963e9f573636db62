import {
  evaluateCondition,
  evaluateExpression,
  type ExpressionContext,
  type ResponseFacts,
  type TaskDefinition,
} from '@maestro/plugin-maestro-common';
import { maskValue } from '../maskValue';
import type { ObjectFacts } from './OutsideWorld';
import type { LookResult } from './PendingLook';

/** What an answer means to a task that waits for one. Pure. */
export function judgeCondition(
  task: TaskDefinition,
  context: ExpressionContext,
  response: ResponseFacts,
): LookResult {
  const { status, until } = task.wait!.http!;
  const answer = `HTTP ${response.status}`;
  if (!status.includes(response.status)) return { is: 'not_yet', answer };
  const outputs = { status: response.status };
  if (until === undefined) return { is: 'there', answer, outputs };
  try {
    return evaluateCondition(until, { ...context, response })
      ? { is: 'there', answer, outputs }
      : { is: 'not_yet', answer: `${answer}, and ${until} is false` };
  } catch (error) {
    // A server that is not ready may well answer in another form.
    return {
      is: 'not_yet',
      answer: `${answer}, and ${until} could not be evaluated: ${
        (error as Error).message
      }`,
    };
  }
}

/** What the one answer to a call means. Pure. */
export function judgeCall(
  task: TaskDefinition,
  context: ExpressionContext,
  response: ResponseFacts,
  /** Masked before the answer is cut, so that no piece of one is left. */
  secrets: readonly string[],
): LookResult {
  const { method, expect, outputs = {} } = task.http!;
  const seen = { ...context, response };
  const answer = `HTTP ${response.status}`;
  const failed = (message: string): LookResult => ({
    is: 'failed',
    failure: 'http',
    message: `${method} was answered with ${answer}${message}`,
  });
  let isExpected: boolean;
  try {
    isExpected = evaluateCondition(expect, seen);
  } catch (error) {
    return failed(
      `, and ${expect} could not be evaluated: ${(error as Error).message}`,
    );
  }
  if (!isExpected) {
    return failed(
      `, and ${expect} is false: ${excerpt(response.body, secrets)}`,
    );
  }
  const values: Record<string, unknown> = { status: response.status };
  for (const [key, source] of Object.entries(outputs)) {
    try {
      values[key] = evaluateExpression(source, seen);
    } catch (error) {
      return failed(
        `, but output "${key}" could not be evaluated: ${
          (error as Error).message
        }`,
      );
    }
  }
  return { is: 'there', answer, outputs: values };
}

/** What a look at a file or an object means. Pure. */
export function judgeObject(found: ObjectFacts | undefined): LookResult {
  return found
    ? {
        is: 'there',
        answer: `${found.size} bytes`,
        outputs: {
          size: found.size,
          modified_at: found.modifiedAt,
          ...(found.etag !== undefined && { etag: found.etag }),
        },
      }
    : { is: 'not_yet', answer: 'it is not there' };
}

const MAX_EXCERPT = 300;

function excerpt(body: unknown, secrets: readonly string[]): string {
  const shown = maskValue(body, secrets);
  const text = typeof shown === 'string' ? shown : JSON.stringify(shown) ?? '';
  return text.length > MAX_EXCERPT ? `${text.slice(0, MAX_EXCERPT)}…` : text;
}
