/**
 * The expression language: CEL, with the names of Maestro, JSON numbers and
 * hard limits. Evaluation is synchronous in the process that serves the
 * portal, so an expression that anybody may write has to end within
 * milliseconds whatever it says: a nested macro over 10,000 elements blocked
 * the loop for 10 s when it was tried.
 *
 * Bounds: 2 KiB of source, 600 nodes, macros nested twice, lists of 1,000
 * elements under a macro, and an estimate of the steps of the whole. Regular
 * expressions are left out: CEL promises linear time, those of JavaScript
 * take exponential time for some patterns.
 *
 * @packageDocumentation
 */
import {
  Environment,
  type ASTNode,
  EvaluationError,
  ParseError,
  TypeError as CelTypeError,
} from '@marcbachmann/cel-js';
import { ExpressionError } from './expressionError';
import {
  collectReferences,
  type ExpressionReferences,
} from './expressionReferences';

/** Longest source of one expression, in bytes of UTF-8. @public */
export const MAX_EXPRESSION_BYTES = 2048;

/** Elements of a list that a macro walks over. @public */
export const MAX_EXPRESSION_LIST = 1000;

/** Characters of a string in an expression with macros. */
const MAX_MACRO_STRING = 8_192;

const MAX_MACRO_NESTING = 2;

/** A step takes 20 to 100 ns. */
const MAX_STEPS = 10_000_000;

/** How much of the context is looked at before an expression with macros. */
const MAX_CONTEXT_VALUES = 100_000;

const MACROS = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

const ROOTS = [
  'params',
  'vars',
  'run',
  'tasks',
  'connections',
  'response',
  // Only webhooks have it; `compileHere` refuses it everywhere else.
  'request',
  // Only what is asked about an object of Kubernetes has them.
  'object',
  'status',
] as const;

const environment = createEnvironment();

function createEnvironment(): Environment {
  const env = new Environment({
    homogeneousAggregateLiterals: false,
    limits: {
      maxAstNodes: 600,
      maxDepth: 100,
      maxListElements: MAX_EXPRESSION_LIST,
      maxMapEntries: MAX_EXPRESSION_LIST,
      maxCallArguments: 8,
    },
  });
  for (const name of ROOTS) {
    env.registerVariable(name, 'map');
  }
  // Of mapped tasks; what an item is depends on the list.
  env.registerVariable('item', 'dyn');
  env.registerVariable('index', 'int');
  // Numbers in JSON are double and literals are int; CEL refuses to mix them
  // in arithmetic (comparisons it allows), which nobody expects of `n + 1`.
  const arithmetic: Record<string, (a: number, b: number) => number> = {
    '+': (a, b) => a + b,
    '-': (a, b) => a - b,
    '*': (a, b) => a * b,
    '/': (a, b) => a / b,
    '%': (a, b) => a % b,
  };
  for (const [operator, apply] of Object.entries(arithmetic)) {
    const mixed = (a: number | bigint, b: number | bigint) =>
      apply(Number(a), Number(b));
    env.registerOperator(`double ${operator} int: double`, mixed);
    env.registerOperator(`int ${operator} double: double`, mixed);
  }
  env.registerOperator('double % double', arithmetic['%']);
  // CEL compares numbers across types; the library does so only under `dyn`.
  env.registerOperator(
    'double == int',
    (a: number, b: bigint | number) => a === Number(b),
  );
  // Dates are texts in the context; this is the way back.
  env.registerFunction(
    'string(google.protobuf.Timestamp): string',
    (date: Date) => date.toISOString(),
  );
  return env;
}

/**
 * An expression that is known to be within the limits.
 *
 * @internal
 */
export interface CompiledExpression {
  source: string;
  /** What the type check knows of the result; `dyn` when it depends. */
  type: string;
  references: ExpressionReferences;
  /** @throws ExpressionError */
  evaluate(context: Record<string, unknown>): unknown;
}

const MAX_COMPILED = 2_000;
const compiled = new Map<string, CompiledExpression>();

/**
 * Parses, type-checks and bounds an expression; answers from memory for one
 * that was seen before.
 *
 * @throws ExpressionError
 * @internal
 */
export function compileExpression(source: string): CompiledExpression {
  const known = compiled.get(source);
  if (known) {
    return known;
  }
  const expression = compile(source);
  if (compiled.size >= MAX_COMPILED) {
    compiled.clear();
  }
  compiled.set(source, expression);
  return expression;
}

function compile(source: string): CompiledExpression {
  const bytes = new TextEncoder().encode(source).length;
  if (bytes > MAX_EXPRESSION_BYTES) {
    throw new ExpressionError(
      `The expression is ${bytes} bytes long, at most ${MAX_EXPRESSION_BYTES} are allowed`,
      source,
    );
  }
  if (source.trim() === '') {
    throw new ExpressionError('The expression is empty', source);
  }
  const parsed = attempt(source, () => environment.parse(source));
  const cost = measure(parsed.ast, source);
  const check = parsed.check();
  if (!check.valid) {
    throw asExpressionError(check.error, source);
  }
  const references = collectReferences(parsed.ast, source);
  return {
    source,
    type: check.type ?? 'dyn',
    references,
    evaluate: context => {
      if (cost.macros > 0) {
        assertSmall(context, references, source);
      }
      return attempt(source, () => parsed(context));
    },
  };
}

