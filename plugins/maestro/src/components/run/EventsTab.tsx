import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import {
  ActorName,
  formatExact,
  useTimeZone,
} from '@maestro/plugin-maestro-react';
import { EVENTS_PAGE, useEvents } from '../../state/queries';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { ErrorNotice } from '../layout/ErrorNotice';
import { eventWords } from './eventWords';

const useStyles = makeStyles(theme => ({
  scroll: { maxHeight: 520, overflow: 'auto' },
  table: {
    width: '100%',
    borderCollapse: 'collapse',
    fontSize: theme.typography.pxToRem(12),
    '& td, & th': {
      padding: theme.spacing(0.5, 1),
      verticalAlign: 'top',
      textAlign: 'left',
      borderBottom: `1px solid ${theme.palette.divider}`,
    },
  },
  time: { whiteSpace: 'nowrap' },
  body: { width: '50%', overflowWrap: 'anywhere' },
}));

/** Everything that happened to a run, oldest first. */
export function EventsTab(props: { runId: string }) {
  const classes = useStyles();
  const { zone } = useTimeZone();
  const events = useEvents(props.runId);
  if (events.error && !events.data) {
    return (
      <ErrorNotice title="The events could not be read" error={events.error} />
    );
  }
  if (!events.data) {
    return <DelayedSkeleton rows={8} height={28} />;
  }
  return (
    <div className={classes.scroll}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">#</th>
            <th scope="col">time</th>
            <th scope="col">event</th>
            <th scope="col">by</th>
            <th scope="col">what</th>
          </tr>
        </thead>
        <tbody>
          {events.data.map(event => (
            <tr key={event.seq}>
              <td>{event.seq}</td>
              <td className={classes.time}>{formatExact(event.at, zone)}</td>
              <td>{event.type}</td>
              <td>
                <ActorName actor={event.actor} />
              </td>
              <td className={classes.body}>
                {eventWords(event).map((line, i) => (
                  <div key={i}>{line}</div>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {events.data.length === EVENTS_PAGE && (
        <Typography variant="body2" color="textSecondary">
          The first {EVENTS_PAGE} events. The command line shows all:{' '}
          <code>maestro runs show</code>.
        </Typography>
      )}
    </div>
  );
}
