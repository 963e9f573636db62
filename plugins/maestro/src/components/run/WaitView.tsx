import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { Link } from '@backstage/core-components';
import {
  isFinalTaskState,
  plannedWait,
  WAITED_FOR,
  type RunDetail,
  type TaskDefinition,
  type TaskInstance,
} from '@maestro/plugin-maestro-common';
import {
  RelativeTime,
  StateChip,
  useNow,
  useTimeZone,
} from '@maestro/plugin-maestro-react';
import { useMaestroLinks } from '../../state/useMaestroLinks';
import { ApprovalForm } from './ApprovalForm';
import { OutputsTab } from './OutputsTab';
import { whyWords } from './whyWords';

const useStyles = makeStyles(theme => ({
  heading: {
    fontWeight: 600,
    marginTop: theme.spacing(1.5),
    '&:first-child': { marginTop: 0 },
  },
  facts: {
    display: 'grid',
    gridTemplateColumns: 'auto 1fr',
    gap: theme.spacing(0.25, 2),
    margin: theme.spacing(1, 0, 0),
    fontSize: theme.typography.pxToRem(13),
    '& dt': { color: theme.palette.text.secondary },
    '& dd': { margin: 0, overflowWrap: 'anywhere' },
  },
  links: { listStyle: 'none', margin: 0, padding: 0 },
  link: { display: 'flex', gap: theme.spacing(1), alignItems: 'center' },
}));

/** What it waited for, with its address filled in. */
function waitedFor(instance: TaskInstance | undefined): string | undefined {
  const reason = instance?.reason;
  return reason?.startsWith(WAITED_FOR)
    ? reason.slice(WAITED_FOR.length)
    : undefined;
}

/** What is nearer than this is said to be now. */
const SOON_MS = 5_000;

/**
 * A task that waits for something outside: what for, what the last look found,
 * and what it has handed on. Nothing of it runs, so there is no log.
 */
export function WaitView(props: {
  run: RunDetail;
  task: TaskDefinition;
  instance: TaskInstance | undefined;
}) {
  const { run, task, instance } = props;
  const classes = useStyles();
  const links = useMaestroLinks();
  const { zone } = useTimeZone();
  const wait = instance?.wait;
  const isOver = instance !== undefined && isFinalTaskState(instance.state);
  const subRuns = run.subRuns?.filter(each => each.taskId === task.id) ?? [];
  return (
    <div>
      <Typography variant="subtitle2" className={classes.heading}>
        {wait ? 'Waits for' : `What it ${isOver ? 'waited' : 'waits'} for`}
      </Typography>
      <div style={{ overflowWrap: 'anywhere' }}>
        {wait?.approval
          ? 'a decision'
          : whyWords(
              wait?.what ?? waitedFor(instance) ?? plannedWait(task),
              zone,
            )}
      </div>
      {wait && (
        <dl className={classes.facts}>
          <dt>Since</dt>
          <dd>
            <RelativeTime at={wait.since} />
          </dd>
          {wait.lookedAt !== undefined && (
            <>
              <dt>Last look</dt>
              <dd>
                <RelativeTime at={wait.lookedAt} /> (of {wait.looks}):{' '}
                {wait.answer}
              </dd>
            </>
          )}
          {wait.nextLookAt !== undefined && (
            <>
              <dt>{wait.kind === 'time' ? 'Goes on' : 'Next look'}</dt>
              <dd>
                <Coming at={wait.nextLookAt} />
              </dd>
            </>
          )}
          {wait.timeoutAt !== undefined && (
            <>
              <dt>Gives up</dt>
              <dd>
                <Coming at={wait.timeoutAt} />
              </dd>
            </>
          )}
        </dl>
      )}
      {instance && wait?.approval && (
        <ApprovalForm
          run={run}
          taskId={task.id}
          mapIndex={instance.mapIndex < 0 ? undefined : instance.mapIndex}
          question={wait.approval}
          since={wait.since}
          key={`${instance.mapIndex}/${wait.since}`}
        />
      )}
      {subRuns.length > 0 && (
        <>
          <Typography variant="subtitle2" className={classes.heading}>
            Runs that it started
          </Typography>
          <ul className={classes.links}>
            {subRuns.map(each => (
              <li key={each.runId} className={classes.link}>
                <Link to={links.run(each.runId)}>
                  {each.pipeline} {each.runId.slice(-8)}
                </Link>
                <StateChip state={each.state} />
              </li>
            ))}
          </ul>
        </>
      )}
      {isOver && instance.tryNumber > 0 && (
        <>
          <Typography variant="subtitle2" className={classes.heading}>
            Outputs
          </Typography>
          <OutputsTab
            runId={run.runId}
            taskId={task.id}
            mapIndex={instance.mapIndex}
            none="None."
          />
        </>
      )}
    </div>
  );
}

/** When something is to happen; what is due within seconds is not past. */
function Coming({ at }: { at: number }) {
  const now = useNow();
  return at - now < SOON_MS ? <>now</> : <RelativeTime at={at} />;
}
