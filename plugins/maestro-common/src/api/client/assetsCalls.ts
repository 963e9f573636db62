/* eslint-disable new-cap -- GET and its like are methods of openapi-fetch */
import type * as api from '../types';
import type { RequestOptions, Sender } from './sender';

/** Assets, their events, and the webhooks of pipelines. */
export function assetsCalls({ ask, body }: Sender) {
  return {
    /** Assets by name, with who produces and who awaits them. */
    listAssets({ signal }: RequestOptions = {}) {
      return body<{ items: api.Asset[] }>(c => c.GET('/assets', { signal }));
    },

    /** What tasks of Airflow keep beside an asset. */
    listAssetState(asset: string, { signal }: RequestOptions = {}) {
      return body<{ items: api.StoredState[] }>(c =>
        c.GET('/asset-state', { params: { query: { asset } }, signal }),
      );
    },

    /** Events of assets, newest first. Default 50. */
    listAssetEvents(
      query: api.OperationQuery<'listAssetEvents'> = {},
      { signal }: RequestOptions = {},
    ) {
      return body<{ items: api.AssetEvent[] }>(c =>
        c.GET('/asset-events', { params: { query }, signal }),
      );
    },

    /** An event by hand; the same `eventKey` again gives the same event. */
    async emitAssetEvent(
      request: api.EmitAssetRequest,
      { signal }: RequestOptions = {},
    ): Promise<api.AssetEvent & { created: boolean }> {
      const { data, response } = await ask<api.AssetEvent>(c =>
        c.POST('/asset-events', { body: request, signal }),
      );
      return { ...data, created: response.status === 201 };
    },

    /** Webhooks of a pipeline, without their secrets. */
    listWebhooks(name: string, { signal }: RequestOptions = {}) {
      return body<{ items: api.Webhook[] }>(c =>
        c.GET('/pipelines/{name}/webhooks', {
          params: { path: { name } },
          signal,
        }),
      );
    },

    /** Makes the secret of a webhook, or a new one: told this once. */
    rotateWebhook(
      name: string,
      webhookId: string,
      { signal }: RequestOptions = {},
    ) {
      return body<api.WebhookSecret>(c =>
        c.POST('/pipelines/{name}/webhooks/{webhookId}/secret', {
          params: { path: { name, webhookId } },
          signal,
        }),
      );
    },
  };
}
