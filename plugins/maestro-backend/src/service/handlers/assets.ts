import { assetEventsById, listAssetEvents } from '../../views/assetEvents';
import { listAssets } from '../../views/listAssets';
import { listAssetState } from '../../views/listStoredState';
import { whyPipelineWaits } from '../../views/whyPipelineWaits';
import { ok, type OperationHandlers } from '../operation';
import type { HandlerContext } from './HandlerContext';

/** Assets and their events; webhooks, whose secrets are told once. */
export function assetHandlers({
  views,
  engineStatus,
  assets,
  webhooks,
}: HandlerContext): Pick<
  OperationHandlers,
  | 'listAssets'
  | 'listAssetState'
  | 'listAssetEvents'
  | 'emitAssetEvent'
  | 'listWebhooks'
  | 'rotateWebhook'
  | 'whyPipelineWaits'
> {
  return {
    listAssets: async () => ok({ items: await listAssets(views) }),

    listAssetState: async ({ query }) =>
      ok({ items: await listAssetState(views, query.asset) }),

    listAssetEvents: async ({ query }) =>
      ok({
        items: await listAssetEvents(views, {
          ...query,
          limit: query.limit ?? 50,
        }),
      }),

    emitAssetEvent: async ({ body, actor }) => {
      const { id, created } = await assets.emit({ ...body, actor });
      const [event] = await assetEventsById(views, [id]);
      return { status: created ? 201 : 200, body: event };
    },

    listWebhooks: async ({ path }) =>
      ok({ items: await webhooks.list(path.name) }),

    rotateWebhook: async ({ path, actor }) =>
      ok(await webhooks.rotate(path.name, path.webhookId, actor)),

    whyPipelineWaits: async ({ path }) =>
      ok(await whyPipelineWaits(views, engineStatus, path.name)),
  };
}
