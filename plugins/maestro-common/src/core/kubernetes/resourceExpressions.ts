import { compileExpression } from '../expressions/celEnvironment';
import { ExpressionError } from '../expressions/expressionError';
import {
  compileCondition,
  evaluateCondition,
  evaluateExpression,
  renderTemplate,
  templateReferences,
} from '../expressions/expressions';
import type { ExpressionReferences } from '../expressions/expressionReferences';
import type { ResourceDefinition } from './resourceDefinition';

/**
 * Expressions about an object of Kubernetes as it is now: `object`, and
 * `status`, which is `object.status` or empty. Who looks at the object knows
 * nothing of the run, so they know no other name.
 */

/** @throws ExpressionError */
function assertOnlyObject(references: ExpressionReferences, source: string) {
  const { params, vars, run, tasks, connections, map, response } = references;
  const others: Record<string, readonly unknown[]> = {
    params,
    vars,
    run,
    tasks,
    connections,
    response,
  };
  const named = [
    ...Object.keys(others).filter(name => others[name].length > 0),
    ...map,
    ...(references.request ? ['request'] : []),
  ];
  if (named.length === 0) return;
  throw new ExpressionError(
    `The expression uses ${named.join(
      ' and ',
    )}; about a resource there are only object and status`,
    source,
    { start: 0, end: source.length },
  );
}

/**
 * Checks what is asked about a resource, before there is one.
 *
 * @throws ExpressionError that marks the place
 * @public
 */
export function checkResourceExpression(
  kind: 'condition' | 'value' | 'template',
  source: string,
): void {
  if (kind === 'template') {
    assertOnlyObject(templateReferences(source, { object: true }), source);
  } else if (kind === 'condition') {
    const { references } = compileCondition(source, { object: true });
    assertOnlyObject(references, source);
  } else {
    assertOnlyObject(compileExpression(source).references, source);
  }
}

/**
 * Whether a condition is true of an object. What cannot be evaluated yet, as a
 * member of its status that nobody has written, is not true.
 *
 * @returns with `problem`, why it could not be evaluated
 * @public
 */
export function resourceCondition(
  source: string,
  object: Record<string, unknown>,
): { isTrue: boolean; problem?: string } {
  try {
    return { isTrue: evaluateCondition(source, { object }) };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { isTrue: false, problem: error.summary };
  }
}

/** @throws ExpressionError that names the output @public */
export function resourceOutputs(
  outputs: NonNullable<ResourceDefinition['outputs']>,
  object: Record<string, unknown>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(outputs).map(([key, source]) => {
      try {
        return [key, evaluateExpression(source, { object })];
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        throw new ExpressionError(`output "${key}": ${error.summary}`, source);
      }
    }),
  );
}

/**
 * The selector of the pods of an object.
 *
 * @throws ExpressionError when it names what is not there yet, or would find
 * pods of others
 * @public
 */
export function resourcePodSelector(
  template: string,
  object: Record<string, unknown>,
): string {
  const selector = renderTemplate(template, { object });
  const { name } = object.metadata as { name: string };
  const isOwn = selector
    .split(',')
    .some(term => /^[^!=]+==?\s*(.*)$/.exec(term.trim())?.[1].startsWith(name));
  if (!isOwn) {
    throw new ExpressionError(
      `The selector "${selector}" finds pods of others: one of its labels must have a value that begins with the name of the resource, as job-name=\${{ object.metadata.name }}`,
      template,
    );
  }
  return selector;
}
