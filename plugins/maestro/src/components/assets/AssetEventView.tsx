import { makeStyles } from '@material-ui/core/styles';
import { Link } from '@backstage/core-components';
import { type AssetEvent, actorWords } from '@maestro/plugin-maestro-common';
import { RelativeTime, ToneChip } from '@maestro/plugin-maestro-react';
import { useMaestroLinks } from '../../state/useMaestroLinks';

const useStyles = makeStyles(theme => ({
  event: {
    padding: theme.spacing(1, 0),
    borderBottom: `1px solid ${theme.palette.divider}`,
    overflowWrap: 'anywhere',
  },
  head: { display: 'flex', flexWrap: 'wrap', gap: 8, alignItems: 'center' },
  faint: { color: theme.palette.text.secondary },
  outcomes: { margin: theme.spacing(0.5, 0, 0), paddingLeft: theme.spacing(2) },
  extra: {
    margin: theme.spacing(0.5, 0, 0),
    fontSize: theme.typography.pxToRem(12),
    overflowX: 'auto',
  },
}));

/** Something that happened to an asset: from where, and what it set off. */
export function AssetEventView(props: {
  event: AssetEvent;
  /** Names the asset too, where the page is not about it. */
  withName?: boolean;
}) {
  const { event, withName } = props;
  const classes = useStyles();
  return (
    <div className={classes.event}>
      <div className={classes.head}>
        {withName && <strong>{event.asset}</strong>}
        <RelativeTime at={event.at} />
        <EventSource event={event} />
        {event.partitionKey !== undefined && (
          <span className={classes.faint}>partition {event.partitionKey}</span>
        )}
        {event.aliases && (
          <span className={classes.faint}>
            through the alias {event.aliases.join(', ')}
          </span>
        )}
      </div>
      {event.extra !== undefined && (
        <pre className={classes.extra}>
          {JSON.stringify(event.extra, undefined, 2)}
        </pre>
      )}
      {event.outcomes.length === 0 ? (
        <span className={classes.faint}>Nobody waited for it.</span>
      ) : (
        <ul className={classes.outcomes}>
          {event.outcomes.map(outcome => (
            <li key={`${outcome.pipeline}/${outcome.scheduleId}`}>
              <OutcomeView outcome={outcome} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** The run and task, or the person, that an event came from. */
export function EventSource(props: { event: AssetEvent }) {
  const { actor, alertWord, pipeline, runId, source, taskId } = {
    ...props.event,
    alertWord: props.event.source === 'alert' ? 'alert of ' : '',
  };
  const links = useMaestroLinks();
  if (runId) {
    return (
      <span>
        by {alertWord}
        <Link to={links.run(runId, { task: taskId })}>
          {pipeline} › {taskId}
        </Link>
      </span>
    );
  }
  return (
    <span>
      {source === 'manual'
        ? `told by ${actorWords(actor)}`
        : `by ${alertWord}${taskId} in a run that was deleted`}
    </span>
  );
}

const REASONS: Readonly<Record<string, string>> = {
  paused: 'the pipeline was paused',
  removed: 'the pipeline was removed',
  overlap: 'another run was going on',
  when: 'its condition was false',
  not_awaited: 'its schedule did not await it any more',
  not_in_period: 'its schedule had not begun, or was over',
  run_key_taken: 'a run had its key already',
  no_partition:
    'the event is about no partition, and its runs are about one each',
  has_partition:
    'the event is about one partition, and its schedule about the whole asset',
};

/** Why an event started no run, as people say it. */
export function outcomeReason(reason = ''): string {
  if (reason.startsWith('cooldown until ')) {
    return `it cooled down until ${reason.slice(15, 31).replace('T', ' ')} UTC`;
  }
  return REASONS[reason] ?? reason.replace(/^unmapped: /, '');
}

function OutcomeView(props: { outcome: AssetEvent['outcomes'][number] }) {
  const { entityRef, outcome, pipeline, reason, runId } = props.outcome;
  const links = useMaestroLinks();
  const name = <Link to={links.pipeline(entityRef, 'runs')}>{pipeline}</Link>;
  switch (outcome) {
    case 'run':
      return (
        <>
          {name}{' '}
          {runId ? (
            <Link to={links.run(runId)}>started a run</Link>
          ) : (
            'started a run that was deleted'
          )}
        </>
      );
    case 'waiting':
      return (
        <>
          {name} <ToneChip tone="info">{reason ?? 'waits'}</ToneChip>
        </>
      );
    default:
      return (
        <>
          {name} started no run: {outcomeReason(reason)}
        </>
      );
  }
}
