import type { MaestroResponseError } from '@maestro/plugin-maestro-common';

/**
 * Whether an error means that nobody is there: no answer, or the answer of a
 * proxy in front of an absent backend. A refusal is an answer.
 */
export function isAway(error: unknown): boolean {
  const { name, statusCode } = (error ?? {}) as Partial<MaestroResponseError>;
  return (
    name === 'MaestroUnreachableError' ||
    statusCode === 502 ||
    statusCode === 503 ||
    statusCode === 504
  );
}
