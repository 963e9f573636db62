/**
 * Params of a run that a request from outside starts: CEL over the body of the
 * request, with the limits of every other expression.
 *
 * @packageDocumentation
 */
import { InputError } from '@backstage/errors';
import { compileExpression } from '../expressions/celEnvironment';
import type { WebhookDefinition } from '../pipeline/definition';
import { ExpressionError } from '../expressions/expressionError';

/**
 * Checks one expression of a webhook.
 *
 * @throws ExpressionError also when it names anything but `request`
 * @internal
 */
export function checkRequestExpression(source: string): void {
  const { params, vars, run, tasks, connections, map, response } =
    compileExpression(source).references;
  const others: Array<[readonly unknown[], string]> = [
    [params, 'params'],
    [vars, 'vars'],
    [run, 'run'],
    [tasks, 'tasks'],
    [connections, 'connections'],
    [map, map[0]],
    [response, 'response'],
  ];
  const other = others.find(([names]) => names.length > 0);
  if (other) {
    throw new ExpressionError(
      `The name "${other[1]}" is not known to a webhook, expected request.body`,
      source,
    );
  }
}

/**
 * The params that a webhook takes from a request.
 *
 * @param body - parsed JSON
 * @throws InputError that names the param and its expression
 * @public
 */
export function webhookParams(
  webhook: WebhookDefinition,
  body: unknown,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, source] of Object.entries(webhook.params ?? {})) {
    try {
      checkRequestExpression(source);
      const value = compileExpression(source).evaluate({ request: { body } });
      values[name] = asJson(value);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      throw new InputError(
        `Param "${name}" cannot be taken from the request by ${source}: ${error.summary}`,
      );
    }
  }
  return values;
}

/** Integers of CEL are bigint, which JSON has not. */
function asJson(value: unknown): unknown {
  return value === undefined
    ? undefined
    : JSON.parse(
        JSON.stringify(value, (_, part) =>
          typeof part === 'bigint' ? Number(part) : part,
        ),
      );
}
