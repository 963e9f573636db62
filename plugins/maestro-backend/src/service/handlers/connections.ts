import { ok, type OperationHandlers } from '../operation';
import type { HandlerContext } from './HandlerContext';

/** Connections; their secrets go in and never out. */
export function connectionHandlers({
  connections,
}: HandlerContext): Pick<
  OperationHandlers,
  | 'listConnections'
  | 'createConnection'
  | 'getConnection'
  | 'updateConnection'
  | 'deleteConnection'
  | 'testConnection'
> {
  return {
    listConnections: async () => ok({ items: await connections.list() }),

    createConnection: async ({ body, actor }) => ({
      status: 201,
      body: await connections.create(body, actor),
    }),

    getConnection: async ({ path }) => ok(await connections.get(path.connId)),

    updateConnection: async ({ path, body, actor }) =>
      ok(await connections.update(path.connId, body, actor)),

    deleteConnection: async ({ path }) => {
      await connections.delete(path.connId);
      return { status: 204 };
    },

    testConnection: async ({ path }) => ok(await connections.test(path.connId)),
  };
}