function attempt<T>(source: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw asExpressionError(error, source);
  }
}

function asExpressionError(error: unknown, source: string): ExpressionError {
  if (error instanceof ExpressionError) {
    return error;
  }
  if (
    error instanceof ParseError ||
    error instanceof EvaluationError ||
    error instanceof CelTypeError
  ) {
    return new ExpressionError(error.summary, source, error.range);
  }
  // Such as a string that became too long.
  return new ExpressionError((error as Error).message, source);
}

interface Cost {
  steps: number;
  /** Elements, if it is a list. */
  size: number;
  macros: number;
  nesting: number;
}

// The worst case: every list of the context has its maximum length.
function measure(node: ASTNode, source: string): Cost {
  const children = childrenOf(node).map(child => measure(child, source));
  const total: Cost = {
    steps: children.reduce((sum, child) => sum + child.steps, 1),
    size: MAX_EXPRESSION_LIST,
    macros: children.reduce((sum, child) => sum + child.macros, 0),
    nesting: Math.max(0, ...children.map(child => child.nesting)),
  };
  if (node.op === 'list') {
    total.size = node.args.length;
  } else if (node.op === '+' || node.op === '?:') {
    total.size = children.reduce((sum, child) => sum + child.size, 0);
  } else if (node.op === 'rcall' || node.op === 'call') {
    const name = node.args[0];
    if (name === 'matches') {
      throw new ExpressionError(
        'matches() is not available, a regular expression can run for ever; use contains(), startsWith() or endsWith()',
        source,
        node.range,
      );
    }
    if (name === 'split') {
      total.size = MAX_MACRO_STRING;
    }
    if (name === 'bind') {
      total.macros += 1;
      total.nesting += 1;
      total.size = children.reduce((sum, child) => sum + child.size, 0);
    }
    if (node.op === 'rcall' && MACROS.has(name)) {
      const [list, , ...bodies] = children;
      total.macros += 1;
      total.nesting += 1;
      total.size = list.size;
      total.steps =
        list.steps +
        list.size * bodies.reduce((sum, body) => sum + body.steps, 1);
    }
  }
  if (total.nesting > MAX_MACRO_NESTING) {
    throw new ExpressionError(
      `Macros are nested more than ${MAX_MACRO_NESTING} deep`,
      source,
      node.range,
    );
  }
  if (total.steps > MAX_STEPS) {
    throw new ExpressionError(
      'The expression could take too long, use fewer nested macros',
      source,
      node.range,
    );
  }
  return total;
}

/** The operands of a node. @internal */
export function childrenOf(node: ASTNode): ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return [node.args[0]];
    case 'call':
      return node.args[1];
    case 'rcall':
      return [node.args[1], ...node.args[2]];
    case 'map':
      return node.args.flat();
    case '!_':
    case '-_':
      return [node.args];
    default:
      return node.args as ASTNode[];
  }
}

// Only what the expression names is looked at, not the whole context.
function assertSmall(
  context: Record<string, unknown>,
  references: ExpressionReferences,
  source: string,
): void {
  const outputs = references.tasks.map(({ id, output }) =>
    pick(pick(pick(context.tasks, id), 'outputs'), output),
  );
  const open: unknown[] = [
    ...references.params.map(name => pick(context.params, name)),
    ...references.vars.map(name => pick(context.vars, name)),
    ...references.map.map(name => context[name]),
    ...references.response.map(name => pick(context.response, name)),
    ...outputs,
    ...(references.request ? [context.request] : []),
    ...(references.object ? [context.object] : []),
    ...(references.run.some(name => name === 'asset_events' || name === '*')
      ? [pick(context.run, 'asset_events')]
      : []),
  ];
  let seen = 0;
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string') {
      if (value.length > MAX_MACRO_STRING) {
        throw tooLarge('a string', value.length, MAX_MACRO_STRING, source);
      }
    } else if (typeof value === 'object' && value !== null) {
      const parts = Object.values(value);
      if (parts.length > MAX_EXPRESSION_LIST) {
        const what = Array.isArray(value) ? 'a list' : 'a map';
        throw tooLarge(what, parts.length, MAX_EXPRESSION_LIST, source);
      }
      seen += parts.length;
      if (seen > MAX_CONTEXT_VALUES) {
        throw tooLarge('data', seen, MAX_CONTEXT_VALUES, source);
      }
      for (const part of parts) open.push(part);
    }
  }
}

function pick(value: unknown, key: string): unknown {
  if (key === '*' || typeof value !== 'object' || value === null) {
    return value;
  }
  return (value as Record<string, unknown>)[key];
}

function tooLarge(what: string, size: number, limit: number, source: string) {
  return new ExpressionError(
    `The expression uses a macro on ${what} of ${size} elements, at most ${limit} are allowed`,
    source,
  );
}
