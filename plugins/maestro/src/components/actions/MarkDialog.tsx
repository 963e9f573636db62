import { useState } from 'react';
import FormControlLabel from '@material-ui/core/FormControlLabel';
import Radio from '@material-ui/core/Radio';
import RadioGroup from '@material-ui/core/RadioGroup';
import Typography from '@material-ui/core/Typography';
import { useApi } from '@backstage/core-plugin-api';
import {
  keepPreviousData,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import {
  isLiveTaskState,
  type MarkState,
} from '@maestro/plugin-maestro-common';
import { StateChip } from '@maestro/plugin-maestro-react';
import { maestroApiRef } from '../../api/maestroApi';
import { keys } from '../../state/queries';
import { useNotify } from '../../state/useNotify';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { ErrorNotice } from '../layout/ErrorNotice';
import { ActionDialog } from './ActionDialog';
import { instanceName } from './ClearDialog';

/** How many task instances the preview names. */
const NAMED = 20;

const STATES: readonly MarkState[] = ['success', 'failed', 'skipped'];

/** @internal */
export interface MarkDialogProps {
  runId: string;
  taskId: string;
  /** Only this instance of a mapped task. */
  mapIndex?: number;
  onClose: () => void;
}

/** Gives a task a state by hand, after it showed what that does. */
export function MarkDialog(props: MarkDialogProps) {
  const { runId, taskId, mapIndex, onClose } = props;
  const api = useApi(maestroApiRef);
  const client = useQueryClient();
  const notify = useNotify();
  const [state, setState] = useState<MarkState>('success');
  const name = instanceName(taskId, mapIndex);
  const request = {
    taskIds: [taskId],
    ...(mapIndex === undefined ? {} : { mapIndices: [mapIndex] }),
    state,
  };

  const preview = useQuery({
    queryKey: [...keys.run(runId), 'mark', request],
    queryFn: ({ signal }) =>
      api.markTasks(runId, { ...request, dryRun: true }, { signal }),
    placeholderData: keepPreviousData,
  });
  const mark = useMutation({
    mutationFn: () => api.markTasks(runId, { ...request, dryRun: false }),
    onSuccess: () => {
      client.invalidateQueries({ queryKey: keys.run(runId) });
      client.invalidateQueries({ queryKey: keys.pipelines });
      notify.done(`Marked ${name} ${state}`);
      onClose();
    },
  });
  // The effect of an earlier choice must not be confirmed for this one.
  const known = preview.data && !preview.isPlaceholderData;
  const reset = preview.data?.reset ?? [];
  const marked = preview.data?.marked ?? [];
  const named = marked.slice(0, NAMED);
  return (
    <ActionDialog
      title={`Mark ${name}`}
      verb={`Mark ${state}`}
      dismiss="Keep"
      destructive
      busy={mark.isPending}
      disabled={!known || preview.data?.marked.length === 0}
      onClose={onClose}
      onConfirm={() => mark.mutate()}
      failure={
        mark.error
          ? { title: 'Nothing was marked', error: mark.error }
          : undefined
      }
    >
      <RadioGroup
        row
        aria-label="State"
        value={state}
        onChange={(_, next) => setState(next as MarkState)}
      >
        {STATES.map(one => (
          <FormControlLabel
            key={one}
            value={one}
            label={one}
            control={<Radio color="primary" />}
          />
        ))}
      </RadioGroup>
      <div style={{ minHeight: 96, marginTop: 8 }} aria-live="polite">
        {preview.isPending && <DelayedSkeleton rows={2} height={32} />}
        {preview.error && (
          <ErrorNotice
            title="The preview could not be made"
            error={preview.error}
          />
        )}
        {preview.data && (
          <Typography component="div">
            {preview.data.marked.length === 0 ? (
              `${name} is ${state} already.`
            ) : (
              <>
                {named.map(({ taskId: id, mapIndex: index, state: before }) => (
                  <div key={`${id}:${index}`}>
                    <code>
                      {instanceName(id, index < 0 ? undefined : index)}
                    </code>{' '}
                    is <StateChip state={before} /> and becomes{' '}
                    <StateChip state={state} />, without running.
                    {isLiveTaskState(before) && ' Its process is ended first.'}
                  </div>
                ))}
                {marked.length > named.length && (
                  <div>and {marked.length - named.length} more instances</div>
                )}
                <div style={{ marginTop: 8 }}>
                  {reset.length === 0
                    ? 'Tasks that wait for it go on by their trigger rules.'
                    : `Looked at again, because they could not run before: ${reset
                        .map(({ taskId: id }) => id)
                        .join(', ')}.`}
                </div>
              </>
            )}
          </Typography>
        )}
      </div>
    </ActionDialog>
  );
}
