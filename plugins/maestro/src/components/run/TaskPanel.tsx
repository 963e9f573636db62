import { useState } from 'react';
import Button from '@material-ui/core/Button';
import Paper from '@material-ui/core/Paper';
import { makeStyles } from '@material-ui/core/styles';
import {
  isFinalTaskState,
  isLiveTaskState,
  isWaitingKind,
  taskSlaDeadline,
  type RunDetail,
  type TaskDefinition,
  type TaskInstance,
  nameActors,
} from '@maestro/plugin-maestro-common';
import {
  formatDuration,
  RelativeTime,
  SlaChip,
  StateChip,
} from '@maestro/plugin-maestro-react';
import { useAttempts, useMappedInstance } from '../../state/queries';
import type { RunAddress } from '../../state/useMaestroLinks';
import { ClearDialog, instanceName } from '../actions/ClearDialog';
import { MarkDialog } from '../actions/MarkDialog';
import { Permitted } from '../actions/Permitted';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { ErrorNotice } from '../layout/ErrorNotice';
import { AirflowTask } from './AirflowTask';
import { AttemptView } from './AttemptView';
import { noAttemptWords } from './attemptWords';
import { BranchView } from './BranchView';
import { itemText, MappedInstances } from './MappedInstances';
import { mappedTotal } from './mappedWords';
import { OutputsTab } from './OutputsTab';
import { PathChip } from './PathChip';
import { ReuseNote } from './ReuseNote';
import type { TaskSummary } from './taskSummaries';
import { WaitView } from './WaitView';
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
  const { mapped } = summary;
  // Of a mapped task one instance, or the whole.
  const mapIndex = mapped ? address.mapIndex : undefined;
  const one = useMappedInstance(run.runId, task.id, mapIndex);
  const instance = mapIndex === undefined ? instances[0] : one.data;
  const state = instance?.state ?? summary.state;
  const hasAttempts = mapIndex !== undefined || !task.map;
  // None of its instances runs, although it does.
  const isHeld =
    mapped !== undefined &&
    mapIndex === undefined &&
    state === 'running' &&
    !mapped.running;
  const waits = !isFinalTaskState(state) && !isLiveTaskState(state);
  return (
    <Paper
      variant="outlined"
      className={classes.panel}
      component="section"
      aria-label={`Task ${task.id}`}
    >
      <div className={classes.head}>
        <h2 className={classes.name}>
          {instanceName(task.title ?? task.id, mapIndex)}
        </h2>
        <StateChip state={state} reason={instance?.reason} />
        <PathChip task={task} />
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
              named
              state={instance.slaState ?? 'none'}
              deadline={deadlineOf(task, instance)}
              slaMs={task.slaMs}
            />
          </span>
        )}
        {mapIndex !== undefined && (
          <Button
            size="small"
            onClick={() => go({ mapIndex: undefined, attempt: undefined })}
          >
            All instances
          </Button>
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
      <AirflowTask run={run} task={task} mapIndex={instance?.mapIndex} />
      {(task.description ||
        task.cache ||
        instance?.reason ||
        instance?.nextTryAt ||
        mapIndex !== undefined) && (
        <div className={classes.note}>
          {mapIndex !== undefined && instance && (
            <div>
              Item: <code>{itemText(instance)}</code>
            </div>
          )}
          {instance?.reason && !instance.cacheHit && !instance.wait && (
            <div>{nameActors(instance.reason)}</div>
          )}
          <ReuseNote run={run} task={task} instance={instance ?? undefined} />
          {instance?.nextTryAt !== undefined && state === 'up_for_retry' && (
            <div>
              Next try <RelativeTime at={instance.nextTryAt} />
            </div>
          )}
          {task.description}
        </div>
      )}
      {(waits || state === 'queued' || isHeld) && !instance?.wait && (
        <WhyChain run={run} taskId={task.id} mapIndex={mapIndex} />
      )}
      {mapIndex !== undefined && one.data === null && (
        <div className={classes.note}>
          There is no instance [{mapIndex}] any more: the list of the task was
          made anew, or never had it.
        </div>
      )}
      {task.kind === 'branch' && (
        <BranchView run={run} task={task} onOpen={id => go({ task: id })} />
      )}
      {mapped && mapIndex === undefined && (
        <MappedInstances
          runId={run.runId}
          taskId={task.id}
          counts={mapped}
          onOpen={index => go({ mapIndex: index, attempt: undefined })}
        />
      )}
      {task.map && !mapped && (
        <div className={classes.note}>
          It has no instances: it gets one for each item of its list when it is
          ready.
        </div>
      )}
      {(isWaitingKind(task.kind) || instance?.wait) && (
        <WaitView run={run} task={task} instance={instance ?? undefined} />
      )}
      {task.kind === 'run' && instance && hasAttempts && (
        <Attempts
          run={run}
          taskId={task.id}
          instance={instance}
          address={address}
          go={go}
        />
      )}
      {marking && (
        <MarkDialog
          runId={run.runId}
          taskId={task.id}
          mapIndex={mapIndex}
          onClose={() => setMarking(false)}
        />
      )}
      {clearing && (
        <ClearDialog
          runId={run.runId}
          taskId={task.id}
          mapIndex={mapIndex}
          instances={
            mapped && mapIndex === undefined ? mappedTotal(mapped) : undefined
          }
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
  instance: TaskInstance;
  address: RunAddress;
  go: (change: Partial<RunAddress>) => void;
}) {
  const { run, taskId, instance, address, go } = props;
  const { mapIndex } = instance;
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
  if (instance.cacheHit) {
    return (
      <>
        <div className={classes.note}>
          Nothing was started for this task, so it has no log here. Its outputs:
        </div>
        <OutputsTab runId={run.runId} taskId={taskId} mapIndex={mapIndex} />
      </>
    );
  }
  if (attempts.data.length === 0) {
    return (
      <div className={classes.note}>
        {noAttemptWords(instance.state, run.state)}
      </div>
    );
  }
  return (
    <AttemptView
      run={run}
      taskId={taskId}
      instance={instance}
      attempts={attempts.data}
      address={address}
      go={go}
    />
  );
}
