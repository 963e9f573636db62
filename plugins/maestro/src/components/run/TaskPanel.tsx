import { useState } from 'react';
import Button from '@material-ui/core/Button';
import MenuItem from '@material-ui/core/MenuItem';
import Paper from '@material-ui/core/Paper';
import TextField from '@material-ui/core/TextField';
import { makeStyles } from '@material-ui/core/styles';
import {
  isFinalTaskState,
  isLiveTaskState,
  taskSlaDeadline,
  type RunDetail,
  type TaskDefinition,
  type TaskInstance,
} from '@maestro/plugin-maestro-common';
import {
  formatDuration,
  nameActors,
  RelativeTime,
  SlaChip,
  StateChip,
  stateWord,
} from '@maestro/plugin-maestro-react';
import { useAttempts } from '../../state/queries';
import type { RunAddress } from '../../state/useMaestroLinks';
import { ClearDialog } from '../actions/ClearDialog';
import { MarkDialog } from '../actions/MarkDialog';
import { Permitted } from '../actions/Permitted';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { ErrorNotice } from '../layout/ErrorNotice';
import { AttemptView } from './AttemptView';
import { BranchView } from './BranchView';
import type { TaskSummary } from './taskSummaries';
import { WhyChain } from './WhyChain';

const useStyles = makeStyles(theme => ({
  panel: {
    padding: theme.spacing(1.5),
    display: 'flex',
    flexDirection: 'column',
    minHeight: 470,
    height: 'calc(100vh - 250px)',
    boxSizing: 'border-box',
    overflow: 'auto',
  },
  head: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(0.5, 1),
    alignItems: 'center',
    marginBottom: theme.spacing(1),
  },
  name: { margin: 0, fontSize: theme.typography.pxToRem(16), fontWeight: 600 },
  space: { flex: 1 },
  note: {
    color: theme.palette.text.secondary,
    fontSize: theme.typography.pxToRem(13),
    marginBottom: theme.spacing(1),
    overflowWrap: 'anywhere',
  },
}));

/** @internal */
export interface TaskPanelProps {
  run: RunDetail;
  summary: TaskSummary;
  address: RunAddress;
  go: (change: Partial<RunAddress>) => void;
}

/** One task of a run: its attempts with all that belongs to them. */
export function TaskPanel(props: TaskPanelProps) {
  const { run, summary, address, go } = props;
  const { task, instances } = summary;
  const classes = useStyles();
  const [clearing, setClearing] = useState(false);
  const [marking, setMarking] = useState(false);
  const instance =
    instances.find(i => i.mapIndex === (address.mapIndex ?? -1)) ??
    instances[0];
  const state = instance?.state ?? summary.state;
  const waits = !isFinalTaskState(state) && !isLiveTaskState(state);
  return (
    <Paper
      variant="outlined"
      className={classes.panel}
      component="section"
      aria-label={`Task ${task.id}`}
    >
      <div className={classes.head}>
        <h2 className={classes.name}>{task.title ?? task.id}</h2>
        <StateChip state={state} reason={instance?.reason} />
        {instance && (task.slaMs !== undefined || hasVerdict(instance)) && (
          <span
            title={
              task.slaMs === undefined
                ? undefined
                : `SLA: done within ${formatDuration(
                    task.slaMs,
                  )} of when it was first ready`
            }
          >
            <SlaChip
              state={instance.slaState ?? 'none'}
              deadline={deadlineOf(task, instance)}
              slaMs={task.slaMs}
            />
          </span>
        )}
        {instances.length > 1 && (
          <TextField
            select
            size="small"
            value={instance?.mapIndex ?? -1}
            onChange={event =>
              go({ mapIndex: Number(event.target.value), attempt: undefined })
            }
            SelectProps={{ SelectDisplayProps: { 'aria-label': 'Instance' } }}
          >
            {instances.map(({ mapIndex, state: of }) => (
              <MenuItem key={mapIndex} value={mapIndex}>
                [{mapIndex}] {stateWord(of)}
              </MenuItem>
            ))}
          </TextField>
        )}
        <span className={classes.space} />
        <Permitted to="markTasks" runId={run.runId}>
          {disabled => (
            <Button
              size="small"
              variant="outlined"
              disabled={disabled}
              onClick={() => setMarking(true)}
            >
              Mark…
            </Button>
          )}
        </Permitted>
        <Permitted to="clearTasks" runId={run.runId}>
          {disabled => (
            <Button
              size="small"
              variant="outlined"
              disabled={disabled}
              onClick={() => setClearing(true)}
            >
              Clear…
            </Button>
          )}
        </Permitted>
      </div>
      {(task.description || instance?.reason || instance?.nextTryAt) && (
        <div className={classes.note}>
          {instance?.reason && <div>{nameActors(instance.reason)}</div>}
          {instance?.nextTryAt !== undefined && state === 'up_for_retry' && (
            <div>
              Next try <RelativeTime at={instance.nextTryAt} />
            </div>
          )}
          {task.description}
        </div>
      )}
      {(waits || state === 'queued') && <WhyChain run={run} taskId={task.id} />}
      {task.kind === 'branch' ? (
        <BranchView run={run} task={task} onOpen={id => go({ task: id })} />
      ) : (
        instance && (
          <Attempts
            run={run}
            taskId={task.id}
            mapIndex={instance.mapIndex}
            address={address}
            go={go}
          />
        )
      )}
      {marking && (
        <MarkDialog
          runId={run.runId}
          taskId={task.id}
          onClose={() => setMarking(false)}
        />
      )}
      {clearing && (
        <ClearDialog
          runId={run.runId}
          taskId={task.id}
          onClose={() => setClearing(false)}
        />
      )}
    </Paper>
  );
}

function hasVerdict({ slaState }: TaskInstance) {
  return slaState !== undefined && slaState !== 'none';
}

/**
 * By when a task must be done. The clock starts when it is ready for the first
 * time; after a retry only the engine knows when that was.
 */
function deadlineOf(
  { slaMs }: TaskDefinition,
  { readyAt, attempts }: TaskInstance,
) {
  return attempts <= 1 ? taskSlaDeadline(slaMs, readyAt) : undefined;
}

function Attempts(props: {
  run: RunDetail;
  taskId: string;
  mapIndex: number;
  address: RunAddress;
  go: (change: Partial<RunAddress>) => void;
}) {
  const { run, taskId, mapIndex, address, go } = props;
  const classes = useStyles();
  const attempts = useAttempts(run.runId, taskId, mapIndex);
  if (attempts.error && !attempts.data) {
    return (
      <ErrorNotice
        title="The attempts could not be read"
        error={attempts.error}
      />
    );
  }
  if (!attempts.data) {
    return <DelayedSkeleton rows={6} height={32} />;
  }
  if (attempts.data.length === 0) {
    return (
      <div className={classes.note}>
        Nothing was started for this task yet, so there is no log.
      </div>
    );
  }
  return (
    <AttemptView
      run={run}
      taskId={taskId}
      mapIndex={mapIndex}
      attempts={attempts.data}
      address={address}
      go={go}
    />
  );
}
