import { forwardRef, memo, type CSSProperties } from 'react';
import { DateTime } from 'luxon';
import {
  frameText,
  type LogError,
  type LogLevel,
  type LogRecord,
} from '@maestro/plugin-maestro-common';
import type { ThemeMode } from '@maestro/plugin-maestro-react';
import { ansiCss } from './ansiColors';
import {
  AnsiText,
  LineNumber,
  marked,
  rowStyle,
  type LogLineProps,
} from './LogLine';
import { fieldText, type LogGroup } from './recordRows';

/** Of what libraries and Airflow itself called on the way. */
const LIBRARY =
  /\/(site-packages|dist-packages|lib\/python3[^/]*|maestro_airflow)\//;

const LEVEL: Record<LogLevel, { word: string; colour?: string }> = {
  debug: { word: 'DEBUG', colour: 'bright-black' },
  info: { word: 'INFO ', colour: 'blue' },
  warning: { word: 'WARN ', colour: 'yellow' },
  error: { word: 'ERROR', colour: 'red' },
  critical: { word: 'CRIT ', colour: 'magenta' },
};

const buttonStyle: CSSProperties = {
  border: 0,
  padding: '0 4px',
  margin: 0,
  background: 'none',
  color: 'inherit',
  font: 'inherit',
  textAlign: 'left',
  cursor: 'pointer',
};

const faint: CSSProperties = { opacity: 0.7 };
const below: CSSProperties = { paddingLeft: '2ch' };

/** @internal */
export interface RecordLineProps extends LogLineProps {
  record: LogRecord;
  /** Time zone of the times. */
  zone: string;
  /** Whether its further fields are shown. */
  isOpen: boolean;
  onToggle: (key: string) => void;
}

/** A record of a structured log: time, level, message; the rest on demand. */
export const RecordLine = memo(
  forwardRef<HTMLDivElement, RecordLineProps>((props, ref) => {
    const { row, index, digits, mode, query, record, zone, isOpen } = props;
    const { level, message, printed, logger, extra, errors } = record;
    const { place, context } = record;
    const { word, colour } = LEVEL[level];
    const fields = Object.entries(extra);
    const isLoud = level !== 'info' && level !== 'debug' && !printed;
    return (
      <div ref={ref} data-index={index} style={rowStyle(props)}>
        <LineNumber row={row} digits={digits} />
        <span style={faint} title={record.timestamp}>
          {timeText(record.timestamp, zone)}
        </span>{' '}
        <span
          style={ansiCss(
            { fg: printed ? 'bright-black' : colour, bold: isLoud },
            mode,
          )}
        >
          {printed ?? word}
        </span>{' '}
        {logger && !printed && (
          <>
            <button
              type="button"
              style={{ ...buttonStyle, ...faint, padding: 0 }}
              aria-expanded={isOpen}
              title={`${logger}${place ? `, ${frameText(place)}` : ''}`}
              onClick={() => props.onToggle(row.key)}
            >
              {marked(shortName(logger), query)}
            </button>
            <span style={faint}>: </span>
          </>
        )}
        <AnsiText
          text={message}
          style={isLoud ? { fg: colour } : undefined}
          mode={mode}
          query={query}
        />
        {fields.length > 0 && (
          <button
            type="button"
            style={{ ...buttonStyle, ...faint, userSelect: 'none' }}
            aria-expanded={isOpen}
            aria-label={`Further fields of the line: ${fields
              .map(([name]) => name)
              .join(', ')}`}
            title={fields.map(([name]) => name).join(', ')}
            onClick={() => props.onToggle(row.key)}
          >
            {isOpen ? '▾' : `▸ ${fields.length}`}
          </button>
        )}
        {isOpen && (
          <div style={below}>
            {logger && <Field name="logger" value={logger} query={query} />}
            {place && (
              <Field name="at" value={frameText(place)} query={query} />
            )}
            {[...fields, ...Object.entries(context)].map(([name, value]) => (
              <Field key={name} name={name} value={value} query={query} />
            ))}
          </div>
        )}
        {errors.map((error, i) => (
          <Exception key={i} error={error} mode={mode} query={query} />
        ))}
      </div>
    );
  }),
);

/** The line that begins a group, which it folds and unfolds. */
export const GroupLine = memo(
  forwardRef<
    HTMLDivElement,
    LogLineProps & {
      group: LogGroup;
      isOpen: boolean;
      onToggle: (key: string) => void;
    }
  >((props, ref) => {
    const { row, index, digits, mode, query, group, isOpen } = props;
    const { title, lines, hasError } = group;
    return (
      <div ref={ref} data-index={index} style={rowStyle(props)}>
        <LineNumber row={row} digits={digits} />
        <button
          type="button"
          style={{ ...buttonStyle, padding: 0, fontWeight: 600 }}
          aria-expanded={isOpen}
          onClick={() => props.onToggle(group.key)}
        >
          {isOpen ? '▾' : '▸'} {marked(title || 'group', query)}
        </button>{' '}
        <span style={faint}>
          {lines} line{lines === 1 ? '' : 's'}
        </span>
        {hasError && <span style={ansiCss({ fg: 'red' }, mode)}> ✕ error</span>}
      </div>
    );
  }),
);

function Field(props: { name: string; value: unknown; query: string }) {
  const { name, value, query } = props;
  return (
    <div>
      <span style={faint}>{marked(name, query)}</span>{' '}
      {marked(fieldText(value), query)}
    </div>
  );
}

function Exception(props: { error: LogError; mode: ThemeMode; query: string }) {
  const { error, mode, query } = props;
  const { type, value, notes, link, frames } = error;
  return (
    <div style={below}>
      {link && <div style={faint}>{link}</div>}
      <div style={ansiCss({ fg: 'red', bold: true }, mode)}>
        {marked(`${type}: ${value}`, query)}
      </div>
      {notes.map((note, i) => (
        <div key={i}>{marked(note, query)}</div>
      ))}
      {frames.map((frame, i) => (
        <div
          key={i}
          style={{ ...below, ...(LIBRARY.test(frame.file) ? faint : {}) }}
        >
          {marked(frameText(frame), query)}
        </div>
      ))}
    </div>
  );
}

function timeText(timestamp: string | undefined, zone: string): string {
  if (!timestamp) return '            ';
  const time = DateTime.fromISO(timestamp, { zone });
  return time.isValid ? time.toFormat('HH:mm:ss.SSS') : timestamp;
}

/** The last part of a logger's name: the whole is in its title. */
function shortName(logger: string): string {
  return logger.slice(logger.lastIndexOf('.') + 1) || logger;
}
