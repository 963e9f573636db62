import { useState } from 'react';
import Button from '@material-ui/core/Button';
import { makeStyles } from '@material-ui/core/styles';
import { Link } from '@backstage/core-components';
import { useNavigate } from 'react-router-dom';
import {
  isFinalRunState,
  type RunDetail,
  nameActors,
} from '@maestro/plugin-maestro-common';
import {
  Duration,
  ExactTime,
  formatRunDate,
  SlaChip,
  startedWords,
  StateChip,
  TimeZoneSwitch,
  ToneChip,
  TriggerIcon,
  useNow,
  useTimeZone,
} from '@maestro/plugin-maestro-react';
import { useMay } from '../../state/useMay';
import { useMaestroLinks } from '../../state/useMaestroLinks';
import { CancelDialog } from '../actions/CancelDialog';
import { ClearDialog } from '../actions/ClearDialog';
import { DeleteRunDialog } from '../actions/DeleteRunDialog';
import { Permitted } from '../actions/Permitted';
import { TriggerDialog } from '../actions/TriggerDialog';
import { useShortcuts } from '../keyboard/shortcuts';
import { PartitionKey } from './PartitionKey';
import { RunAssets } from './RunAssets';
import { RunNote } from './RunNote';
import { failedTasks, runWord, tasksWord } from './runWord';
import type { TaskSummary } from './taskSummaries';

const useStyles = makeStyles(theme => ({
  header: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(1, 2),
    marginBottom: theme.spacing(1.5),
  },
  title: {
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(1),
    margin: 0,
    fontSize: theme.typography.pxToRem(18),
    fontWeight: 600,
  },
  facts: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(0.5, 2),
    alignItems: 'center',
    color: theme.palette.text.secondary,
    fontSize: theme.typography.pxToRem(13),
    marginBottom: theme.spacing(2),
  },
  space: { flex: 1 },
  actions: { display: 'flex', gap: theme.spacing(1), alignItems: 'center' },
}));

