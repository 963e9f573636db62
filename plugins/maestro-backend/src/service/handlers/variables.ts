import { ok, type OperationHandlers } from '../operation';
import type { HandlerContext } from './HandlerContext';

/** Variables; secret ones without their value. */
export function variableHandlers({
  variables,
}: HandlerContext): Pick<
  OperationHandlers,
  'listVariables' | 'getVariable' | 'setVariable' | 'deleteVariable'
> {
  return {
    listVariables: async () => ok({ items: await variables.list() }),

    getVariable: async ({ path }) => ok(await variables.get(path.key)),

    setVariable: async ({ path, body, actor }) =>
      ok(await variables.set(path.key, body, actor)),

    deleteVariable: async ({ path }) => {
      await variables.delete(path.key);
      return { status: 204 };
    },
  };
}
