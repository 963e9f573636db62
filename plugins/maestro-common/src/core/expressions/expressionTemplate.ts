import { ExpressionError } from './expressionError';

/**
 * A piece of a text with `${{ }}`: literal text, or an expression with the
 * offset of its first character in the text.
 *
 * @internal
 */
export type TemplatePart =
  | { kind: 'text'; text: string }
  | { kind: 'expression'; source: string; offset: number };

/** Longest text with expressions in it. @public */
export const MAX_TEMPLATE_CHARACTERS = 32_768;

const MAX_EXPRESSIONS = 100;

/**
 * Splits a text at its expressions. `$${{` stands for a literal `${{`.
 *
 * @throws ExpressionError when an expression is not closed
 * @internal
 */
export function parseTemplate(text: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let literal = '';
  let at = 0;
  let expressions = 0;
  for (;;) {
    const open = text.indexOf('${{', at);
    if (open < 0) {
      break;
    }
    if (text[open - 1] === '$') {
      literal += `${text.slice(at, open - 1)}\${{`;
      at = open + 3;
      continue;
    }
    const close = findClose(text, open + 3);
    if (close < 0) {
      throw new ExpressionError(
        '"${{" is not closed by "}}", write "$${{" for the characters themselves',
        text,
        { start: open, end: open + 3 },
      );
    }
    if (
      ++expressions > MAX_EXPRESSIONS ||
      text.length > MAX_TEMPLATE_CHARACTERS
    ) {
      throw new ExpressionError(
        `A text with expressions may have ${MAX_TEMPLATE_CHARACTERS} characters and ${MAX_EXPRESSIONS} expressions`,
        text,
        { start: open, end: open + 3 },
      );
    }
    literal += text.slice(at, open);
    if (literal) {
      parts.push({ kind: 'text', text: literal });
      literal = '';
    }
    const inner = text.slice(open + 3, close);
    const source = inner.trim();
    parts.push({
      kind: 'expression',
      source,
      offset: open + 3 + (inner.length - inner.trimStart().length),
    });
    at = close + 2;
  }
  literal += text.slice(at);
  if (literal) {
    parts.push({ kind: 'text', text: literal });
  }
  return parts;
}

// The end of an expression: "}}" outside of strings and of maps, `{"a": {}}`.
function findClose(text: string, from: number): number {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    const char = text[i];
    if (char === '"' || char === "'") {
      i = endOfString(text, i);
      if (i < 0) {
        return -1;
      }
    } else if (char === '{') {
      depth++;
    } else if (char === '}') {
      if (depth > 0) {
        depth--;
      } else if (text[i + 1] === '}') {
        return i;
      }
    }
  }
  return -1;
}

function endOfString(text: string, from: number): number {
  const raw = /[rR]/.test(text[from - 1] ?? '');
  const quote = text[from];
  const triple = text.startsWith(quote.repeat(3), from);
  const end = triple ? quote.repeat(3) : quote;
  for (let i = from + end.length; i < text.length; i++) {
    if (text[i] === '\\' && !raw) {
      i++;
    } else if (text.startsWith(end, i)) {
      return i + end.length - 1;
    }
  }
  return -1;
}
