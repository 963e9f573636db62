import { assetsCalls } from './assetsCalls';
import { backfillsCalls } from './backfillsCalls';
import { pipelinesCalls } from './pipelinesCalls';
import { runsCalls } from './runsCalls';
import { createSender, type MaestroClientOptions } from './sender';
import { settingsCalls } from './settingsCalls';
import { statusCalls } from './statusCalls';
import { tasksCalls } from './tasksCalls';

/**
 * The HTTP API, one method per operation.
 *
 * Every method rejects with a {@link MaestroResponseError} that carries the
 * server's name, message and problems, with a {@link MaestroUnreachableError}
 * when there is no answer, or with an `AbortError`.
 *
 * @public
 */
export type MaestroClient = ReturnType<typeof createMaestroClient>;

/**
 * A typed client for browser and Node (20 or later).
 *
 * @public
 */
export function createMaestroClient(options: MaestroClientOptions) {
  const sender = createSender(options);
  return {
    ...pipelinesCalls(sender),
    ...runsCalls(sender),
    ...tasksCalls(sender),
    ...backfillsCalls(sender),
    ...assetsCalls(sender),
    ...settingsCalls(sender),
    ...statusCalls(sender),
  };
}
