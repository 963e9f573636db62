/* eslint-disable new-cap -- GET and its like are methods of openapi-fetch */
import type * as api from '../types';
import type { RequestOptions, Sender } from './sender';

/** Connections, variables and pools. */
export function settingsCalls({ body }: Sender) {
  return {
    /** Connections by id, without secrets. */
    listConnections({ signal }: RequestOptions = {}) {
      return body<{ items: api.Connection[] }>(c =>
        c.GET('/connections', { signal }),
      );
    },

    /** Makes a connection; a `ConflictError` when the id exists. */
    createConnection(
      connection: api.ConnectionWrite,
      { signal }: RequestOptions = {},
    ) {
      return body<api.Connection>(c =>
        c.POST('/connections', { body: connection, signal }),
      );
    },

    /** One connection, without secrets. */
    getConnection(connId: string, { signal }: RequestOptions = {}) {
      return body<api.Connection>(c =>
        c.GET('/connections/{connId}', {
          params: { path: { connId } },
          signal,
        }),
      );
    },

    /** Replaces all but secrets: an absent one stays, an empty one goes. */
    updateConnection(
      connection: api.ConnectionWrite,
      { signal }: RequestOptions = {},
    ) {
      return body<api.Connection>(c =>
        c.PUT('/connections/{connId}', {
          params: { path: { connId: connection.connId } },
          body: connection,
          signal,
        }),
      );
    },

    /** Removes a connection. */
    async deleteConnection(connId: string, { signal }: RequestOptions = {}) {
      await body<undefined>(c =>
        c.DELETE('/connections/{connId}', {
          params: { path: { connId } },
          signal,
        }),
      );
    },

    /** Tries a connection: resolve, connect, authenticate, answer. */
    testConnection(connId: string, { signal }: RequestOptions = {}) {
      return body<api.ConnectionTest>(c =>
        c.POST('/connections/{connId}/test', {
          params: { path: { connId } },
          signal,
        }),
      );
    },

    /** Variables by key. */
    listVariables({ signal }: RequestOptions = {}) {
      return body<{ items: api.Variable[] }>(c =>
        c.GET('/variables', { signal }),
      );
    },

    /** One variable. */
    getVariable(key: string, { signal }: RequestOptions = {}) {
      return body<api.Variable>(c =>
        c.GET('/variables/{key}', { params: { path: { key } }, signal }),
      );
    },

    /** Makes or replaces a variable. */
    setVariable(
      key: string,
      variable: api.VariableWrite,
      { signal }: RequestOptions = {},
    ) {
      return body<api.Variable>(c =>
        c.PUT('/variables/{key}', {
          params: { path: { key } },
          body: variable,
          signal,
        }),
      );
    },

    /** Removes a variable. */
    async deleteVariable(key: string, { signal }: RequestOptions = {}) {
      await body<undefined>(c =>
        c.DELETE('/variables/{key}', { params: { path: { key } }, signal }),
      );
    },

    /** Pools by name, with how full they are. */
    listPools({ signal }: RequestOptions = {}) {
      return body<{ items: api.Pool[] }>(c => c.GET('/pools', { signal }));
    },

    /** Makes or changes a pool. */
    setPool(
      pool: string,
      write: api.PoolWrite,
      { signal }: RequestOptions = {},
    ) {
      return body<api.Pool>(c =>
        c.PUT('/pools/{pool}', {
          params: { path: { pool } },
          body: write,
          signal,
        }),
      );
    },

    /** Removes a pool; a `ConflictError` while tasks name it, unless forced. */
    async deletePool(
      pool: string,
      options: { force?: boolean } = {},
      { signal }: RequestOptions = {},
    ) {
      await body<undefined>(c =>
        c.DELETE('/pools/{pool}', {
          params: { path: { pool }, query: options },
          signal,
        }),
      );
    },
  };
}
