import { useState } from 'react';
import Button from '@material-ui/core/Button';
import Paper from '@material-ui/core/Paper';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { Link } from '@backstage/core-components';
import { aliasName, type Asset } from '@maestro/plugin-maestro-common';
import { ExactTime, RelativeTime } from '@maestro/plugin-maestro-react';
import { useAssetEvents, useAssetState } from '../../state/queries';
import { useMaestroLinks } from '../../state/useMaestroLinks';
import { Permitted } from '../actions/Permitted';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { ErrorNotice } from '../layout/ErrorNotice';
import { StoredStateList } from '../run/StoredStateList';
import { AssetEventView } from './AssetEventView';
import { EmitDialog } from './EmitDialog';

const useStyles = makeStyles(theme => ({
  panel: { padding: theme.spacing(2), minWidth: 0 },
  head: {
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(1),
    overflowWrap: 'anywhere',
  },
  title: { flex: 1, margin: 0, fontSize: theme.typography.pxToRem(16) },
  section: {
    margin: theme.spacing(2, 0, 0.5),
    fontSize: theme.typography.pxToRem(13),
    fontWeight: 600,
  },
  list: { margin: 0, paddingLeft: theme.spacing(2) },
  faint: { color: theme.palette.text.secondary },
}));

/** One asset: who makes it, who awaits it and what is next, what happened. */
export function AssetPanel(props: {
  asset: Asset;
  /** Aliases through which it had events. */
  aliases: readonly string[];
  onClose: () => void;
}) {
  const { asset, aliases, onClose } = props;
  const classes = useStyles();
  const links = useMaestroLinks();
  const [emitting, setEmitting] = useState(false);
  const isAlias = aliasName(asset.name) !== undefined;
  return (
    <Paper
      variant="outlined"
      className={classes.panel}
      component="section"
      aria-label={`Asset ${asset.name}`}
    >
      <div className={classes.head}>
        <h2 className={classes.title}>{asset.name}</h2>
        {!isAlias && (
          <Permitted to="emitAssetEvent">
            {disabled => (
              <Button
                size="small"
                variant="outlined"
                disabled={disabled}
                onClick={() => setEmitting(true)}
              >
                Tell an event…
              </Button>
            )}
          </Permitted>
        )}
        <Button size="small" onClick={onClose}>
          Close
        </Button>
      </div>
      {isAlias && <StandsFor asset={asset} />}
      <h3 className={classes.section}>Produced by</h3>
      {asset.producers.length === 0 && aliases.length === 0 && (
        <span className={classes.faint}>
          {isAlias
            ? 'No task has it as an outlet: nothing comes through it.'
            : 'No task. Its events come from outside, by hand or through the API.'}
        </span>
      )}
      <ul className={classes.list}>
        {asset.producers.map(({ alert, entityRef, pipeline, taskId }) => (
          <li key={`${pipeline}/${taskId}`}>
            <Link to={links.pipeline(entityRef, 'runs')}>{pipeline}</Link> ›{' '}
            {taskId}, {producesWhen(alert, isAlias)}
          </li>
        ))}
        {aliases.map(alias => (
          <li key={alias}>
            tasks with the alias <Link to={links.asset(alias)}>{alias}</Link>
          </li>
        ))}
      </ul>
      <h3 className={classes.section}>Awaited by</h3>
      {asset.consumers.length + asset.waiters.length === 0 && (
        <span className={classes.faint}>
          No pipeline. One that names it under <code>schedule.assets</code>{' '}
          starts with its next event.
        </span>
      )}
      <ul className={classes.list}>
        {asset.consumers.map(consumer => (
          <li key={`${consumer.pipeline}/${consumer.scheduleId}`}>
            <Link to={links.pipeline(consumer.entityRef, 'runs')}>
              {consumer.pipeline}
            </Link>
            : {consumer.scheduleText}
            <ConsumerNext consumer={consumer} asset={asset.name} />
          </li>
        ))}
        {asset.waiters.map(({ entityRef, pipeline, taskId }) => (
          <li key={`${pipeline}/task/${taskId}`}>
            <Link to={links.pipeline(entityRef, 'runs')}>{pipeline}</Link> ›{' '}
            {taskId}, when its run comes to it
          </li>
        ))}
      </ul>
      <States asset={asset.name} />
      <h3 className={classes.section}>Events</h3>
      <Events asset={asset.name} withName={isAlias} />
      {emitting && (
        <EmitDialog asset={asset} onClose={() => setEmitting(false)} />
      )}
    </Paper>
  );
}

function producesWhen(alert: string | undefined, isAlias: boolean): string {
  if (isAlias) return 'for the assets that it names when it succeeds';
  return alert ? `when it sends the alert ${alert}` : 'on success';
}

/** What an alias is, and of which assets events came through it. */
function StandsFor(props: { asset: Asset }) {
  const { standsFor = [] } = props.asset;
  const classes = useStyles();
  const links = useMaestroLinks();
  return (
    <>
      <h3 className={classes.section}>Alias of</h3>
      {standsFor.length === 0 ? (
        <span className={classes.faint}>
          Nothing yet: no task has given an asset an event through it, so
          nothing starts that awaits it.
        </span>
      ) : (
        <ul className={classes.list}>
          {standsFor.map(name => (
            <li key={name}>
              <Link to={links.asset(name)}>{name}</Link>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** What the next event does to a schedule. */
function ConsumerNext(props: {
  consumer: Asset['consumers'][number];
  asset: string;
}) {
  const { asset, consumer } = props;
  const { cooldownUntil, missing = [], paused, waitingSince } = consumer;
  const others = missing.filter(name => name !== asset);
  let next: React.ReactNode = 'The next event starts a run.';
  if (paused) {
    next = 'Paused: events start nothing.';
  } else if (cooldownUntil !== undefined) {
    next = (
      <>
        Cools down: no run by events until <ExactTime at={cooldownUntil} />.
      </>
    );
  } else if (waitingSince !== undefined) {
    next = (
      <>
        Waits for {missing.join(', ')} since <RelativeTime at={waitingSince} />.
      </>
    );
  } else if (others.length > 0) {
    next = `Waits for ${missing.join(', ')}.`;
  }
  return (
    <Typography variant="body2" color="textSecondary">
      {next}
    </Typography>
  );
}

/** What tasks of Airflow keep beside it; most assets have nothing of the kind. */
function States(props: { asset: string }) {
  const states = useAssetState(props.asset);
  const classes = useStyles();
  if (states.error && !states.data) {
    return (
      <ErrorNotice title="The state could not be read" error={states.error} />
    );
  }
  if (!states.data || states.data.length === 0) return null;
  return (
    <>
      <h3 className={classes.section}>State</h3>
      <StoredStateList states={states.data} />
    </>
  );
}

function Events(props: { asset: string; withName: boolean }) {
  const events = useAssetEvents(props.asset);
  const classes = useStyles();
  if (events.error && !events.data) {
    return (
      <ErrorNotice title="The events could not be read" error={events.error} />
    );
  }
  if (!events.data) {
    return <DelayedSkeleton rows={4} height={40} />;
  }
  if (events.data.length === 0) {
    return <span className={classes.faint}>There was none yet.</span>;
  }
  return (
    <>
      {events.data.map(event => (
        <AssetEventView
          key={event.id}
          event={event}
          withName={props.withName}
        />
      ))}
    </>
  );
}
