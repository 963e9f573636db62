import { formatRelative } from '../time/formatDuration';
import { useNow } from '../time/now';
import { formatExact, useTimeZone } from '../time/timeZone';

/** @public */
export interface RelativeTimeProps {
  /** Epoch milliseconds; a dash when absent. */
  at: number | undefined;
}

/**
 * An instant as its distance from now, with the exact time on hover.
 *
 * @public
 */
export function RelativeTime(props: RelativeTimeProps) {
  return props.at === undefined ? <span>—</span> : <Known at={props.at} />;
}

function Known(props: { at: number }) {
  const now = useNow();
  const { zone } = useTimeZone();
  return (
    <time
      dateTime={new Date(props.at).toISOString()}
      title={formatExact(props.at, zone)}
      style={{ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}
    >
      {formatRelative(props.at, now)}
    </time>
  );
}

/**
 * An instant in full, in the zone of the reader's choice.
 *
 * @public
 */
export function ExactTime(props: RelativeTimeProps) {
  const { zone } = useTimeZone();
  if (props.at === undefined) {
    return <span>—</span>;
  }
  return (
    <time
      dateTime={new Date(props.at).toISOString()}
      style={{ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}
    >
      {formatExact(props.at, zone)}
    </time>
  );
}
