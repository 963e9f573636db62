import type { BackfillRequest } from '@maestro/plugin-maestro-common';
import {
  getBackfill,
  getBackfillSummary,
  listBackfills,
} from '../../views/backfills';
import { ok, type OperationHandlers } from '../operation';
import type { HandlerContext } from './HandlerContext';

/** Backfills: what they would do, and what people do to them. */
export function backfillHandlers({
  views,
  backfillControl,
}: HandlerContext): Pick<
  OperationHandlers,
  | 'previewBackfill'
  | 'createBackfill'
  | 'listBackfills'
  | 'getBackfill'
  | 'setBackfillState'
> {
  return {
    previewBackfill: async ({ path, body }) =>
      ok(
        await backfillControl.preview({
          ...toInput(path.name, body),
          // A page asks before anybody has filled in the form.
          params: body.params,
        }),
      ),

    createBackfill: async ({ path, body, actor }) => {
      const backfillId = await backfillControl.create(
        toInput(path.name, body),
        actor,
      );
      return {
        status: 201,
        body: await getBackfillSummary(views, backfillId),
      };
    },

    listBackfills: async ({ query }) =>
      ok({
        items: await listBackfills(views, {
          pipeline: query.pipeline,
          live: query.live ?? false,
          limit: query.limit ?? 50,
        }),
      }),

    getBackfill: async ({ path }) =>
      ok(await getBackfill(views, path.backfillId)),

    setBackfillState: async ({ path, body, actor }) => {
      const act = {
        running: 'unpause',
        paused: 'pause',
        cancelled: 'cancel',
      } as const;
      await backfillControl[act[body.state]](path.backfillId, actor);
      return ok(await getBackfillSummary(views, path.backfillId));
    },
  };
}

function toInput(pipeline: string, body: BackfillRequest) {
  return {
    pipeline,
    from: body.from,
    to: body.to,
    schedule: body.schedule,
    params: body.params ?? {},
    maxActive: body.maxActive ?? 2,
    order: body.order ?? 'oldest',
    only: body.only ?? 'missing',
  };
}
