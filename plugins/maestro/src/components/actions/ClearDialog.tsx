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
import type { ClearRequest, ClearResult } from '@maestro/plugin-maestro-common';
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
  /** What failed and all below it, instead of a choice. */
  fromFailed?: boolean;
  /** Clears all tasks of this group instead. */
  groupId?: string;
  onClose: () => void;
}

/** `score [3]` for an instance of a mapped task. */
export function instanceName(taskId: string, mapIndex: number | undefined) {
  return mapIndex === undefined ? taskId : `${taskId} [${mapIndex}]`;
}

const count = (n: number) => `${n} task instance${n === 1 ? '' : 's'}`;

/** The exact effect: `14 task instances in 3 runs`. */
function effectOf({ tasks, others }: ClearResult): string {
  if (!others) return count(tasks.length);
  const all = others.reduce((sum, run) => sum + run.tasks, tasks.length);
  const runs =
    others.filter(run => run.tasks > 0).length + (tasks.length > 0 ? 1 : 0);
  return `${count(all)} in ${runs} run${runs === 1 ? '' : 's'}`;
}

function titleOf(taskId: string | undefined, fromFailed?: boolean): string {
  if (fromFailed) return 'Re-run from failed';
  return taskId ? `Clear ${taskId}` : 'Clear the run';
}

/**
 * Runs tasks again, after it showed which: the preview is the server's own.
 */
export function ClearDialog(props: ClearDialogProps) {
  const { runId, taskId, mapIndex, instances, fromFailed, groupId, onClose } =
    props;
  const api = useApi(maestroApiRef);
  const client = useQueryClient();
  const links = useMaestroLinks();
  const notify = useNotify();
  const [downstream, setDownstream] = useState(true);
  const [upstream, setUpstream] = useState(false);
  const [onlyFailed, setOnlyFailed] = useState(false);
  const [future, setFuture] = useState(false);
  const [past, setPast] = useState(false);
  const request: ClearRequest = {
    ...(taskId ? { taskIds: [taskId] } : {}),
    ...(groupId ? { groupIds: [groupId] } : {}),
    ...(taskId || groupId ? { downstream, upstream } : {}),
    ...(mapIndex === undefined ? {} : { mapIndices: [mapIndex] }),
    ...(fromFailed ? { fromFailed } : { onlyFailed }),
    ...(future ? { future } : {}),
    ...(past ? { past } : {}),
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
      client.invalidateQueries({
        queryKey: result.others ? keys.all : keys.run(runId),
      });
      client.invalidateQueries({ queryKey: keys.pipelines });
      notify.done(`Cleared ${effectOf(result)}`, {
        label: 'Open the run',
        href: links.run(runId, { task: taskId }),
      });
      onClose();
    },
  });

  const tasks = preview.data?.tasks ?? [];
  const others = preview.data?.others ?? [];
  const effect = preview.data ? effectOf(preview.data) : '';
  const refused = others.filter(({ reason }) => reason !== undefined);
  const isEmpty = tasks.length + others.length - refused.length === 0;
  const verb = fromFailed ? 'Re-run' : 'Clear';
  // Single instances are those of one run.
  const isWhole = !fromFailed && mapIndex === undefined && !groupId;
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
        groupId
          ? `Clear group ${groupId}`
          : titleOf(taskId && instanceName(taskId, mapIndex), fromFailed)
      }
      verb={known ? `${verb} ${effect}` : verb}
      dismiss="Keep"
      destructive
      busy={clear.isPending}
      disabled={!known || isEmpty}
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
      {(taskId || groupId) &&
        toggle('And all tasks after it', downstream, setDownstream)}
      {(taskId || groupId) &&
        toggle('And all tasks before it', upstream, setUpstream)}
      {!fromFailed &&
        toggle('Only those that failed', onlyFailed, setOnlyFailed)}
      {isWhole && toggle('Also in all later runs', future, setFuture)}
      {isWhole && toggle('Also in all earlier runs', past, setPast)}
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
              {isEmpty
                ? 'Nothing to clear with this choice.'
                : `Clears ${effect}: they run again with the version and the parameters of ${
                    others.length > 0 ? 'their' : 'this'
                  } run. Their outputs are removed, their logs stay.`}
            </Typography>
            {refused.length > 0 && (
              <Typography color="textSecondary" gutterBottom>
                {refused.length} run{refused.length === 1 ? '' : 's'} not:{' '}
                {refused[0].reason}
              </Typography>
            )}
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
