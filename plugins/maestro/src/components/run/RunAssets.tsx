import { makeStyles } from '@material-ui/core/styles';
import { Link } from '@backstage/core-components';
import type { AssetEvent, RunDetail } from '@maestro/plugin-maestro-common';
import { useMaestroLinks } from '../../state/useMaestroLinks';
import { EventSource, outcomeReason } from '../assets/AssetEventView';

/** Lines shown; the page of the asset has the others. */
const SHOWN = 4;

const useStyles = makeStyles(theme => ({
  lines: {
    margin: theme.spacing(0, 0, 2),
    padding: 0,
    listStyle: 'none',
    fontSize: theme.typography.pxToRem(13),
    color: theme.palette.text.secondary,
    overflowWrap: 'anywhere',
  },
}));

/** Both directions: which events started the run, and what it set off. */
export function RunAssets(props: { run: RunDetail }) {
  const { startedBy = [], assetEvents = [] } = props.run;
  const classes = useStyles();
  if (startedBy.length + assetEvents.length === 0) {
    return null;
  }
  const more = (n: number) =>
    n > SHOWN ? <li>and {n - SHOWN} more</li> : null;
  return (
    <ul className={classes.lines} aria-label="Assets of this run">
      {startedBy.slice(0, SHOWN).map(event => (
        <li key={`by ${event.id}`}>
          Started by an event of <AssetLink event={event} />,{' '}
          <EventSource event={event} />
        </li>
      ))}
      {more(startedBy.length)}
      {assetEvents.slice(0, SHOWN).map(event => (
        <li key={`of ${event.id}`}>
          {event.taskId} gave an event of <AssetLink event={event} />
          {runsFirst(event.outcomes).map((outcome, i, outcomes) => (
            <Consequence
              key={i}
              outcome={outcome}
              isFurther={outcomes[i - 1]?.outcome === 'run'}
            />
          ))}
        </li>
      ))}
      {more(assetEvents.length)}
    </ul>
  );
}

/** What did not start stands behind: the runs are one part of the sentence. */
function runsFirst(outcomes: AssetEvent['outcomes']): AssetEvent['outcomes'] {
  const isRun = ({ outcome }: AssetEvent['outcomes'][number]) =>
    outcome === 'run';
  return [
    ...outcomes.filter(isRun),
    ...outcomes.filter(outcome => !isRun(outcome)),
  ];
}

function AssetLink(props: { event: AssetEvent }) {
  const links = useMaestroLinks();
  const { asset, partitionKey } = props.event;
  return (
    <>
      {partitionKey !== undefined && `partition ${partitionKey} of `}
      <Link to={links.asset(asset)}>{asset}</Link>
    </>
  );
}

function Consequence(props: {
  outcome: AssetEvent['outcomes'][number];
  /** Whether what it started stands behind another run that it started. */
  isFurther: boolean;
}) {
  const { outcome, pipeline, reason, runId } = props.outcome;
  const links = useMaestroLinks();
  if (outcome === 'run') {
    return (
      <>
        {props.isFurther ? ' and ' : ', which started '}
        {runId ? (
          <Link to={links.run(runId)}>a run of {pipeline}</Link>
        ) : (
          `a run of ${pipeline} that was deleted`
        )}
      </>
    );
  }
  return (
    <>
      {outcome === 'waiting'
        ? `; ${pipeline} ${reason ?? 'waits'}`
        : `; ${pipeline} did not start: ${outcomeReason(reason)}`}
    </>
  );
}
