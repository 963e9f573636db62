/* eslint-disable new-cap -- GET and its like are methods of openapi-fetch */
import type * as api from '../types';
import type { RequestOptions, Sender } from './sender';

/** Due times of the past. */
export function backfillsCalls({ body }: Sender) {
  return {
    /** Which due times a backfill would run; changes nothing. */
    previewBackfill(
      name: string,
      request: api.BackfillRequest,
      { signal }: RequestOptions = {},
    ) {
      return body<api.BackfillPreviewAnswer>(c =>
        c.POST('/pipelines/{name}/backfills/preview', {
          params: { path: { name } },
          body: request,
          signal,
        }),
      );
    },

    /** Begins to run due times of the past. */
    createBackfill(
      name: string,
      request: api.BackfillRequest,
      { signal }: RequestOptions = {},
    ) {
      return body<api.Backfill>(c =>
        c.POST('/pipelines/{name}/backfills', {
          params: { path: { name } },
          body: request,
          signal,
        }),
      );
    },

    /** Backfills, newest first. */
    listBackfills(
      query: api.OperationQuery<'listBackfills'> = {},
      { signal }: RequestOptions = {},
    ) {
      return body<{ items: api.Backfill[] }>(c =>
        c.GET('/backfills', { params: { query }, signal }),
      );
    },

    /** A backfill with what became of its due times. */
    getBackfill(backfillId: string, { signal }: RequestOptions = {}) {
      return body<api.BackfillDetail>(c =>
        c.GET('/backfills/{backfillId}', {
          params: { path: { backfillId } },
          signal,
        }),
      );
    },

    /** Pauses, unpauses or cancels it. Idempotent. */
    setBackfillState(
      backfillId: string,
      state: 'running' | 'paused' | 'cancelled',
      { signal }: RequestOptions = {},
    ) {
      return body<api.Backfill>(c =>
        c.PUT('/backfills/{backfillId}/state', {
          params: { path: { backfillId } },
          body: { state },
          signal,
        }),
      );
    },
  };
}