/** What run this is, how it is, and what can be done with it. */
export function RunHeader(props: {
  run: RunDetail;
  summaries: readonly TaskSummary[];
}) {
  const { run, summaries } = props;
  const classes = useStyles();
  const links = useMaestroLinks();
  const navigate = useNavigate();
  const { zone } = useTimeZone();
  const now = useNow();
  const [dialog, setDialog] = useState<
    'cancel' | 'clear' | 'fromFailed' | 'again' | 'delete'
  >();
  const final = isFinalRunState(run.state);
  const hasFailed = run.tasks.some(
    ({ state }) => state === 'failed' || state === 'upstream_failed',
  );
  const isCancelled = run.cancelRequestedAt !== undefined;
  const mayEndCleanUp =
    isCancelled &&
    run.cancelForcedAt === undefined &&
    run.definition.tasks.some(task => task.teardown || task.finally);
  const close = () => setDialog(undefined);
  const again = {
    keys: 'r',
    label: 'Run again with the same parameters',
    run: () => setDialog('again'),
  };
  const mayStart = useMay('triggerRun').allowed;
  useShortcuts(mayStart ? [again] : []);
  const late = summaries.filter(one => one.slaState === 'missed').length;
  const elapsed =
    run.startedAt !== undefined && run.endedAt !== undefined
      ? run.endedAt - run.startedAt
      : undefined;
  return (
    <>
      <div className={classes.header}>
        <h1 className={classes.title}>
          <Link
            to={links.pipeline(
              run.entityRef ?? `pipeline:default/${run.pipeline}`,
              'runs',
            )}
          >
            {run.pipeline}
          </Link>
          <span aria-hidden>›</span>
          <TriggerIcon trigger={run.trigger} createdBy={run.createdBy} />
          <span>
            {formatRunDate(run.logicalDate ?? run.runAfter, zone, now)}
          </span>
        </h1>
        {run.partitionKey !== undefined && (
          <ToneChip tone="info">
            partition <PartitionKey value={run.partitionKey} />
          </ToneChip>
        )}
        <StateChip
          state={run.state}
          label={runWord(run, failedTasks(summaries))}
          reason={run.stateReason}
        />
        {(elapsed !== undefined || run.startedAt !== undefined) && (
          <Duration ms={final ? elapsed : undefined} since={run.startedAt} />
        )}
        {run.slaState !== 'none' && (
          <SlaChip named state={run.slaState} deadline={run.slaDeadline} />
        )}
        {late > 0 && (
          <ToneChip tone="critical" icon={<span aria-hidden>✕</span>}>
            {tasksWord(late)} missed {late === 1 ? 'its' : 'their'} SLA
          </ToneChip>
        )}
        {run.alertCount > 0 && (
          <ToneChip tone={run.alertSeverity ?? 'info'}>
            {run.alertCount} alert{run.alertCount === 1 ? '' : 's'}
          </ToneChip>
        )}
        {run.tasks
          .filter(task => task.wait?.approval || task.asking)
          .slice(0, 3)
          .map(({ taskId, asking }) => (
            <Link
              key={taskId}
              to={links.run(run.runId, {
                task: taskId,
                mapIndex: asking?.first,
              })}
            >
              <ToneChip tone="warning">
                {taskId} waits for{' '}
                {(asking?.count ?? 1) === 1
                  ? 'a decision'
                  : `${asking!.count} decisions`}
              </ToneChip>
            </Link>
          ))}
        <span className={classes.space} />
        <span className={classes.actions}>
          {!final && (
            <Permitted to="cancelRun" runId={run.runId}>
              {disabled => (
                <Button
                  variant="outlined"
                  onClick={() => setDialog('cancel')}
                  disabled={disabled || (isCancelled && !mayEndCleanUp)}
                >
                  {isCancelled
                    ? (mayEndCleanUp && 'End the clean-up…') || 'Cancelling…'
                    : 'Cancel'}
                </Button>
              )}
            </Permitted>
          )}
          {hasFailed && (
            <Permitted to="clearTasks" runId={run.runId}>
              {disabled => (
                <Button
                  variant="outlined"
                  disabled={disabled}
                  onClick={() => setDialog('fromFailed')}
                >
                  Re-run from failed
                </Button>
              )}
            </Permitted>
          )}
          <Permitted to="clearTasks" runId={run.runId}>
            {disabled => (
              <Button
                variant="outlined"
                disabled={disabled}
                onClick={() => setDialog('clear')}
              >
                Clear…
              </Button>
            )}
          </Permitted>
          {final && (
            <Permitted to="deleteRun" runId={run.runId}>
              {disabled => (
                <Button
                  variant="outlined"
                  disabled={disabled}
                  onClick={() => setDialog('delete')}
                >
                  Delete…
                </Button>
              )}
            </Permitted>
          )}
          <Permitted to="triggerRun">
            {disabled => (
              <Button
                variant="contained"
                color="primary"
                disabled={disabled}
                onClick={() => setDialog('again')}
              >
                Run again
              </Button>
            )}
          </Permitted>
        </span>
      </div>
      <div className={classes.facts}>
        <span title={run.createdBy}>{startedWords(run)}</span>
        <span>
          created <ExactTime at={run.createdAt} />
        </span>
        {run.slaDeadline !== undefined && (
          <span>
            due by <ExactTime at={run.slaDeadline} />
          </span>
        )}
        {run.parent && (
          <span>
            started by task {run.parent.taskId} of{' '}
            <Link to={links.run(run.parent.runId, { task: run.parent.taskId })}>
              {run.parent.pipeline} {run.parent.runId.slice(-8)}
            </Link>
          </span>
        )}
        <span>version {run.versionNumber}</span>
        {run.clearCount > 0 && (
          <span>
            cleared {run.clearCount} time{run.clearCount === 1 ? '' : 's'}
          </span>
        )}
        {run.stateReason && <span>{nameActors(run.stateReason)}</span>}
        <RunNote run={run} />
        <span className={classes.space} />
        <TimeZoneSwitch />
      </div>
      <RunAssets run={run} />
      {dialog === 'cancel' && <CancelDialog run={run} onClose={close} />}
      {dialog === 'clear' && <ClearDialog runId={run.runId} onClose={close} />}
      {dialog === 'fromFailed' && (
        <ClearDialog runId={run.runId} fromFailed onClose={close} />
      )}
      {dialog === 'delete' && (
        <DeleteRunDialog
          run={run}
          onClose={close}
          onDeleted={() =>
            navigate(
              links.pipeline(
                run.entityRef ?? `pipeline:default/${run.pipeline}`,
                'runs',
              ),
            )
          }
        />
      )}
      {dialog === 'again' && (
        <TriggerDialog
          pipeline={run.pipeline}
          params={run.params}
          partitionKey={run.partitionKey}
          onClose={close}
          onStarted={runId => navigate(links.run(runId))}
        />
      )}
    </>
  );
}
