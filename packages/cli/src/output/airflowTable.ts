import { cut, oneLine, textWidth } from './table';

/** Least width of a column that gives way. */
const LEAST = 12;

/**
 * Rows as Airflow's commands print them, for people and scripts that know
 * those: `a | b`, a line of `=` below the names, an empty line at the end.
 *
 * @param width - columns of the terminal; without it nothing is shortened
 */
export function airflowTable(
  rows: readonly Record<string, unknown>[],
  width?: number,
): string {
  if (rows.length === 0) return 'No data found';
  const names = Object.keys(rows[0]);
  const cells = rows.map(row => names.map(name => cellText(row[name])));
  const widths = names.map((name, i) =>
    Math.max(textWidth(name), ...cells.map(row => textWidth(row[i]))),
  );
  if (width !== undefined) narrow(widths, width);
  const line = (texts: readonly string[]) =>
    texts
      .map((text, i) => padded(text, widths[i]))
      .join(' | ')
      .trimEnd();
  return [
    line(names),
    widths.map(size => '='.repeat(size)).join('=+='),
    ...cells.map(line),
    '',
  ].join('\n');
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return oneLine(value.map(String).join(', '));
  return oneLine(String(value));
}

/** The widest give way until all fit, or none is wide any more. */
function narrow(widths: number[], width: number): void {
  for (;;) {
    const total = widths.reduce((sum, size) => sum + size + 3, -3);
    const widest = widths.indexOf(Math.max(...widths));
    if (total <= width || widths[widest] <= LEAST) return;
    const next = Math.max(...widths.filter((_, i) => i !== widest), LEAST);
    widths[widest] = Math.max(
      LEAST,
      widths[widest] -
        Math.max(1, Math.min(total - width, widths[widest] - next)),
    );
  }
}

function padded(text: string, width: number): string {
  const kept = cut(text, width);
  return kept + ' '.repeat(Math.max(0, width - textWidth(kept)));
}
