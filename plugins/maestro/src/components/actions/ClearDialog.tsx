import { useState } from 'react';
import Checkbox from '@material-ui/core/Checkbox';
import FormControlLabel from '@material-ui/core/FormControlLabel';
import Typography from '@material-ui/core/Typography';
import { useApi } from '@backstage/core-plugin-api';
import {
  keepPreviousData,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import type { ClearRequest } from '@maestro/plugin-maestro-common';
import { StateChip } from '@maestro/plugin-maestro-react';
import { maestroApiRef } from '../../api/maestroApi';
import { keys } from '../../state/queries';
import { useMaestroLinks } from '../../state/useMaestroLinks';
import { useNotify } from '../../state/useNotify';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { ErrorNotice } from '../layout/ErrorNotice';
import { ActionDialog } from './ActionDialog';

/** How many task instances the preview names. */
const NAMED = 20;

/** @internal */
export interface ClearDialogProps {
  runId: string;
  /** Where the clear starts; without it, all tasks of the run. */
  taskId?: string;
  /** Only this instance of a mapped task. */
  mapIndex?: number;
  /** How many instances a mapped task has, which is cleared as a whole. */
  instances?: number;
  onClose: () => void;
}

/** `score [3]` for an instance of a mapped task. */
export function instanceName(taskId: string, mapIndex: number | undefined) {
  return mapIndex === undefined ? taskId : `${taskId} [${mapIndex}]`;
}

const count = (n: number) => `${n} task instance${n === 1 ? '' : 's'}`;

/**
 * Runs tasks again, after it showed which: the preview is the server's own.
 */
export function ClearDialog(props: ClearDialogProps) {
  const { runId, taskId, mapIndex, instances, onClose } = props;
  const api = useApi(maestroApiRef);
  const client = useQueryClient();
  const links = useMaestroLinks();
  const notify = useNotify();
  const [downstream, setDownstream] = useState(true);
  const [upstream, setUpstream] = useState(false);
  const [onlyFailed, setOnlyFailed] = useState(false);
  const request: ClearRequest = {
    ...(taskId ? { taskIds: [taskId], downstream, upstream } : {}),
    ...(mapIndex === undefined ? {} : { mapIndices: [mapIndex] }),
    onlyFailed,
  };

  const preview = useQuery({
    queryKey: [...keys.run(runId), 'clear', request],
    queryFn: ({ signal }) =>
      api.clearTasks(runId, { ...request, dryRun: true }, { signal }),
    placeholderData: keepPreviousData,
  });
  const clear = useMutation({
    mutationFn: () => api.clearTasks(runId, { ...request, dryRun: false }),
    onSuccess: result => {
      client.invalidateQueries({ queryKey: keys.run(runId) });
      client.invalidateQueries({ queryKey: keys.pipelines });
      notify.done(`Cleared ${count(result.tasks.length)}`, {
        label: 'Open the run',
        href: links.run(runId, { task: taskId }),
      });
      onClose();
    },
  });

  const tasks = preview.data?.tasks ?? [];
  // The number of an earlier choice must not be confirmed for this one.
  const known = preview.data && !preview.isPlaceholderData;
  const toggle = (
    label: string,
    checked: boolean,
    change: (next: boolean) => void,
  ) => (
    <FormControlLabel
      label={label}
      control={
        <Checkbox
          color="primary"
          checked={checked}
          onChange={(_, next) => change(next)}
        />
      }
    />
  );
  return (
    <ActionDialog
      title={
        taskId ? `Clear ${instanceName(taskId, mapIndex)}` : 'Clear the run'
      }
      verb={known ? `Clear ${count(tasks.length)}` : 'Clear'}
      dismiss="Keep"
      destructive
      busy={clear.isPending}
      disabled={!known || tasks.length === 0}
      onClose={onClose}
      onConfirm={() => clear.mutate()}
      failure={
        clear.error
          ? { title: 'Nothing was cleared', error: clear.error }
          : undefined
      }
    >
      {instances !== undefined && !onlyFailed && (
        <Typography gutterBottom>
          Its {instances} instances are removed and its list is made anew. To
          run only some again, clear those that failed, or open one and clear
          it.
        </Typography>
      )}
      {taskId && toggle('And all tasks after it', downstream, setDownstream)}
      {taskId && toggle('And all tasks before it', upstream, setUpstream)}
      {toggle('Only those that failed', onlyFailed, setOnlyFailed)}
      <div style={{ minHeight: 120, marginTop: 8 }} aria-live="polite">
        {preview.isPending && <DelayedSkeleton rows={3} height={32} />}
        {preview.error && (
          <ErrorNotice
            title="The preview could not be made"
            error={preview.error}
          />
        )}
        {preview.data && (
          <>
            <Typography gutterBottom>
              {tasks.length === 0
                ? 'Nothing to clear with this choice.'
                : `Clears ${count(
                    tasks.length,
                  )}: they run again with the version and the parameters of this run. Their outputs are removed, their logs stay.`}
            </Typography>
            {tasks.slice(0, NAMED).map(task => (
              <div
                key={`${task.taskId}:${task.mapIndex}`}
                style={{
                  display: 'flex',
                  justifyContent: 'space-between',
                  padding: '2px 0',
                }}
              >
                <code>
                  {task.taskId}
                  {task.mapIndex >= 0 ? ` [${task.mapIndex}]` : ''}
                </code>
                <StateChip state={task.state} />
              </div>
            ))}
            {tasks.length > NAMED && (
              <Typography color="textSecondary">
                and {tasks.length - NAMED} more
              </Typography>
            )}
          </>
        )}
      </div>
    </ActionDialog>
  );
}
