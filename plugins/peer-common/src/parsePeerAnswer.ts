import { z } from 'zod';
import { excerpt, PeerAnswer } from './requestPeer';

/**
 * Reads an answer as JSON of the expected shape.
 *
 * @throws what `refusal` makes of an answer without success (`json` is
 * undefined when it holds none), or what `stranger` makes of a success that
 * the peer would never send, with the reason.
 * @public
 */
export function parsePeerAnswer<T>(
  answer: PeerAnswer,
  schema: z.ZodType<T>,
  errors: {
    refusal(json: unknown): Error;
    stranger(detail: string): Error;
  },
): T {
  let json: unknown;
  try {
    json = JSON.parse(answer.text);
  } catch {
    json = undefined;
  }
  if (answer.status < 200 || answer.status > 299) {
    throw errors.refusal(json);
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw errors.stranger(
      json === undefined
        ? `no JSON: ${excerpt(answer.text)}`
        : `at ${issue.path.join('.') || 'the top'}: ${issue.message}`,
    );
  }
  return parsed.data;
}
