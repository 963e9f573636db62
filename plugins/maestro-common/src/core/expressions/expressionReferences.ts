import type { ASTNode } from '@marcbachmann/cel-js';
import { ExpressionError } from './expressionError';

/**
 * What an expression names. A name that is only known when it is evaluated
 * (`params[vars.x]`) and a whole collection (`tasks.a.outputs`) are `*`; names of
 * variables, tasks and connections are always written out.
 *
 * @public
 */
export interface ExpressionReferences {
  params: string[];
  vars: string[];
  run: string[];
  tasks: Array<{ id: string; output: string }>;
  connections: string[];
  /** `item` and `index`, which only a mapped task has. */
  map: string[];
  /** Fields of the answer of an HTTP request; only where there is one. */
  response: string[];
  /** Present where it names the request, which only a webhook has. */
  request?: true;
  /** Present where it names an object of Kubernetes, see `resourceExpressions`. */
  object?: true;
}

/**
 * Fields of `run` that only tasks of `finally` may use: how the tasks before
 * them ended (`success`, `failed`), why for people, and the ids of those that
 * failed, a list.
 *
 * @public
 */
export const EXPRESSION_OUTCOME_FIELDS = [
  'state',
  'reason',
  'failed_tasks',
] as const;

/**
 * Fields of `run` that expressions may use.
 *
 * @public
 */
export const EXPRESSION_RUN_FIELDS = [
  'id',
  'key',
  'pipeline',
  'trigger',
  'logical_date',
  'data_interval_start',
  'data_interval_end',
  'run_after',
  'asset_events',
  ...EXPRESSION_OUTCOME_FIELDS,
] as const;

/**
 * Fields of a connection that expressions may use: none of them is a secret.
 *
 * @public
 */
export const EXPRESSION_CONNECTION_FIELDS = ['host', 'port'] as const;

/**
 * Fields of `response`, in the expressions about an answer of an HTTP request.
 *
 * @public
 */
export const EXPRESSION_RESPONSE_FIELDS = [
  'status',
  'headers',
  'body',
] as const;

/** @internal */
export function emptyReferences(): ExpressionReferences {
  return {
    params: [],
    vars: [],
    run: [],
    tasks: [],
    connections: [],
    map: [],
    response: [],
  };
}

/** Adds references, each once. @internal */
export function mergeReferences(
  into: ExpressionReferences,
  from: ExpressionReferences,
): void {
  for (const kind of [
    'params',
    'vars',
    'run',
    'connections',
    'map',
    'response',
  ] as const) {
    for (const name of from[kind]) {
      if (!into[kind].includes(name)) {
        into[kind].push(name);
      }
    }
  }
  if (from.request) into.request = true;
  if (from.object) into.object = true;
  for (const task of from.tasks) {
    if (
      !into.tasks.some(
        known => known.id === task.id && known.output === task.output,
      )
    ) {
      into.tasks.push(task);
    }
  }
}

interface Step {
  name: string;
  node: ASTNode;
}

/**
 * Collects what an expression names, and refuses members that no run will
 * ever have (`tasks.a.output`, `connections.x.password`).
 *
 * @throws ExpressionError
 * @internal
 */
export function collectReferences(
  root: ASTNode,
  source: string,
): ExpressionReferences {
  const found = emptyReferences();
  const visit = (node: ASTNode, bound: ReadonlySet<string>): void => {
    const chain = memberChain(node);
    if (chain && !bound.has(chain.root)) {
      record(found, chain.root, chain.steps, node, source);
    }
    let inner = bound;
    if (node.op === 'rcall' && node.args[2].length > 1) {
      const variable = node.args[2][0];
      if (variable.op === 'id') {
        inner = new Set([...bound, variable.args]);
      }
    }
    // Below a chain only its indices can name something new.
    const next = chain ? chain.indices : operands(node);
    for (const child of next) {
      visit(child, inner);
    }
  };
  visit(root, new Set());
  return found;
}

function operands(node: ASTNode): ASTNode[] {
  if (node.op === 'value' || node.op === 'id') {
    return [];
  }
  return ([node.args] as unknown[])
    .flat(3)
    .filter(
      (part): part is ASTNode => typeof part === 'object' && part !== null,
    );
}

// `tasks.a.outputs["x"]` as root `tasks` and steps a, outputs, x.
function memberChain(
  node: ASTNode,
): { root: string; steps: Step[]; indices: ASTNode[] } | undefined {
  const steps: Step[] = [];
  const indices: ASTNode[] = [];
  let current = node;
  for (;;) {
    if (current.op === 'id') {
      return { root: current.args, steps: steps.reverse(), indices };
    }
    if (current.op === '.') {
      steps.push({ name: current.args[1], node: current });
      current = current.args[0];
    } else if (current.op === '[]') {
      const index = current.args[1];
      const isName = index.op === 'value' && typeof index.args === 'string';
      steps.push({
        name: isName ? (index.args as string) : '*',
        node: current,
      });
      indices.push(index);
      current = current.args[0];
    } else {
      return undefined;
    }
  }
}

function record(
  found: ExpressionReferences,
  root: string,
  steps: Step[],
  node: ASTNode,
  source: string,
): void {
  const [first, second, third] = steps;
  const refuse = (step: Step, expected: string) => {
    throw new ExpressionError(
      `"${step.name}" is not available, expected ${expected}`,
      source,
      step.node.range,
    );
  };
  const one = (patch: Partial<ExpressionReferences>) =>
    mergeReferences(found, { ...emptyReferences(), ...patch });
  const name = first?.name ?? '*';
  // Only what is named is read before an evaluation.
  const written = (what: string): string => {
    if (name === '*') {
      throw new ExpressionError(
        `Write the name of the ${what} out, such as ${root}.example`,
        source,
        node.range,
      );
    }
    return name;
  };
  switch (root) {
    case 'params':
      one({ params: [name] });
      break;
    case 'vars':
      one({ vars: [written('variable')] });
      break;
    case 'run':
      if (first && !includes(EXPRESSION_RUN_FIELDS, name) && name !== '*') {
        refuse(first, `one of ${EXPRESSION_RUN_FIELDS.join(', ')}`);
      }
      one({ run: [name] });
      break;
    case 'tasks':
      if (second && second.name !== 'outputs') {
        refuse(second, `tasks.${name}.outputs`);
      }
      one({ tasks: [{ id: written('task'), output: third?.name ?? '*' }] });
      break;
    case 'connections':
      if (second && !includes(EXPRESSION_CONNECTION_FIELDS, second.name)) {
        refuse(second, `one of ${EXPRESSION_CONNECTION_FIELDS.join(', ')}`);
      }
      one({ connections: [written('connection')] });
      break;
    case 'item':
    case 'index':
      one({ map: [root] });
      break;
    case 'response':
      if (
        first &&
        !includes(EXPRESSION_RESPONSE_FIELDS, name) &&
        name !== '*'
      ) {
        refuse(first, `one of ${EXPRESSION_RESPONSE_FIELDS.join(', ')}`);
      }
      one({ response: [name] });
      break;
    case 'request':
      if (first && first.name !== 'body') refuse(first, 'request.body');
      one({ request: true });
      break;
    case 'object':
    case 'status':
      one({ object: true });
      break;
    default:
      if (root !== 'cel') {
        // The type check names unknown variables; a macro's own were left out.
        throw new ExpressionError(
          `Unknown name "${root}", expected params, vars, run, tasks or connections`,
          source,
          node.range,
        );
      }
  }
}

function includes(list: readonly string[], name: string): boolean {
  return list.includes(name);
}
