import { getStatus } from '../../views/getStatus';
import { ok, type OperationHandlers } from '../operation';
import type { HandlerContext } from './HandlerContext';

/** State of the engine. */
export function statusHandlers({
  views,
  engineStatus,
}: HandlerContext): Pick<OperationHandlers, 'getStatus'> {
  return {
    getStatus: async () => ok(await getStatus(views, engineStatus)),
  };
}
