import { forwardRef, memo, type CSSProperties, type ReactNode } from 'react';
import type { ThemeMode } from '@maestro/plugin-maestro-react';
import { parseAnsi } from './ansi';
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
}

function marked(text: string, query: string): ReactNode {
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

/** One row of a log: text in spans, never HTML. */
export const LogLine = memo(
  forwardRef<HTMLDivElement, LogLineProps>((props, ref) => {
    const { row, index, start, wrap, digits, mode, query, current } = props;
    const { spans } = parseAnsi(row.text, row.style);
    return (
      <div
        ref={ref}
        data-index={index}
        style={{
          position: 'absolute',
          top: 0,
          left: 0,
          width: wrap ? '100%' : undefined,
          minWidth: '100%',
          minHeight: 18,
          boxSizing: 'border-box',
          padding: '0 8px',
          transform: `translateY(${start}px)`,
          whiteSpace: wrap ? 'pre-wrap' : 'pre',
          overflowWrap: wrap ? 'anywhere' : undefined,
          boxShadow: current ? 'inset 3px 0 0 #d08700' : undefined,
        }}
      >
        {digits > 0 && (
          <span style={{ ...numberStyle, width: `${digits}ch` }}>
            {row.continued ? '' : row.line}
          </span>
        )}
        {spans.map((span, i) => (
          <span key={i} style={ansiCss(span.style, mode)}>
            {marked(span.text, query)}
          </span>
        ))}
      </div>
    );
  }),
);
