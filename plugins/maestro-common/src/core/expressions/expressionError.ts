import { InputError } from '@backstage/errors';

/**
 * An expression that cannot be compiled or evaluated. The message marks the
 * place; `start` and `end` are character offsets in `expression`.
 *
 * @public
 */
export class ExpressionError extends InputError {
  /** What is wrong, without the marked source. */
  readonly summary: string;
  readonly expression: string;
  readonly start: number;
  readonly end: number;

  constructor(
    summary: string,
    expression: string,
    range: { start: number; end: number } = { start: 0, end: 0 },
  ) {
    super(`${summary}\n${mark(expression, range)}`);
    this.summary = summary;
    this.expression = expression;
    this.start = range.start;
    this.end = range.end;
  }
}

const MARGIN = 60;

// One line of source, cut around the place, with a caret below it.
function mark(source: string, range: { start: number; end: number }): string {
  const at = Math.min(Math.max(range.start, 0), source.length);
  const lineStart = source.slice(0, at).lastIndexOf('\n') + 1;
  const newline = source.indexOf('\n', at);
  const lineEnd = newline < 0 ? source.length : newline;
  const from = Math.max(lineStart, at - MARGIN);
  const to = Math.min(lineEnd, at + MARGIN);
  const before = from > lineStart ? '…' : '';
  const after = to < lineEnd ? '…' : '';
  const width = Math.max(1, Math.min(range.end, to) - at);
  return [
    `  ${before}${source.slice(from, to)}${after}`,
    `  ${' '.repeat(before.length + at - from)}${'^'.repeat(width)}`,
  ].join('\n');
}
