/**
 * Expressions in pipelines: conditions of branches, and `${{ }}` in commands
 * and environment values. CEL with the names `params`, `vars`, `run`, `tasks`
 * and `connections`.
 *
 * @packageDocumentation
 */
import { compileExpression, type CompiledExpression } from './celEnvironment';
import { ExpressionError } from './expressionError';
import {
  emptyReferences,
  mergeReferences,
  type ExpressionReferences,
} from './expressionReferences';
import { parseTemplate } from './expressionTemplate';

/**
 * What expressions see. Never put a secret into it: what an expression gives
 * is shown, logged and passed on the command line.
 *
 * @public
 */
export interface ExpressionContext {
  params?: Record<string, unknown>;
  /** Non-secret variables, as stored: texts. */
  vars?: Record<string, string>;
  /** See `EXPRESSION_RUN_FIELDS`; absent when the run has none. */
  run?: Record<string, unknown>;
  /** Outputs of finished tasks, by task id and key. */
  tasks?: Record<string, { outputs: Record<string, unknown> }>;
  connections?: Record<string, { host?: string; port?: number }>;
  /** In an instance of a mapped task: its item, and its place in the list. */
  mapped?: { item: unknown; index: number };
  /** Only for the expressions about an answer of an HTTP request. */
  response?: ResponseFacts;
  /** Only for the expressions about an object of Kubernetes: that object. */
  object?: Record<string, unknown>;
}

/**
 * The answer of an HTTP request as expressions see it.
 *
 * @public
 */
export interface ResponseFacts {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** The value where it is JSON, otherwise the text. */
  body: unknown;
}

/** An expression of a pipeline: there is no request when it is evaluated. */
function compileHere(
  source: string,
  options: { object?: boolean } = {},
): CompiledExpression {
  const expression = compileExpression(source);
  if (expression.references.request) {
    throw new ExpressionError(
      'The name "request" is known to webhooks only; hand what it holds on as a param',
      source,
    );
  }
  if (expression.references.object && !options.object) {
    throw new ExpressionError(
      'The names "object" and "status" are known only where a kubernetes.resource is asked about itself',
      source,
      { start: 0, end: source.length },
    );
  }
  return expression;
}

/**
 * A condition that is known to be valid.
 *
 * @public
 */
export interface CompiledCondition {
  source: string;
  references: ExpressionReferences;
}

/**
 * Checks a condition: syntax, limits, names, and that it can give a bool.
 *
 * @throws ExpressionError that marks the place
 * @public
 */
export function compileCondition(
  source: string,
  options: { response?: boolean; object?: boolean } = {},
): CompiledCondition {
  const { type, references } = compileHere(source, options);
  if (!options.response) refuseResponse(references, source);
  if (type !== 'bool' && type !== 'dyn') {
    throw new ExpressionError(
      `The condition gives ${article(type)}, expected a bool`,
      source,
      { start: 0, end: source.length },
    );
  }
  return { source, references };
}

/**
 * Evaluates a condition.
 *
 * @throws ExpressionError when a name is missing, types do not fit, or the
 * result is not a bool
 * @public
 */
export function evaluateCondition(
  source: string,
  context: ExpressionContext,
): boolean {
  const object = context.object !== undefined;
  compileCondition(source, {
    response: context.response !== undefined,
    object,
  });
  const value = compileHere(source, { object }).evaluate(celContext(context));
  if (typeof value !== 'boolean') {
    throw new ExpressionError(
      `The condition gave ${article(typeName(value))}, expected a bool`,
      source,
      { start: 0, end: source.length },
    );
  }
  return value;
}

/**
 * Checks the expression of a list: syntax, limits, names, and that it can give
 * a list.
 *
 * @throws ExpressionError that marks the place
 * @public
 */
export function compileList(source: string): CompiledCondition {
  const { type, references } = compileHere(source);
  if (type !== 'dyn' && !type.startsWith('list')) {
    throw new ExpressionError(
      `The expression gives ${article(type)}, expected a list`,
      source,
      { start: 0, end: source.length },
    );
  }
  return { source, references };
}

/**
 * Evaluates the expression of a list.
 *
 * @returns the items as JSON texts
 * @throws ExpressionError when a name is missing, types do not fit, the result
 * is no list, or an item is nothing that JSON knows
 * @public
 */
export function evaluateList(
  source: string,
  context: ExpressionContext,
): string[] {
  compileList(source);
  const value = compileHere(source).evaluate(celContext(context));
  if (!Array.isArray(value)) {
    throw new ExpressionError(
      `The expression gave ${article(typeName(value))}, expected a list`,
      source,
      { start: 0, end: source.length },
    );
  }
  return value.map(item => asJson(item, source));
}

/**
 * Fills the expressions of a text. Texts go in as they are, numbers and bools
 * as CEL prints them, lists and maps as JSON. `$${{` gives `${{`.
 *
 * @throws ExpressionError that marks the place
 * @public
 */
