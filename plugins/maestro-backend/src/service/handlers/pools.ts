import { ok, type OperationHandlers } from '../operation';
import type { HandlerContext } from './HandlerContext';

/** Pools, with how full they are. */
export function poolHandlers({
  pools,
}: HandlerContext): Pick<
  OperationHandlers,
  'listPools' | 'setPool' | 'deletePool'
> {
  return {
    listPools: async () => ok({ items: await pools.list() }),

    setPool: async ({ path, body }) => ok(await pools.set(path.pool, body)),

    deletePool: async ({ path, query }) => {
      await pools.delete(path.pool, { force: query.force });
      return { status: 204 };
    },
  };
}
