import { formatDuration } from '../time/formatDuration';
import { useNow } from '../time/now';

/** @public */
export interface DurationProps {
  /** Milliseconds; leave out to count from `since`. */
  ms?: number;
  /** Epoch milliseconds from which the time runs on, second by second. */
  since?: number;
}

const TABULAR = {
  fontVariantNumeric: 'tabular-nums',
  whiteSpace: 'nowrap',
} as const;

/**
 * A duration such as `2 m 05 s`; live when only `since` is given, a dash when
 * neither is.
 *
 * @public
 */
export function Duration(props: DurationProps) {
  const { ms, since } = props;
  if (ms === undefined && since !== undefined) {
    return <LiveDuration since={since} />;
  }
  return (
    <span style={TABULAR}>{ms === undefined ? '—' : formatDuration(ms)}</span>
  );
}

// A component of its own, so that only what runs listens to the clock.
function LiveDuration(props: { since: number }) {
  const now = useNow();
  // Whole seconds: tenths that change once a second say nothing.
  const seconds = Math.max(0, Math.floor((now - props.since) / 1000));
  const text = seconds < 10 ? `${seconds} s` : formatDuration(seconds * 1000);
  return <span style={TABULAR}>{text}</span>;
}
