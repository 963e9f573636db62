import { json } from '../database/conversion';
import type { AttemptRow } from '../database/tables';
import type { RunDraft } from './RunDraft';

/** What a running task got beside what it was launched with. */
export interface MoreInputs {
  /** Texts that nothing of it may show from now on. */
  secrets: readonly string[];
  /** For the record; nothing secret in it. */
  inputs: Record<string, unknown>;
}

/**
 * Writes down what a running task is about to get. Committed before it gets
 * it: nothing that it writes then can show a secret, since no byte is stored
 * whose masks are not those of the row (see `appendLog`, `sealAttemptLog`).
 */
export function widenInputs(
  draft: RunDraft,
  attempt: AttemptRow,
  more: MoreInputs,
): void {
  const { inputs } = draft.ctx;
  const { attempt_id: id, masks } = attempt;
  const known = new Set(masks === null ? [] : inputs.openMasks(id, masks));
  const fresh = more.secrets.filter(secret => !known.has(secret));
  const before = attempt.inputs ?? '{}';
  const after = JSON.stringify(merged(json(before), more.inputs));
  if (fresh.length === 0 && after === before) return;
  draft.updateAttempt(attempt, {
    inputs: after,
    ...(fresh.length > 0
      ? { masks: inputs.sealMasks(id, [...known, ...fresh]) }
      : {}),
  });
}

/** The second on top of the first, objects field by field. */
function merged(
  below: Record<string, unknown>,
  above: Record<string, unknown>,
): Record<string, unknown> {
  const result = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const old = result[key];
    result[key] =
      isObject(old) && isObject(value) ? { ...old, ...value } : value;
  }
  return result;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
