import { forwardRef, memo, type CSSProperties, type ReactNode } from 'react';
import type { ThemeMode } from '@maestro/plugin-maestro-react';
import { parseAnsi, type AnsiStyle } from './ansi';
import { ansiCss } from './ansiColors';
import type { LogRow } from './logWindow';

/** Characters before the text for its number, when numbers are known. */
const numberStyle: CSSProperties = {
  display: 'inline-block',
  textAlign: 'right',
  marginRight: 12,
  opacity: 0.65,
  userSelect: 'none',
};

/** @internal */
export interface LogLineProps {
  row: LogRow;
  /** Place in the list. */
  index: number;
  /** Top edge in pixels. */
  start: number;
  wrap: boolean;
  /** Digits of the longest line number; 0 when numbers are not known. */
  digits: number;
  mode: ThemeMode;
  /** Text to mark, in any case. */
  query: string;
  /** Whether this is the match that the search stands on. */
  current: boolean;
  /** Whether it stands in a group. */
  isInside?: boolean;
}

/** A text with what is looked for marked. */
export function marked(text: string, query: string): ReactNode {
  if (!query) {
    return text;
  }
  const lower = text.toLocaleLowerCase();
  const wanted = query.toLocaleLowerCase();
  // In some scripts lower case has another length; then nothing is marked.
  if (lower.length !== text.length) {
    return text;
  }
  const parts: ReactNode[] = [];
  let from = 0;
  for (
    let at = lower.indexOf(wanted);
    at >= 0;
    at = lower.indexOf(wanted, from)
  ) {
    parts.push(text.slice(from, at));
    parts.push(
      <mark key={at} style={{ backgroundColor: '#ffd54a', color: '#1f2328' }}>
        {text.slice(at, at + wanted.length)}
      </mark>,
    );
    from = at + wanted.length;
  }
  parts.push(text.slice(from));
  return parts;
}

/** Where a row of a list that draws few of many stands. */
export function rowStyle(
  props: Pick<LogLineProps, 'start' | 'wrap' | 'current' | 'isInside'>,
): CSSProperties {
  const { start, wrap, current, isInside } = props;
  return {
    position: 'absolute',
    top: 0,
    left: 0,
    width: wrap ? '100%' : undefined,
    minWidth: '100%',
    minHeight: 18,
    boxSizing: 'border-box',
    padding: isInside ? '0 8px 0 24px' : '0 8px',
    transform: `translateY(${start}px)`,
    whiteSpace: wrap ? 'pre-wrap' : 'pre',
    overflowWrap: wrap ? 'anywhere' : undefined,
    boxShadow: current ? 'inset 3px 0 0 #d08700' : undefined,
  };
}

/** The number of a line, as wide as that of the last. */
export function LineNumber(props: { row: LogRow; digits: number }) {
  const { row, digits } = props;
  return digits > 0 ? (
    <span style={{ ...numberStyle, width: `${digits}ch` }}>
      {row.continued ? '' : row.line}
    </span>
  ) : null;
}

/** A text in the colours that its escapes ask for, never HTML. */
export function AnsiText(props: {
  text: string;
  style?: AnsiStyle;
  mode: ThemeMode;
  query: string;
}) {
  const { text, style = {}, mode, query } = props;
  return (
    <>
      {parseAnsi(text, style).spans.map((span, i) => (
        <span key={i} style={ansiCss(span.style, mode)}>
          {marked(span.text, query)}
        </span>
      ))}
    </>
  );
}

/** One row of a log as it was written. */
export const LogLine = memo(
  forwardRef<HTMLDivElement, LogLineProps>((props, ref) => {
    const { row, index, digits, mode, query } = props;
    return (
      <div ref={ref} data-index={index} style={rowStyle(props)}>
        <LineNumber row={row} digits={digits} />
        <AnsiText text={row.text} style={row.style} mode={mode} query={query} />
      </div>
    );
  }),
);
