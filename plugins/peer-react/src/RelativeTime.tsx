import { DateTime } from 'luxon';

/**
 * "2 hours ago"; the exact time, with its zone, on hover.
 *
 * @public
 */
export function RelativeTime(props: { at: number | undefined }) {
  if (props.at === undefined) {
    return <>—</>;
  }
  const time = DateTime.fromMillis(props.at);
  return (
    <time
      dateTime={time.toUTC().toISO() ?? undefined}
      title={time.toFormat('yyyy-LL-dd HH:mm:ss ZZZZ')}
      style={{ whiteSpace: 'nowrap' }}
    >
      {time.toRelative({ locale: 'en' })}
    </time>
  );
}
