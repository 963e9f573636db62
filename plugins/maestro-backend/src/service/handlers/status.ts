import { getStatus } from '../../views/getStatus';
import { previewSchedule } from '../../views/previewSchedule';
import { ok, type OperationHandlers } from '../operation';
import type { HandlerContext } from './HandlerContext';

/** State of the engine, and what it will do. */
export function statusHandlers({
  views,
  engineStatus,
}: HandlerContext): Pick<OperationHandlers, 'getStatus' | 'previewSchedule'> {
  return {
    previewSchedule: async ({ query }) =>
      ok(
        await previewSchedule(views, {
          days: query.days ?? 90,
          pipeline: query.pipeline,
        }),
      ),

    getStatus: async () => ok(await getStatus(views, engineStatus)),
  };
}
