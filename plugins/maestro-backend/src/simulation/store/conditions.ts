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
  return comparison(row => row[column], operator, value);
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

function comparison(
  left: (row: ModelRow) => unknown,
  operator: string,
  value: unknown,
): Condition {
  const test = COMPARE[operator as Operator];
  if (!test) throw new Error(`The model store knows no operator ${operator}`);
  const right = plain(value);
  if (right === null || right === undefined) {
    throw new Error(
      'A comparison with null or undefined is never true; use whereNull',
    );
  }
  return row => {
    const found = left(row);
    return found !== null && test(found as never, right as never);
  };
}

// As SQLite keeps them.
function plain(value: unknown): unknown {
  return typeof value === 'boolean' ? Number(value) : value;
}

const TERM =
  /^([a-z_]+)(?:\s*\+\s*([a-z_]+))?\s*(=|<>|<=|>=|<|>)\s*(\?|'[^']*'|\d+)$/i;
const IN_LIST = /^([a-z_]+)\s+in\s*\(([^)]*)\)$/i;
const NULL_TEST = /^([a-z_]+)\s+is\s+(not\s+)?null$/i;

/**
 * The raw conditions that statements use where an index wants its very words:
 * terms joined by `and`. Anything else is refused, so that no statement is
 * ever understood by half.
 */
export function parseRaw(
  text: string,
  bindings: readonly unknown[] = [],
): Condition {
  const rest = [...bindings];
  const terms = text.split(/\s+and\s+/i).map(part => {
    const term = part.trim().replaceAll('"', '').replaceAll('`', '');
    const list = IN_LIST.exec(term);
    if (list) {
      return isIn(
        list[1],
        list[2].split(',').map(value => literal(value.trim())),
      );
    }
    const isNull = NULL_TEST.exec(term);
    if (isNull) {
      return (row: ModelRow) =>
        (row[isNull[1]] === null) !== Boolean(isNull[2]);
    }
    const found = TERM.exec(term);
    if (!found) {
      throw new Error(
        `The model store cannot read the condition "${term}"; teach it in conditions.ts`,
      );
    }
    const [, first, second, operator, value] = found;
    return comparison(
      second ? row => sum(row[first], row[second]) : row => row[first],
      operator,
      value === '?' ? rest.shift() : literal(value),
    );
  });
  return row => terms.every(term => term(row));
}

/** Of two numbers; with null, null. */
function sum(a: unknown, b: unknown): number | null {
  return a === null || b === null ? null : Number(a) + Number(b);
}

function literal(text: string): unknown {
  return text.startsWith("'") ? text.slice(1, -1) : Number(text);
}
