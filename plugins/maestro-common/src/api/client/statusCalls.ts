/* eslint-disable new-cap -- GET and its like are methods of openapi-fetch */
import type * as api from '../types';
import type { RequestOptions, Sender } from './sender';

/** The engine itself. */
export function statusCalls({ body }: Sender) {
  return {
    /** Executors, schedulers and counts. */
    getStatus({ signal }: RequestOptions = {}) {
      return body<api.EngineStatus>(c => c.GET('/status', { signal }));
    },
  };
}
