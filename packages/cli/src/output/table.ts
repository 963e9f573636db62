/** Colours of terminals by what they mean. */
export type Colour = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'grey';

const CODES: Record<Colour, number> = {
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  grey: 90,
};

/** One column; a column without any text is left out. */
export interface Column<T> {
  title: string;
  text(row: T): string | number | undefined;
  align?: 'right';
  colour?(row: T): Colour | undefined;
  /** Is cut, with an ellipsis, when the terminal is too narrow. */
  shrinks?: boolean;
}

/** How a table is shown. */
export interface TableStyle {
  colour: boolean;
  /** Columns of the terminal; undefined: nothing is cut. */
  width?: number;
}

const GAP = '  ';
const MIN_SHRUNK = 8;

/** Aligned columns under their titles, one line a row, whatever is in them. */
export function table<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  style: TableStyle,
): string {
  const shown = columns
    .map(column => {
      const cells = rows.map(row => oneLine(String(column.text(row) ?? '')));
      const widest = Math.max(...cells.map(textWidth), 0);
      return { column, cells, widest };
    })
    .filter(({ widest }) => widest > 0)
    .map(one => ({
      ...one,
      width: Math.max(one.widest, textWidth(one.column.title)),
    }));
  fit(shown, style.width);
  const line = (texts: string[], row?: T) =>
    shown
      .map(({ column, width }, i) => {
        const text = cut(texts[i], width);
        const space = ' '.repeat(Math.max(0, width - textWidth(text)));
        const colour = row === undefined ? 'grey' : column.colour?.(row);
        const painted = paint(text, colour, style.colour);
        return column.align === 'right' ? space + painted : painted + space;
      })
      .join(GAP)
      .trimEnd();
  return [
    line(shown.map(({ column }) => column.title)),
    ...rows.map((row, r) =>
      line(
        shown.map(({ cells }) => cells[r]),
        row,
      ),
    ),
  ].join('\n');
}

/** `label  value` lines; those without a value are left out. */
export function facts(
  entries: ReadonlyArray<readonly [string, string | number | undefined]>,
  style: TableStyle,
): string {
  const known = entries.filter(
    ([, value]) => value !== undefined && value !== '',
  );
  const width = Math.max(...known.map(([label]) => label.length), 0);
  return known
    .map(
      ([label, value]) =>
        `${paint(label.padEnd(width), 'grey', style.colour)}${GAP}${oneLine(
          String(value),
        )}`,
    )
    .join('\n');
}

/** Text in a colour, where colours are wanted. */
export function paint(
  text: string,
  colour: Colour | undefined,
  wanted: boolean,
): string {
  return wanted && colour ? `\x1b[${CODES[colour]}m${text}\x1b[0m` : text;
}

function fit(
  columns: Array<{ column: { shrinks?: boolean }; width: number }>,
  width: number | undefined,
): void {
  if (width === undefined) return;
  let over =
    columns.reduce((sum, column) => sum + column.width + GAP.length, 0) -
    GAP.length -
    width;
  for (const one of [...columns].reverse()) {
    if (over <= 0) return;
    if (!one.column.shrinks) continue;
    const less = Math.min(over, Math.max(0, one.width - MIN_SHRUNK));
    one.width -= less;
    over -= less;
  }
}

/** As it is, or its beginning with an ellipsis, in at most so many columns. */
export function cut(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let kept = '';
  for (const char of text) {
    if (textWidth(kept + char) > width - 1) break;
    kept += char;
  }
  return `${kept}…`;
}

/** Nothing that somebody typed elsewhere may move the cursor or colour it. */
export function oneLine(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** Columns that a text takes in a terminal. */
export function textWidth(text: string): number {
  let width = 0;
  for (const char of text) {
    if (/\p{Mn}/u.test(char)) continue;
    width += WIDE.test(char) ? 2 : 1;
  }
  return width;
}
