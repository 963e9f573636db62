/** A row of the model: plain values by column, never changed once stored. */
export type ModelRow = Readonly<Record<string, unknown>>;
/** Whether a row is meant. */
export type Condition = (row: ModelRow) => boolean;

type Operator = '=' | '<>' | '<' | '<=' | '>' | '>=';

// As in SQL: whatever is compared with null is not true.
const COMPARE: Record<Operator, (a: never, b: never) => boolean> = {
  '=': (a, b) => a === b,
  '<>': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/** `column operator value`. */
export function compare(
  column: string,
  operator: string,
  value: unknown,
): Condition {
  if (value === null && operator === '=') return row => row[column] === null;
  return comparison(column, operator, value);
}

/** `column in (values)`, or not in. */
export function isIn(
  column: string,
  values: readonly unknown[],
  isNot = false,
): Condition {
  const wanted = new Set(values.map(plain));
  return row => {
    const value = row[column];
    if (value === null) return isNot && wanted.size === 0;
    return wanted.has(value) !== isNot;
  };
}

/** `column like pattern`, with `%` only. */
export function isLike(column: string, pattern: string): Condition {
  const text = pattern
    .split('%')
    .map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  const expression = new RegExp(`^${text}$`, 's');
  return row => typeof row[column] === 'string' && expression.test(row[column]);
}

/** All of them hold. */
export function allOf(conditions: readonly Condition[]): Condition {
  if (conditions.length === 1) return conditions[0];
  return row => {
    for (const test of conditions) if (!test(row)) return false;
    return true;
  };
}

function comparison(
  column: string,
  operator: string,
  value: unknown,
): Condition {
  const holds = comparedWith(operator, value);
  return row => holds(row[column]);
}

/** `one + other operator value`; with null, the sum is null. */
function sumComparison(
  [one, other]: readonly [string, string],
  operator: string,
  value: unknown,
): Condition {
  const holds = comparedWith(operator, value);
  return row => {
    const { [one]: a, [other]: b } = row;
    return a !== null && b !== null && holds(Number(a) + Number(b));
  };
}

function comparedWith(
  operator: string,
  value: unknown,
): (found: unknown) => boolean {
  const test = COMPARE[operator as Operator];
  if (!test) throw new Error(`The model store knows no operator ${operator}`);
  const right = plain(value);
  if (right === null || right === undefined) {
    throw new Error(
      'A comparison with null or undefined is never true; use whereNull',
    );
  }
  return found => found !== null && test(found as never, right as never);
}

/** As SQLite keeps it. */
export function plain(value: unknown): unknown {
  return typeof value === 'boolean' ? Number(value) : value;
}

const TERM =
  /^([a-z_]+)(?:\s*\+\s*([a-z_]+))?\s*(=|<>|<=|>=|<|>)\s*(\?|'[^']*'|\d+)$/i;
const IN_LIST = /^([a-z_]+)\s+in\s*\(([^)]*)\)$/i;
const NULL_TEST = /^([a-z_]+)\s+is\s+(not\s+)?null$/i;

/** A raw condition that was understood, for any values. */
type RawCondition = (bindings: readonly unknown[]) => Condition;

/** The engine has few of them, and uses them all the time. */
const understood = new Map<string, RawCondition>();

/**
 * The raw conditions that statements use where an index wants its very words:
 * terms joined by `and`. Anything else is refused, so that no statement is
 * ever understood by half.
 */
export function parseRaw(
  text: string,
  bindings: readonly unknown[] = [],
): Condition {
  let known = understood.get(text);
  if (!known) {
    known = understand(text);
    understood.set(text, known);
  }
  return known(bindings);
}

function understand(text: string): RawCondition {
  let count = 0;
  const terms = text.split(/\s+and\s+/i).map((part): RawCondition => {
    const term = part.trim().replaceAll('"', '').replaceAll('`', '');
    const list = IN_LIST.exec(term);
    if (list) {
      const condition = isIn(
        list[1],
        list[2].split(',').map(value => literal(value.trim())),
      );
      return () => condition;
    }
    const isNull = NULL_TEST.exec(term);
    if (isNull) {
      const [, column, not] = isNull;
      const condition: Condition = row =>
        (row[column] === null) !== Boolean(not);
      return () => condition;
    }
    const found = TERM.exec(term);
    if (!found) {
      throw new Error(
        `The model store cannot read the condition "${term}"; teach it in conditions.ts`,
      );
    }
    const [, first, second, operator, value] = found;
    const read: (bindings: readonly unknown[]) => unknown =
      value === '?' ? at(count++) : () => literal(value);
    return bindings =>
      second
        ? sumComparison([first, second], operator, read(bindings))
        : comparison(first, operator, read(bindings));
  });
  return bindings => allOf(terms.map(term => term(bindings)));
}

function at(place: number) {
  return (bindings: readonly unknown[]) => bindings[place];
}

function literal(text: string): unknown {
  return text.startsWith("'") ? text.slice(1, -1) : Number(text);
}
