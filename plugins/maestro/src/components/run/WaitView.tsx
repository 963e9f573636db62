import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { Link } from '@backstage/core-components';
import {
  plannedWait,
  type RunDetail,
  type TaskDefinition,
  type TaskInstance,
} from '@maestro/plugin-maestro-common';
import { RelativeTime, StateChip } from '@maestro/plugin-maestro-react';
import { useMaestroLinks } from '../../state/useMaestroLinks';
import { ApprovalForm } from './ApprovalForm';
import { OutputsTab } from './OutputsTab';

const useStyles = makeStyles(theme => ({
  facts: {
    display: 'grid',
    gridTemplateColumns: 'auto 1fr',
    gap: theme.spacing(0.25, 2),
    margin: theme.spacing(1, 0, 2),
    fontSize: theme.typography.pxToRem(13),
    '& dt': { color: theme.palette.text.secondary },
    '& dd': { margin: 0, overflowWrap: 'anywhere' },
  },
  links: { listStyle: 'none', margin: theme.spacing(0, 0, 2), padding: 0 },
  link: { display: 'flex', gap: theme.spacing(1), alignItems: 'center' },
}));

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
  const wait = instance?.wait;
  const subRuns = run.subRuns?.filter(each => each.taskId === task.id) ?? [];
  return (
    <div>
      <Typography variant="subtitle2">
        {wait ? 'Waits for' : 'What it waits for'}
      </Typography>
      <div style={{ overflowWrap: 'anywhere' }}>
        {wait?.approval ? 'a decision' : wait?.what ?? plannedWait(task)}
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
                <RelativeTime at={wait.nextLookAt} />
              </dd>
            </>
          )}
          {wait.timeoutAt !== undefined && (
            <>
              <dt>Gives up</dt>
              <dd>
                <RelativeTime at={wait.timeoutAt} />
              </dd>
            </>
          )}
        </dl>
      )}
      {wait?.approval && (
        <ApprovalForm
          run={run}
          taskId={task.id}
          question={wait.approval}
          key={wait.since}
        />
      )}
      {subRuns.length > 0 && (
        <>
          <Typography variant="subtitle2">Runs that it started</Typography>
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
      {instance && instance.tryNumber > 0 && !wait?.approval && (
        <>
          <Typography variant="subtitle2">Outputs</Typography>
          <OutputsTab
            runId={run.runId}
            taskId={task.id}
            mapIndex={instance.mapIndex}
          />
        </>
      )}
    </div>
  );
}