export function renderTemplate(
  text: string,
  context: ExpressionContext,
): string {
  if (!text.includes('${{')) {
    return text;
  }
  const values = celContext(context);
  const object = context.object !== undefined;
  return parseTemplate(text)
    .map(part =>
      part.kind === 'text'
        ? part.text
        : asText(
            compileHere(part.source, { object }).evaluate(values),
            part.source,
          ),
    )
    .join('');
}

/**
 * What a condition names, for validation and for "used by".
 *
 * @throws ExpressionError
 * @public
 */
export function expressionReferences(source: string): ExpressionReferences {
  return compileHere(source).references;
}

/**
 * The expressions of a text with `${{ }}`, without the marks.
 *
 * @throws ExpressionError when one is not closed
 * @public
 */
export function templateExpressions(text: string): string[] {
  return parseTemplate(text).flatMap(part =>
    part.kind === 'expression' ? [part.source] : [],
  );
}

/**
 * What the expressions of a text with `${{ }}` name.
 *
 * @throws ExpressionError; its offsets are those in the text
 * @public
 */
export function templateReferences(
  text: string,
  options: { object?: boolean } = {},
): ExpressionReferences {
  const found = emptyReferences();
  for (const part of parseTemplate(text)) {
    if (part.kind === 'expression') {
      try {
        const { references } = compileHere(part.source, options);
        refuseResponse(references, part.source);
        mergeReferences(found, references);
      } catch (error) {
        if (error instanceof ExpressionError) {
          throw new ExpressionError(error.summary, text, {
            start: part.offset + error.start,
            end: part.offset + error.end,
          });
        }
        throw error;
      }
    }
  }
  return found;
}

function celContext(context: ExpressionContext): Record<string, unknown> {
  const run: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(context.run ?? {})) {
    // A name that is there without a value would give a text "undefined".
    if (value !== undefined) {
      run[name] = value;
    }
  }
  const { mapped } = context;
  const {
    params = {},
    vars = {},
    tasks = {},
    connections = {},
    response = {},
  } = context;
  return {
    params,
    vars,
    run,
    tasks,
    connections,
    response,
    ...(context.object
      ? { object: context.object, status: context.object.status ?? {} }
      : {}),
    ...(mapped ? { item: mapped.item, index: BigInt(mapped.index) } : {}),
  };
}

function asJson(value: unknown, source: string): string {
  return typeof value === 'string'
    ? JSON.stringify(value)
    : asText(value instanceof Date ? JSON.stringify(value) : value, source);
}

function refuseResponse(
  references: ExpressionReferences,
  source: string,
): void {
  if (references.response.length > 0) {
    throw new ExpressionError(
      'There is no "response" here, only where an HTTP request was answered',
      source,
      { start: 0, end: source.length },
    );
  }
}

/**
 * The value of an expression as JSON has it: integers as numbers, instants as
 * ISO 8601 texts.
 *
 * @throws ExpressionError
 * @public
 */
export function evaluateExpression(
  source: string,
  context: ExpressionContext,
): unknown {
  const value = compileExpression(source).evaluate(celContext(context));
  const text = JSON.stringify(value, (_, part) =>
    typeof part === 'bigint' ? Number(part) : part,
  );
  if (text === undefined) {
    throw new ExpressionError(
      `The expression gives ${article(typeName(value))}, which is no JSON`,
      source,
      { start: 0, end: source.length },
    );
  }
  return JSON.parse(text);
}

/**
 * A JSON value with the templates in its texts filled in. A text that is one
 * expression and nothing else becomes the value of it, with its type: the
 * parameter `${{ params.trees }}` stays a number.
 *
 * @throws ExpressionError
 * @public
 */
export function renderValue(
  value: unknown,
  context: ExpressionContext,
): unknown {
  if (typeof value === 'string') {
    if (!value.includes('${{')) return value;
    const [only, ...others] = parseTemplate(value);
    return only?.kind === 'expression' && others.length === 0
      ? evaluateExpression(only.source, context)
      : renderTemplate(value, context);
  }
  if (Array.isArray(value))
    return value.map(item => renderValue(item, context));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        renderValue(item, context),
      ]),
    );
  }
  return value;
}

/** Every text with a template in a JSON value. @public */
export function templatesIn(value: unknown): string[] {
  if (typeof value === 'string') return value.includes('${{') ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(templatesIn);
}

function asText(value: unknown, source: string): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
  }
  if (value instanceof Date) {
    return value.toISOString();
  }
  if (value === null || Array.isArray(value) || isPlainObject(value)) {
    return JSON.stringify(value, (_, part) =>
      typeof part === 'bigint' ? Number(part) : part,
    );
  }
  throw new ExpressionError(
    `The expression gives ${article(
      typeName(value),
    )}, expected a text, a number, a bool, a list or a map`,
    source,
    { start: 0, end: source.length },
  );
}

function isPlainObject(value: unknown): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'bigint':
      return 'int';
    case 'number':
      return 'double';
    case 'boolean':
      return 'bool';
    default:
      return isPlainObject(value) ? 'map' : 'value of another type';
  }
}

function article(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}
