/**
 * Terminal colours in log lines. Only colours and weight (SGR) are understood;
 * every other escape sequence is dropped, so that nothing a task writes can do
 * more than be read. The result is text and styles, never HTML.
 *
 * @packageDocumentation
 */

/** One of the 16 colours by name, or a colour `#rrggbb`. */
export type AnsiColor = string;

/** How a piece of text looks. */
export interface AnsiStyle {
  fg?: AnsiColor;
  bg?: AnsiColor;
  bold?: boolean;
  dim?: boolean;
  italic?: boolean;
  underline?: boolean;
}

/** A piece of a line in one style. */
export interface AnsiSpan {
  text: string;
  style: AnsiStyle;
}

const NAMES = [
  'black',
  'red',
  'green',
  'yellow',
  'blue',
  'magenta',
  'cyan',
  'white',
];

// CSI (…), OSC up to BEL or ST, the other two-character escapes, and an escape
// that the end of the line cut off.
const ESCAPE =
  // eslint-disable-next-line no-control-regex
  /\x1b(?:\[([0-9;:]*)([\x20-\x2f]*)([\x40-\x7e])|\[[0-9;:<=>?\x20-\x2f]*[\x40-\x7e]?|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[\x20-\x2f]*[\x30-\x7e]?)/g;

// Control characters that are no white space; a tab stays.
// eslint-disable-next-line no-control-regex
const CONTROL = /[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]/g;

/** Whether a line has anything to parse. */
export function hasEscape(line: string): boolean {
  return line.includes('\x1b');
}

/**
 * What a terminal shows of a line in which the carriage went back: the part
 * after the last return that something follows. Progress bars write thus.
 */
export function afterReturns(line: string): string {
  const end = line.endsWith('\r') ? line.length - 1 : line.length;
  const at = line.lastIndexOf('\r', end - 1);
  return at < 0 ? line.slice(0, end) : line.slice(at + 1, end);
}

function extended(
  codes: number[],
  at: number,
): { color?: AnsiColor; used: number } {
  if (codes[at + 1] === 5) {
    const n = codes[at + 2];
    return { color: n >= 0 && n < 256 ? indexed(n) : undefined, used: 2 };
  }
  if (codes[at + 1] === 2) {
    const rgb = codes.slice(at + 2, at + 5);
    const valid = rgb.length === 3 && rgb.every(c => c >= 0 && c < 256);
    return {
      color: valid
        ? `#${rgb.map(c => c.toString(16).padStart(2, '0')).join('')}`
        : undefined,
      used: 4,
    };
  }
  return { used: codes.length };
}

function indexed(n: number): AnsiColor {
  if (n < 8) return NAMES[n];
  if (n < 16) return `bright-${NAMES[n - 8]}`;
  const hex = (value: number) => value.toString(16).padStart(2, '0');
  if (n >= 232) {
    const grey = hex(8 + (n - 232) * 10);
    return `#${grey}${grey}${grey}`;
  }
  const level = (value: number) => hex(value === 0 ? 0 : 55 + value * 40);
  const i = n - 16;
  return `#${level(Math.floor(i / 36))}${level(Math.floor(i / 6) % 6)}${level(
    i % 6,
  )}`;
}

/** The style after an SGR sequence with these codes. */
export function applySgr(style: AnsiStyle, parameters: string): AnsiStyle {
  const codes = parameters
    .split(/[;:]/)
    .map(code => (code === '' ? 0 : Number(code)));
  let next: AnsiStyle = { ...style };
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i];
    if (code === 0) next = {};
    else if (code === 1) next.bold = true;
    else if (code === 2) next.dim = true;
    else if (code === 3) next.italic = true;
    else if (code === 4) next.underline = true;
    else if (code === 22) {
      delete next.bold;
      delete next.dim;
    } else if (code === 23) delete next.italic;
    else if (code === 24) delete next.underline;
    else if (code >= 30 && code <= 37) next.fg = NAMES[code - 30];
    else if (code >= 90 && code <= 97) next.fg = `bright-${NAMES[code - 90]}`;
    else if (code === 39) delete next.fg;
    else if (code >= 40 && code <= 47) next.bg = NAMES[code - 40];
    else if (code >= 100 && code <= 107)
      next.bg = `bright-${NAMES[code - 100]}`;
    else if (code === 49) delete next.bg;
    else if (code === 38 || code === 48) {
      const { color, used } = extended(codes, i);
      if (color) next[code === 38 ? 'fg' : 'bg'] = color;
      i += used;
    }
  }
  return next;
}

/**
 * A line as pieces of one style each.
 *
 * @param start - the style that the line before ended in
 */
export function parseAnsi(
  line: string,
  start: AnsiStyle = {},
): { spans: AnsiSpan[]; end: AnsiStyle } {
  const spans: AnsiSpan[] = [];
  let style = start;
  let from = 0;
  const push = (piece: string) => {
    const text = piece.replace(CONTROL, '');
    if (text) spans.push({ text, style });
  };
  if (hasEscape(line)) {
    for (const match of line.matchAll(ESCAPE)) {
      push(line.slice(from, match.index));
      from = match.index! + match[0].length;
      if (match[3] === 'm' && !match[2]) {
        style = applySgr(style, match[1]);
      }
    }
  }
  push(line.slice(from));
  return { spans, end: style };
}

/** The style that a line leaves behind; cheap where it has no escape. */
export function styleAfter(line: string, start: AnsiStyle): AnsiStyle {
  if (!hasEscape(line)) {
    return start;
  }
  return parseAnsi(line, start).end;
}

/** A line without any escape or control character, as search sees it. */
export function plainText(line: string): string {
  return line.replace(ESCAPE, '').replace(CONTROL, '');
}
