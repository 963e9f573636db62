import { NotImplementedError } from '@backstage/errors';
import type { Why } from '@maestro/plugin-maestro-common';
import { findRunKeys } from './findRun';
import type { ViewContext } from './ViewContext';

/** Why a run, or one of its tasks, does not go on. */
export async function whyNotRunning(
  ctx: ViewContext,
  options: { runId: string; taskId?: string },
): Promise<Why> {
  await findRunKeys(ctx, options.runId);
  throw new NotImplementedError(
    'This version cannot say yet why a run waits; its tasks say their state and reason',
  );
}
